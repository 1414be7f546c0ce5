"""Import of another shop's past: a CSV file becomes products, recorded orders and credits.

Read it in this order: `rules` (what may happen to a row), `files` (bytes → rows), `formats` (columns → fields),
`entries` (one row → one `entry`, or the rule that rejects it), `orders` (entries → orders and credits), `totals` and
`json_rows`, `sql_rows` (files with an order a row), `catalogue`
(entries → products), `ledger` (every row is accounted for once), `send` (over HTTP to a running installation),
`commands` (`comanda import`). Everything before `send` is pure: no network, no database.
"""
