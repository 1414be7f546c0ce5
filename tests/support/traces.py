"""Where in the whole database a text stands: every table of every schema, every column."""

from collections.abc import Sequence

from comanda.platform.database import connect
from tests.support.database import Database

_TABLES = """
    select format('%I.%I', schemaname, tablename) as name
    from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')
    order by 1
"""


async def tables_with(database: Database, texts: Sequence[str]) -> dict[str, set[str]]:
    """The tables that have one of the texts in any column, each with the texts it has."""
    connection = await connect(database.superuser_dsn, service="messaging")
    found: dict[str, set[str]] = {}
    try:
        for row in await connection.fetch(_TABLES):
            hits = await connection.fetch(
                f"""
                select needle
                from unnest($1::text[]) as needle
                where exists (select from {row["name"]} as r where position(lower(needle) in lower(r::text)) > 0)
                """,  # noqa: S608 - names from the catalogue, quoted by it
                list(texts),
            )
            if hits:
                found[row["name"]] = {hit["needle"] for hit in hits}
    finally:
        await connection.close()
    return found
