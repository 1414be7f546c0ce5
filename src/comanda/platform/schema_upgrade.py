"""Bringing schemas up to date: roles, schemas and grants by plain statements, the revisions by Alembic.

Kept apart from `migrations.py`, because importing Alembic takes longer than a whole warm start.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy.pool import StaticPool

from comanda.platform.migrations import MESSAGING, SERVICES, MigrationError, Schema, mark

_ONE_AT_A_TIME = """
set lock_timeout = '120s';
select pg_advisory_lock(hashtext('comanda migrations'));
"""

_TIMEOUTS = """
set lock_timeout = '5s';
set statement_timeout = '10min';
set idle_in_transaction_session_timeout = '60s';
"""

_MESSAGING_GRANTS = """
grant usage on schema messaging to {services};
grant select, insert, update, delete on all tables in schema messaging to {services};
grant usage on all sequences in schema messaging to {services};
revoke update, delete on messaging.log from {services};
grant update (personal) on messaging.log to {services};
revoke insert, update, delete on messaging.eras, messaging.alembic_version from {services};
"""
"""What was said in the log stays said (erasure blanks what is personal), and eras are the operator's."""


def upgrade(dsn: str, schemas: Sequence[Schema], *, roles: bool) -> None:
    """Create what is missing and run the revisions that are. Raises MigrationError."""
    messaging_first = sorted(schemas, key=lambda schema: schema.name != MESSAGING)
    try:
        with psycopg.connect(dsn, application_name="comanda migrations") as connection:
            connection.execute(_ONE_AT_A_TIME)
            connection.execute(_TIMEOUTS)
            connection.commit()
            if roles:
                with connection.transaction():
                    _create_roles(connection, schemas)
            for schema in messaging_first:
                with _as_owner(connection, schema, roles=roles):
                    _run_revisions(connection, schema, lambda: _finish(connection, schema, roles=roles))  # noqa: B023
    except psycopg.Error as error:
        raise MigrationError(f"The database cannot be migrated: {_first_line(error)}") from error


def _create_roles(connection: psycopg.Connection, schemas: Sequence[Schema]) -> None:
    existing = {name for (name,) in connection.execute("select rolname from pg_roles")}
    if SERVICES not in existing:
        connection.execute(SQL("create role {}").format(Identifier(SERVICES)))
    for schema in schemas:
        role = Identifier(schema.role)
        if schema.role not in existing:
            connection.execute(SQL("create role {}").format(role))
        if schema.password is not None:
            connection.execute(SQL("alter role {} login password {}").format(role, _verifier(connection, schema)))
            connection.execute(SQL("grant {} to {}").format(Identifier(SERVICES), role))
        statement = SQL("create schema if not exists {} authorization {}")
        connection.execute(statement.format(Identifier(schema.name), role))


def _verifier(connection: psycopg.Connection, schema: Schema) -> Literal:
    """What PostgreSQL keeps instead of the password, made here, so that no log can ever show the password."""
    password = (schema.password or "").encode()
    verifier = connection.pgconn.encrypt_password(password, schema.role.encode(), b"scram-sha-256")
    return Literal(verifier.decode())


@contextmanager
def _as_owner(connection: psycopg.Connection, schema: Schema, *, roles: bool) -> Iterator[None]:
    """Within, everything is done, and owned, by the schema's own role, and what has no schema goes into this one."""
    name = Identifier(schema.name)
    if roles:
        connection.execute(SQL("set role {}").format(Identifier(schema.role)))
    else:
        connection.execute(SQL("create schema if not exists {}").format(name))
    connection.execute(SQL("set search_path to {}").format(name))
    connection.commit()
    yield
    connection.execute("reset role; reset search_path")
    connection.commit()


def _run_revisions(connection: psycopg.Connection, schema: Schema, finish: Callable[[], None]) -> None:
    """Run Alembic on this connection: the revisions and `finish` in one transaction."""
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool)
    config = Config()
    config.set_main_option("script_location", _escaped(Path(__file__).with_name("revisions")))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _escaped(schema.revisions))
    try:
        with engine.connect() as wrapped:
            config.attributes.update(connection=wrapped, schema=schema.name, finish=finish)
            command.upgrade(config, "head")
    except (CommandError, sqlalchemy.exc.DBAPIError, psycopg.Error) as error:
        raise MigrationError(f"A revision of the schema {schema.name} failed: {_first_line(error)}") from error


def _finish(connection: psycopg.Connection, schema: Schema, *, roles: bool) -> None:
    if roles and schema.name == MESSAGING:
        connection.execute(SQL(_MESSAGING_GRANTS).format(services=Identifier(SERVICES)))
    statement = SQL("comment on schema {} is {}")
    connection.execute(statement.format(Identifier(schema.name), Literal(mark(schema.newest))))


def _escaped(path: Path) -> str:
    """A path as Alembic's configuration takes it, where a percent sign would be interpolated."""
    return str(path).replace("%", "%%")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
