"""All that is held about a customer, gathered from every service into one file."""

from collections.abc import AsyncIterator, Iterator
from tempfile import SpooledTemporaryFile

import msgspec

from comanda.contexts.profiling import store
from comanda.contexts.profiling.errors import CustomerNotFound
from comanda.messaging.service import Call, Service
from comanda.platform.personal_data import PersonalDataClient

HOLDERS = ("profiling", "ordering", "carting", "paying", "billing", "shipping", "notifying", "administering")
"""The services that hold personal data, in the order of the file. The others know no person."""

IN_MEMORY = 4 * 1024 * 1024
"""Beyond this size the file is gathered on the disk."""

CHUNK = 64 * 1024

Spool = SpooledTemporaryFile[bytes]


async def export_customer(customer_id: str, call: Call) -> Spool:
    """The file, written to its end: whoever gets it gets all of it. Raises CustomerNotFound, Unavailable.

    Staff may also ask for a customer whom another system knows, and of whom there are orders only.
    """
    await check_known(customer_id, call)
    spool: Spool = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by whoever sends it
    try:
        async for part in _parts(customer_id, call):
            spool.write(part)
    except BaseException:
        spool.close()
        raise
    return spool


async def check_known(customer_id: str, call: Call) -> None:
    """Raises CustomerNotFound for somebody of whom nothing is held, or who is not the caller."""
    async with call.service.database.acquire() as connection:
        if await store.read_customer(connection, customer_id, call.principal.owner) is not None:
            return
    if call.principal.owner is not None or not await is_held(customer_id, call.service):
        raise CustomerNotFound


async def is_held(customer_id: str, service: Service) -> bool:
    """Whether any service holds anything about this customer."""
    for holder in HOLDERS:
        page = await PersonalDataClient(service.outbound(holder)).page(customer_id, limit=1)
        if page.items:
            return True
    return False


def sent(spool: Spool) -> Iterator[bytes]:
    """The file in pieces; it is gone afterwards."""
    with spool:
        spool.seek(0)
        while piece := spool.read(CHUNK):
            yield piece


async def _parts(customer_id: str, call: Call) -> AsyncIterator[bytes]:
    head = {"customer_id": customer_id, "exported_at": call.service.clock()}
    yield msgspec.json.encode(head)[:-1] + b',"services":{'
    for place, holder in enumerate(HOLDERS):
        yield (b"," if place else b"") + msgspec.json.encode(holder) + b":["
        separator = b"\n"
        async for record in PersonalDataClient(call.service.outbound(holder)).records(customer_id):
            yield separator + msgspec.json.encode(record)
            separator = b",\n"
        yield b"]"
    yield b"}}\n"
