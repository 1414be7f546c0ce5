"""Placing orders: the one place where an order comes to be.

POST /orders is a use case over many commands: requests that arrive while a transaction is under way share the next.
"""

import asyncio
import hmac
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from comanda.contexts.ordering import answers, erasing, store
from comanda.contexts.ordering.capabilities import access_token
from comanda.contexts.ordering.confirmations import RecentOrders, read_created
from comanda.contexts.ordering.contract.events import OrderCreated
from comanda.contexts.ordering.expected_total import check_expected
from comanda.contexts.ordering.foreign import store as stages
from comanda.contexts.ordering.payment_rules import check_payment
from comanda.contexts.ordering.placement import (
    CartUnavailable,
    Deadlines,
    Placement,
    PlaceOrder,
    ReferenceTaken,
    Totals,
    place,
)
from comanda.contexts.ordering.pricing import Basket, Pricing
from comanda.contexts.ordering.vip import vips_among
from comanda.kernel.errors import ComandaError
from comanda.messaging.log import Connection
from comanda.messaging.service import Service
from comanda.platform import idempotency

Result = bytes | Exception


class OrderPlacer:
    """Places groups of orders, each group in one transaction: idempotency keys, orders and events together."""

    def __init__(
        self,
        service: Service,
        pricing: Pricing,
        recent: RecentOrders,
        secret: str,
        foreign_stages: Sequence[str] = (),
    ) -> None:
        self._service = service
        self._pricing = pricing
        self._recent = recent
        self._numbers = OrderNumbers(service)
        self._secret = secret.encode()
        self._foreign_stages = foreign_stages

    async def place_group(self, commands: Sequence[PlaceOrder]) -> list[Result]:
        """The answer (JSON of the order as created) or the error of each command, in their order."""
        results: dict[str, Result] = {}
        priced = await self._price(commands, results)
        if priced:
            placed = await self._write(priced, results)
            self._recent.add(placement.created for placement in placed)
            for placement in placed:
                results[placement.command.id] = self._answer(placement.created, placement.command.metadata)
        unplaced = [command for command in commands if not isinstance(results.get(command.id), bytes)]
        if unplaced:
            await self._answer_known(unplaced, results)
        return [results[command.id] for command in commands]

    async def _answer_known(self, commands: Sequence[PlaceOrder], results: dict[str, Result]) -> None:
        """Commands whose key has placed an order before get that order, as it was at creation."""
        async with self._service.database.acquire() as connection:
            known = await store.orders_of_keys(connection, [(command.scope, command.key) for command in commands])
            if not known:
                return
            created = await read_created(connection, [order_id for _, order_id in known.values()])
        for command in commands:
            found = known.get((command.scope, command.key))
            if found is not None:
                fingerprint, order_id = found
                same = hmac.compare_digest(fingerprint, command.fingerprint)
                results[command.id] = (
                    self._answer(*created[order_id])
                    if same
                    else idempotency.KeyReused("This Idempotency-Key was used for another request.")
                )

    async def _price(
        self, commands: Sequence[PlaceOrder], results: dict[str, Result]
    ) -> list[tuple[PlaceOrder, Totals]]:
        """Each command with its totals; one that cannot be priced has its error in `results`."""
        carts = await self._pricing.carts([c.cart_id for c in commands if c.cart_id is not None])
        vips = await vips_among(self._service, (command.customer_id for command in commands))
        baskets: dict[str, Basket] = {}
        for command in commands:
            pieces = command.lines
            if command.cart_id is not None:
                cart = carts.get(command.cart_id)
                if cart is None or not may_order_from(cart.customer_id, command):
                    results[command.id] = CartUnavailable("There is no such open cart.")
                    continue
                if cart.status != "open":
                    results[command.id] = CartUnavailable("The cart is closed.")
                    continue
                pieces = tuple(cart.items)
            party = command.buyer.billing_address or command.buyer.shipping_address
            baskets[command.id] = Basket(
                pieces,
                command.country,
                command.postal_code,
                command.shipping_method,
                party.company,
                party.vat_id,
                vip=command.customer_id in vips,
            )
        products = await self._pricing.products(baskets.values())
        priced = []
        for command in commands:
            if command.id not in baskets:
                continue
            try:
                totals = await self._pricing.totals(baskets[command.id], products)
                check_payment(
                    self._service.settings, command.payment_method, totals.total, totals.currency, command.country
                )
                check_expected(command, totals)
            except ComandaError as error:
                results[command.id] = error
            else:
                priced.append((command, totals))
        return priced

    def _deadlines(self, command: PlaceOrder) -> Deadlines:
        settings = self._service.settings
        if command.payment_method == "bank_transfer":
            payment_s = settings["ordering.bank_transfer_days"] * 86_400
            return Deadlines(payment_s=payment_s, order_s=payment_s + 3_600, reservation_s=payment_s + 7_200)
        payment_s = settings["ordering.payment_minutes"] * 60
        return Deadlines(payment_s=payment_s, order_s=payment_s + 300, reservation_s=payment_s + 600)

    async def _write(self, priced: Sequence[tuple[PlaceOrder, Totals]], results: dict[str, Result]) -> list[Placement]:
        """Write what can be written; the others get their error. Those whose key is taken get nothing here."""
        numbers = await self._numbers.draw(len(priced))
        now = self._service.clock()
        placements = [
            place(command, totals, number, self._deadlines(command), now, self._foreign_stages)
            for (command, totals), number in zip(priced, numbers, strict=True)
        ]
        placements.sort(key=lambda placement: (placement.command.scope, placement.command.key))
        async with self._service.database.acquire() as connection:
            placements = await _with_free_reference(connection, placements, results)
            if not placements:
                return []
            if self._foreign_stages:
                written = await self._insert_with_stages(connection, placements, now)
            else:
                written = await store.insert(connection, placements, now)
            unwritten = [p for p in placements if p.created.order_id not in written]
            await _give_back(connection, unwritten, results)
            await _refuse_erased(connection, unwritten, results)
        self._service.transactions.wake()
        return [p for p in placements if p.created.order_id in written]

    async def _insert_with_stages(
        self, connection: Connection, placements: Sequence[Placement], now: datetime
    ) -> set[str]:
        """As `store.insert`, with the stages in foreign hands and their first calls in the same transaction."""
        async with connection.transaction():
            written = await store.insert(connection, placements, now)
            new = [placement for placement in placements if placement.created.order_id in written]
            if new:
                await stages.begin(connection, new, self._foreign_stages)
        self._service.state["wake_foreign_calls"]()
        return written

    def _answer(self, created: OrderCreated, metadata: str | None) -> bytes:
        token = None if created.customer_id else access_token(self._secret, created.order_id)
        return answers.created(created, token, metadata)


async def _with_free_reference(
    connection: Connection, placements: list[Placement], results: dict[str, Result]
) -> list[Placement]:
    """Those whose reference is free; the unique index has the last word."""
    wanted = [p.command.reference for p in placements if p.command.reference is not None]
    if not wanted:
        return placements
    taken = await store.taken_references(connection, wanted)
    free = []
    for placement in placements:
        reference = placement.command.reference
        if reference is not None and reference in taken:
            results[placement.command.id] = ReferenceTaken("Another order has this reference.")
        else:
            if reference is not None:
                taken.add(reference)
            free.append(placement)
    return free


async def _give_back(connection: Connection, unwritten: Sequence[Placement], results: dict[str, Result]) -> None:
    """A placement from a cart was not written: the cart has a live order, or its key had placed one that failed.

    In the latter case it has taken the cart for nothing; what a crash leaves of that is given back at the next start.
    """
    carted = [placement.created.order_id for placement in unwritten if placement.created.cart_id is not None]
    await store.free_carts(connection, carted)
    for order_id in carted:
        results[order_id] = CartUnavailable("An order was made from this cart.")


async def _refuse_erased(connection: Connection, unwritten: Sequence[Placement], results: dict[str, Result]) -> None:
    """A placement was not written because its customer has been erased."""
    erased = await erasing.erased_among(connection, (placement.created.customer_id for placement in unwritten))
    for placement in unwritten:
        if placement.created.customer_id in erased:
            results[placement.created.order_id] = erasing.CustomerIsErased()


class OrderNumbers:
    """Order numbers, drawn a block at a time, outside of transactions: they grow, and may have gaps."""

    BLOCK = 200

    def __init__(self, service: Service) -> None:
        self._service = service
        self._drawn: deque[int] = deque()
        self._drawing = asyncio.Lock()

    async def draw(self, count: int) -> list[int]:
        """The next numbers."""
        async with self._drawing:
            if len(self._drawn) < count:
                async with self._service.database.acquire() as connection:
                    self._drawn.extend(await store.draw_numbers(connection, max(count, self.BLOCK)))
            return [self._drawn.popleft() for _ in range(count)]


def may_order_from(cart_customer: str | None, command: PlaceOrder) -> bool:
    """Whether the caller may order from a cart: a cart without a customer is anybody's who knows its id."""
    return cart_customer is None or cart_customer == command.customer_id
