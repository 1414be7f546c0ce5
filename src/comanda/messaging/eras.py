"""Eras of the log: transaction ids mean something only within one life of one database cluster.

A restored dump, a failover or a copied database counts its transactions anew; the log then begins a new era, and
readers finish the old one before they start the new one from its beginning.
"""

import asyncpg

_IDENTITY = """
    select (select system_identifier::text from pg_control_system()) as system_identifier,
        (select timeline_id from pg_control_checkpoint()) as timeline,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next_xid
"""

_LATEST = """
    select era, system_identifier, timeline,
        (select coalesce(max(xid)::text::bigint, 0) from messaging.log where log.era = eras.era) as last_xid,
        (
            select coalesce(max(pg_snapshot_xmax(upto)::text::bigint), 0)
            from messaging.cursors
            where cursors.era = eras.era
        ) as seen_xid
    from messaging.eras
    order by era desc
    limit 1
"""


class WrongDatabase(Exception):
    """A connection met another cluster than the one the process began with: it has to stop."""


async def establish(connection: asyncpg.Connection) -> int:
    """The present era, begun anew if the cluster is not the one the log was written in. Before any service connects.

    The connection needs the rights of the log's owner.
    """
    async with connection.transaction():
        await connection.execute("lock table messaging.log in access exclusive mode")
        identity = await connection.fetchrow(_IDENTITY)
        latest = await connection.fetchrow(_LATEST)
        assert identity is not None
        if latest is not None and _same(identity, latest):
            return int(latest["era"])
        era = 1 if latest is None else int(latest["era"]) + 1
        await connection.execute(
            "insert into messaging.eras (era, system_identifier, timeline) values ($1, $2, $3)",
            era,
            identity["system_identifier"],
            identity["timeline"],
        )
        await connection.execute(f"alter table messaging.log alter column era set default {era:d}")
        return era


def _same(identity: asyncpg.Record, latest: asyncpg.Record) -> bool:
    return bool(
        identity["system_identifier"] == latest["system_identifier"]
        and identity["timeline"] == latest["timeline"]
        and latest["last_xid"] < identity["next_xid"]
        and latest["seen_xid"] <= identity["next_xid"]
    )


class Guard:
    """Refuses connections to another cluster or timeline than the one the process began with."""

    def __init__(self, identity: tuple[str, int]) -> None:
        self._identity = identity

    @classmethod
    async def of(cls, connection: asyncpg.Connection) -> "Guard":
        """The guard of the cluster behind this connection."""
        return cls(await _identity_of(connection))

    async def check(self, connection: asyncpg.Connection) -> None:
        """Raises WrongDatabase for a connection to another cluster."""
        found = await _identity_of(connection)
        if found != self._identity:
            raise WrongDatabase(f"this is cluster {found[0]}, timeline {found[1]}; the process began with another")


async def _identity_of(connection: asyncpg.Connection) -> tuple[str, int]:
    row = await connection.fetchrow(_IDENTITY)
    assert row is not None
    return row["system_identifier"], row["timeline"]
