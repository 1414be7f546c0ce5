"""Mechanism without meaning: database, migrations, embedded PostgreSQL, HTTP, auth, outbound clients, telemetry."""
