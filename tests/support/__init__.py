"""What the tests share: a PostgreSQL for the whole session, and a database of its own for every test."""
