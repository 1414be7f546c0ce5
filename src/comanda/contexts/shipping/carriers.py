"""Carriers and their rates: kept in the database, and in the memory of every process that quotes them."""

from typing import NamedTuple

import asyncpg
import msgspec

from comanda.contexts.shipping.tariff import Carrier
from comanda.kernel.errors import Conflict, NotFound, PreconditionFailed
from comanda.messaging.background import every
from comanda.messaging.log import Connection
from comanda.messaging.service import Service

REFRESH_S = 5.0
"""How long another process may still quote the rates of before a change."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Carrier).decode


class KnownCarrier(NamedTuple):
    """A carrier and how often it has been written."""

    carrier: Carrier
    version: int


class CarrierExists(Conflict):
    """The code is taken."""

    code = "carrier-exists"


async def start(service: Service) -> None:
    """Know the carriers before the first parcel is quoted."""
    await refresh(service)


async def keep_fresh(service: Service) -> None:
    """See what another process has changed."""
    await every(service, REFRESH_S, lambda: refresh(service), "shipping.carriers_read_later")


async def refresh(service: Service) -> None:
    """Read all carriers into the process's memory."""
    async with service.database.acquire() as connection:
        service.state["carriers"] = [known.carrier for known in await everyone(connection)]


def known(service: Service) -> list[Carrier]:
    """The carriers as this process knows them."""
    carriers: list[Carrier] = service.state["carriers"]
    return carriers


async def everyone(connection: Connection) -> list[KnownCarrier]:
    """All carriers, by code."""
    return [_known(row) for row in await connection.fetch("select document, version from carriers order by code")]


async def find(connection: Connection, code: str) -> KnownCarrier:
    """One carrier. Raises NotFound."""
    row = await connection.fetchrow("select document, version from carriers where code = $1", code)
    if row is None:
        raise NotFound("There is no such carrier.")
    return _known(row)


async def add(connection: Connection, carrier: Carrier) -> KnownCarrier:
    """A new carrier. Raises CarrierExists."""
    added = await connection.execute(
        """
        insert into carriers (code, document)
        values ($1, $2)
        on conflict (code) do nothing
        """,
        carrier.code,
        _encode(carrier).decode(),
    )
    if added != "INSERT 0 1":
        raise CarrierExists(f"There is a carrier {carrier.code} already.")
    return KnownCarrier(carrier, 1)


async def replace(connection: Connection, carrier: Carrier, expected: int | None) -> KnownCarrier:
    """Change a carrier, rates and all. Raises NotFound, PreconditionFailed when it is not the `expected` version."""
    found = await connection.fetchval("select version from carriers where code = $1 for update", carrier.code)
    if found is None:
        raise NotFound("There is no such carrier.")
    if expected is not None and found != expected:
        raise PreconditionFailed(f"The carrier is at version {found} by now.", version=found)
    await connection.execute(
        "update carriers set document = $2, version = version + 1 where code = $1",
        carrier.code,
        _encode(carrier).decode(),
    )
    return KnownCarrier(carrier, found + 1)


async def remove(connection: Connection, code: str) -> None:
    """Remove a carrier; its parcels go on. Raises NotFound."""
    if await connection.execute("delete from carriers where code = $1", code) != "DELETE 1":
        raise NotFound("There is no such carrier.")


def _known(row: asyncpg.Record) -> KnownCarrier:
    return KnownCarrier(_decode(row["document"]), row["version"])
