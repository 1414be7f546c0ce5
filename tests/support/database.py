"""A database of its own for a test: cloned from the migrated one, dropped afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg

from comanda.platform.postgres import DATABASE, EmbeddedPostgres


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated, empty database."""

    postgres: EmbeddedPostgres
    name: str

    def dsn(self, role: str) -> str:
        """A URL for a service's role, `comanda_ordering` or just `ordering`."""
        return self.postgres.dsn(f"comanda_{role.removeprefix('comanda_')}", database=self.name)

    @property
    def superuser_dsn(self) -> str:
        """A URL for the superuser, who may do and see everything."""
        return self.postgres.dsn(self.postgres.superuser, database=self.name)


@asynccontextmanager
async def cloned_database(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    """Clone the migrated database, and drop the clone with whoever is still connected to it."""
    name = f"test_{uuid4().hex}"
    await _execute(postgres, f"create database {name} template {DATABASE} strategy file_copy")
    try:
        yield Database(postgres, name)
    finally:
        await _execute(postgres, f"drop database {name} with (force)")


async def _execute(postgres: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(postgres.dsn(postgres.superuser, database="postgres"), timeout=30)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
