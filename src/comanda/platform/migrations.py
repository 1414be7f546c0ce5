"""Schemas and their revisions: one schema and one role a service, kept apart, each with its own history.

A revision is a file `NNNN_title.py` in a context's `migrations/`, an Alembic revision whose id is NNNN and
whose `upgrade` gives SQL to `op.execute`, as written and as many statements as it takes.
docs/decisions/0002-alembic-per-schema.md says why.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

PACKAGE = Path(__file__).parents[1]
MESSAGING = "messaging"
SERVICES = "comanda_service"
"""The group of all services' roles; what they may do with the event log is granted to it."""

_REVISION_FILES = "[0-9][0-9][0-9][0-9]_*.py"
_MARK = "Comanda revision "


class MigrationError(Exception):
    """The database cannot be brought to this release's schemas. The message is one line."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema, the folder of its revisions, and the password of the role that owns it."""

    name: str
    revisions: Path
    password: str | None = field(default=None, repr=False)
    """None: nobody logs in as the owner."""

    @property
    def role(self) -> str:
        """The role that owns the schema and that its service connects as."""
        return f"comanda_{self.name}"

    @property
    def newest(self) -> str:
        """The number of the newest revision; `0000` before there is one."""
        return max((file.name[:4] for file in self.revisions.glob(_REVISION_FILES)), default="0000")


def find_schemas(password_for: Callable[[str], str], package: Path = PACKAGE) -> list[Schema]:
    """Every schema of the package: messaging first, then the contexts'. `password_for` is asked with a role."""
    folders = sorted((package / "contexts").glob("*/migrations"))
    contexts = [Schema(folder.parent.name, folder, password_for(f"comanda_{folder.parent.name}")) for folder in folders]
    return [Schema(MESSAGING, package / MESSAGING / "migrations"), *contexts]


async def migrate(dsn: str, schemas: Sequence[Schema], *, roles: bool = True) -> bool:
    """Bring every schema to its newest revision; False if all were, which takes one query to find out.

    With `roles` the connecting user is a superuser, and every schema gets a role of its own, which has rights
    there and, the messaging schema's grants apart, nowhere else. Without, everything belongs to that user: one
    database a service. Processes that migrate at the same time wait for each other.
    Raises MigrationError for a failing revision (its transaction leaves nothing behind), or a newer database.
    """
    if await _up_to_date(dsn, schemas, roles=roles):
        return False
    from comanda.platform.schema_upgrade import upgrade  # Alembic takes longer to import than a warm start

    await asyncio.to_thread(upgrade, dsn, schemas, roles=roles)
    return True


async def pending(dsn: str, schemas: Sequence[Schema], *, roles: bool = True) -> bool:
    """Whether `migrate` would have something to do. Raises MigrationError for a newer database."""
    return not await _up_to_date(dsn, schemas, roles=roles)


def mark(revision: str) -> str:
    """The comment a schema carries: set in the transaction of its revisions, it is what the fast check reads."""
    return _MARK + revision


async def _up_to_date(dsn: str, schemas: Sequence[Schema], *, roles: bool) -> bool:
    connection = await asyncpg.connect(dsn, timeout=30)
    try:
        found = await connection.fetch(_SCHEMAS_AND_ROLES if roles else _SCHEMAS, *_wanted(schemas))
    finally:
        await connection.close()
    state = {row["schema"]: row for row in found}
    behind = [schema for schema in schemas if not _current(schema, state[schema.name], roles=roles)]
    return not behind


_SCHEMAS = """
select wanted.schema, obj_description(there.oid, 'pg_namespace') as mark
from unnest($1::text[], $2::text[]) as wanted (schema, role)
left join pg_namespace there on there.nspname = wanted.schema
"""

_SCHEMAS_AND_ROLES = """
select wanted.schema, obj_description(there.oid, 'pg_namespace') as mark, login.rolname, login.rolpassword
from unnest($1::text[], $2::text[]) as wanted (schema, role)
left join pg_namespace there on there.nspname = wanted.schema
left join pg_authid login on login.rolname = wanted.role
"""


def _wanted(schemas: Sequence[Schema]) -> tuple[list[str], list[str]]:
    return [schema.name for schema in schemas], [schema.role for schema in schemas]


def _current(schema: Schema, found: asyncpg.Record, *, roles: bool) -> bool:
    revision = (found["mark"] or "").removeprefix(_MARK)
    if revision > schema.newest:
        raise MigrationError(
            f"The schema {schema.name} is at revision {revision}, newer than this release knows"
            f" ({schema.newest}): run the release that made it, or a later one."
        )
    if revision != schema.newest:
        return False
    if not roles or schema.password is None:
        return not roles or found["rolname"] is not None
    return _opens(found["rolpassword"], schema.password)


def _opens(verifier: str | None, password: str) -> bool:
    """Whether the password is the one PostgreSQL keeps this SCRAM verifier of (RFC 5803)."""
    try:
        _, cost, keys = (verifier or "").split("$")
        iterations, salt = cost.split(":")
        stored_key = keys.split(":")[0]
    except ValueError:
        return False
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    return hmac.compare_digest(hashlib.sha256(client_key).digest(), base64.b64decode(stored_key))
