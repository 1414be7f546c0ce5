"""Counting pieces in and out by hand: received, damaged, found, stolen, counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from comanda.contexts.cataloging.contract.client import CatalogingClient
from comanda.contexts.stocking import queries, store
from comanda.contexts.stocking.errors import UnknownProduct
from comanda.contexts.stocking.shelf import Level
from comanda.contexts.stocking.working_set import lock_shelf
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Pieces of one product that came (positive) or went, and why."""

    sku: str
    delta: int
    reason: str


async def make_places(service: Service, skus: Sequence[str]) -> list[str]:
    """The products among these that are in the catalogue, but not yet on the shelf.

    The news of a product may still be on its way when its first pieces are counted. Asked before the transaction.
    Raises UnknownProduct for those that the catalogue does not know either.
    """
    async with service.database.acquire() as connection:
        new = await queries.unknown(connection, skus)
    if new:
        known = await CatalogingClient(service.outbound("cataloging")).lookup(new)
        nowhere = [sku for sku in new if sku not in known]
        if nowhere:
            raise UnknownProduct(*nowhere)
    return new


async def adjust_stock(
    service: Service, adjustments: Sequence[Adjustment], new: Sequence[str], work: UnitOfWork
) -> list[Level]:
    """Apply adjustments one after the other, all or none, each with its line in the ledger.

    `new` are the products of `make_places`. Answers the levels afterwards, in sku order.
    Raises BelowReserved when promised pieces would be gone, TooMuch beyond what a shelf counts.
    """
    if new:
        await store.insert_levels(work.connection, sorted(new))
    shelf = await lock_shelf(service, work, {adjustment.sku for adjustment in adjustments})
    for adjustment in adjustments:
        shelf.adjust(adjustment.sku, adjustment.delta, adjustment.reason)
    await shelf.flush(work)
    return list(shelf.levels.values())


async def set_threshold(service: Service, sku: str, low_stock_threshold: int | None, work: UnitOfWork) -> Level:
    """Set a product's own low-stock mark, or go back to the setting. Raises UnknownProduct."""
    if not await store.set_threshold(work.connection, sku, low_stock_threshold):
        raise UnknownProduct(sku)
    shelf = await lock_shelf(service, work, [sku])
    return shelf.levels[sku]
