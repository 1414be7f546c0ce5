"""The working set of reporting: nothing has to be read, every event only adds to what is written.

The events of one order in a batch are folded into one change. What is new is inserted, what grows is merged.
"""

from collections.abc import Sequence
from datetime import datetime

from comanda.contexts.reporting import store
from comanda.contexts.reporting.facts import OrderFacts
from comanda.messaging.reactions import Load
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork


class Books:
    """What one batch adds to one generation of the read model."""

    cause: Recorded

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self.orders: dict[str, OrderFacts] = {}
        self.refunded_pieces: dict[tuple[str, str], int] = {}
        self.abandoned: dict[str, datetime] = {}

    def order(self, order_id: str) -> OrderFacts:
        """What the batch has said of this order so far."""
        facts = self.orders.get(order_id)
        if facts is None:
            facts = self.orders[order_id] = OrderFacts(order_id)
        return facts

    def refund_pieces(self, order_id: str, sku: str, quantity: int) -> None:
        """These pieces of the order were paid back."""
        key = (order_id, sku)
        self.refunded_pieces[key] = self.refunded_pieces.get(key, 0) + quantity

    async def flush(self, work: UnitOfWork) -> None:
        """One statement for new orders, one for those that went on, and one for each of what is rare."""
        placed: list[OrderFacts] = []
        progressed: list[OrderFacts] = []
        refunds: list[OrderFacts] = []
        records: list[OrderFacts] = []
        hidden: list[OrderFacts] = []
        for facts in self.orders.values():
            if facts.recorded:
                (records if facts.created_at is not None else hidden).append(facts)
                continue
            if facts.created_at is not None:
                placed.append(facts)
            elif facts.reached or facts.ended:
                progressed.append(facts)
            if facts.refunded:
                refunds.append(facts)
        await store.add_placed(work.connection, self.generation, placed)
        await store.add_progress(work.connection, self.generation, progressed)
        await store.add_refunds(work.connection, self.generation, refunds, self.refunded_pieces)
        await store.set_records(work.connection, self.generation, records, hidden)
        await store.add_abandoned(work.connection, self.generation, self.abandoned)


def make_load(_: Service) -> Load:
    """How a batch's working set is loaded: it only has to know which generation is the live one."""

    async def load(work: UnitOfWork, _events: Sequence[Recorded]) -> Books:
        return Books(await store.live_generation(work.connection))

    return load
