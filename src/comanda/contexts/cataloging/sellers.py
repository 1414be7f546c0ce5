"""Sellers who may not sell for now: their products cannot be bought at once, and everybody is told, piece by piece."""

from comanda.contexts.administering.contract.events import SellerReinstated, SellerSuspended
from comanda.contexts.cataloging import seller_store, store
from comanda.contexts.cataloging.product import changed
from comanda.messaging.background import every
from comanda.messaging.reactions import Load, Reactions
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork

PIECE = 1_000
EVERY_S = 1.0


class Sellers:
    """What a batch of events says about sellers: whether each is suspended."""

    def __init__(self) -> None:
        self.suspended: dict[str, bool] = {}
        self.cause: Recorded

    async def flush(self, work: UnitOfWork) -> None:
        """Write it, and leave a job for telling about each product."""
        if self.suspended:
            await store.open_for_writing(work.connection)
            await seller_store.set_suspended(work.connection, self.suspended)


reactions: Reactions[Sellers] = Reactions()


@reactions.to(SellerSuspended)
def suspend(event: SellerSuspended, sellers: Sellers) -> None:
    """The seller's products cannot be bought."""
    sellers.suspended[event.seller_id] = True


@reactions.to(SellerReinstated)
def reinstate(event: SellerReinstated, sellers: Sellers) -> None:
    """The seller's products can be bought again."""
    sellers.suspended[event.seller_id] = False


def make_load(_: Service) -> Load:
    """Nothing has to be loaded: the events say it all."""

    async def load(work: UnitOfWork, events: object) -> Sellers:
        return Sellers()

    return load


async def tell_availability(service: Service) -> None:
    """Until the service stops: publish ProductChanged for the products of sellers that were suspended or reinstated."""
    await every(service, EVERY_S, lambda: _tell_all(service), "cataloging.job_tried_again")


async def _tell_all(service: Service) -> None:
    more = True
    while more and not service.stopping.is_set():
        async with service.begin() as work:
            more = await tell_piece(work)


async def tell_piece(work: UnitOfWork, piece: int = PIECE) -> bool:
    """Tell about some products of one seller, at most `piece`; False when there is no job."""
    if not await seller_store.has_jobs(work.connection):
        return False
    await store.open_for_writing(work.connection)
    job = await seller_store.next_job(work.connection)
    if job is None:
        return False
    skus = await seller_store.active_skus(work.connection, job.seller_id, job.after, piece)
    products = await store.products(work.connection, skus)
    work.publish(*(changed(products[sku][0], seller_suspended=job.suspended) for sku in skus))
    if len(skus) < piece:
        await seller_store.end_job(work.connection, job.seller_id)
    else:
        await seller_store.move_job(work.connection, job.seller_id, skus[-1])
    return True
