"""What a service hears of a customer before, with and after the erasure: nothing brings them back."""

import random
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from comanda.contexts.billing import erasing as billing_erasing
from comanda.contexts.billing.card import card as billing
from comanda.contexts.notifying import erasing as notifying_erasing
from comanda.contexts.notifying.card import card as notifying
from comanda.contexts.ordering.confirmations import confirmation_of
from comanda.contexts.ordering.contract.events import Buyer, OrderCreated
from comanda.contexts.paying import erasing as paying_erasing
from comanda.contexts.paying.card import card as paying
from comanda.contexts.profiling.contract.events import (
    Contact,
    CustomerErased,
    CustomerRegistered,
    PasswordChanged,
    RegistrationRepeated,
)
from comanda.contexts.shipping import erasing as shipping_erasing
from comanda.contexts.shipping.card import card as shipping
from comanda.contexts.stocking.contract.events import StockReserved
from comanda.kernel.address import Address
from comanda.kernel.clock import utc_now
from comanda.kernel.event import Event
from comanda.kernel.ids import new_id
from tests.contexts.notifying.facts import canceled, delivered, dispatched, failed, order_created, scheduled
from tests.support.database import Database
from tests.support.one_service import OneService, one_service
from tests.support.traces import tables_with

SERVICES: tuple[tuple[Any, Any], ...] = (
    (billing, billing_erasing),
    (notifying, notifying_erasing),
    (paying, paying_erasing),
    (shipping, shipping_erasing),
)
ROUNDS = 25


class Life:
    """One customer: what each publisher says of them, in its order."""

    def __init__(self, n: int) -> None:
        self.id = new_id()
        self.email, self.name, self.street = f"shuffled{n}@example.org", f"Shuffled {n}son", f"Shuffle street {n}"
        self.traces = [self.email, self.name, self.street]
        done, failed_, canceled_ = (self._order() for _ in range(3))
        contact = Contact(email=self.email, name=self.name)
        self.said: list[list[Event]] = [
            [
                CustomerRegistered(customer_id=self.id, personal=contact),
                RegistrationRepeated(customer_id=self.id, personal=contact),
                PasswordChanged(customer_id=self.id, change_id=new_id(), personal=contact),
            ],
            [CustomerErased(customer_id=self.id)],
            [done, confirmation_of(done)],
            [failed_, failed(failed_.order_id)],
            [canceled_, canceled(canceled_.order_id)],
            [_reserved(done), _reserved(failed_)],
            [scheduled(done.order_id), dispatched(done.order_id), delivered(done.order_id)],
        ]

    def _order(self) -> OrderCreated:
        created = order_created(customer_id=self.id, email=self.email, sms="", recipient=self.name)
        address = Address(recipient=self.name, street=self.street, city="y", postal_code="1", country="FR")
        buyer = Buyer(email=self.email, shipping_address=address, billing_address=address)
        values = {name: getattr(created, name) for name in created.__struct_fields__}
        return OrderCreated(**(values | {"personal": buyer, "order_id": new_id()}))

    def shuffled(self, chance: random.Random) -> Iterator[Event]:
        """Everything once, each publisher in its order; the erasure anywhere."""
        left = [list(events) for events in self.said]
        while left:
            events = chance.choice(left)
            yield events.pop(0)
            if not events:
                left.remove(events)


async def test_nothing_brings_an_erased_customer_back_whatever_comes_first(database: Database) -> None:
    chance = random.Random(7)
    lives = [Life(n) for n in range(ROUNDS)]
    async with AsyncExitStack() as stack:
        for card, erasing in SERVICES:
            service = await stack.enter_async_context(one_service(card, database))
            for life in lives:
                await _hear(service, list(life.shuffled(chance)), chance, erasing)
            await _work_off(service, erasing)
        left = await tables_with(database, [trace for life in lives for trace in life.traces])
        assert set(left) <= {"billing.invoices"}, left


async def _hear(service: OneService, events: Sequence[Event], chance: random.Random, erasing: Any) -> None:
    """In batches of any size; the background task comes in between at any time."""
    assert service.context.reactions is not None
    asked = [event for event in events if event.TYPE in service.context.reactions.table]
    while asked:
        size = chance.randint(1, 4)
        await service.read(*asked[:size])
        del asked[:size]
        if chance.random() < 0.3:
            await _work_off(service, erasing)


async def _work_off(service: OneService, erasing: Any) -> None:
    async with service.service.database.acquire() as connection:
        while await erasing.erase_piece(connection) == erasing.PIECE:
            pass


def _reserved(order: OrderCreated) -> StockReserved:
    return StockReserved(order_id=order.order_id, expires_at=utc_now() + timedelta(hours=1))
