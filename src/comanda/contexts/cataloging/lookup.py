"""What orders and carts have to know of products, from memory: every order asks, and the catalogue seldom changes.

What is remembered belongs to one version of the catalogue, which grows with every write. A write by this process makes
the next lookup ask for the version first, so whoever was told of the write sees it. A write by another process is
noticed within a tenth of a second: until then a lookup answers as if it had come a moment earlier.
"""

import time
from collections.abc import Sequence

import msgspec

from comanda.contexts.cataloging import store
from comanda.contexts.cataloging.contract.views import ProductView
from comanda.messaging.service import Service
from comanda.platform.database import Database

TRUSTED_S = 0.1
MOST_PRODUCTS = 50_000

_STATE = "cataloging.lookup"

_encode = msgspec.json.Encoder().encode


class Lookup:
    """Products as JSON, by sku; None for a sku that the catalogue does not have."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, bytes | None] = {}
        self._version = 0
        self._trusted_until = 0.0
        self._writes = 0

    async def find(self, skus: Sequence[str]) -> list[bytes]:
        """The products that exist of those named, each as JSON."""
        known = self._known
        if time.monotonic() >= self._trusted_until or not all(sku in known for sku in skus):
            known = await self._read(skus)
        return [product for sku in skus if (product := known[sku]) is not None]

    def written(self) -> None:
        """This process has committed a write."""
        self._writes += 1
        self._trusted_until = 0.0

    async def _read(self, skus: Sequence[str]) -> dict[str, bytes | None]:
        asked_at, writes = time.monotonic(), self._writes
        async with self._database.acquire() as connection:
            version, read = await store.version(connection), None
            if version != self._version or not all(sku in self._known for sku in skus):
                version, read = await store.lookup(connection, skus)
        answer = self._known if read is None else _as_json(skus, read)
        self._remember(version, answer)
        if version == self._version and writes == self._writes:
            self._trusted_until = asked_at + TRUSTED_S
        return answer

    def _remember(self, version: int, products: dict[str, bytes | None]) -> None:
        if version > self._version or len(self._known) > MOST_PRODUCTS:
            self._version, self._known = version, {}
        if version == self._version and products is not self._known:
            self._known.update(products)


def lookup_of(service: Service) -> Lookup:
    """The one of this service."""
    found = service.state.get(_STATE)
    if found is None:
        found = service.state[_STATE] = Lookup(service.database)
    assert isinstance(found, Lookup)
    return found


async def watch_writes(service: Service) -> None:
    """Let what the consumer writes count as written by this process."""
    service.committed = lookup_of(service).written


def _as_json(skus: Sequence[str], found: dict[str, ProductView]) -> dict[str, bytes | None]:
    return {sku: _encode(found[sku]) if sku in found else None for sku in skus}
