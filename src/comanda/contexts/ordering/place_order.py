"""Placing orders: the one place where an order comes to be.

POST /orders is a use case over many commands: requests that arrive while a transaction is under way share the next.
"""

import hashlib
import hmac
from collections.abc import Sequence

from comanda.contexts.ordering import answers, store
from comanda.contexts.ordering.confirmations import RecentOrders, read_created
from comanda.contexts.ordering.contract.events import OrderCreated
from comanda.contexts.ordering.placement import (
    CartUnavailable,
    Deadlines,
    Placement,
    PlaceOrder,
    ReferenceTaken,
    Totals,
    check_expected,
    place,
)
from comanda.contexts.ordering.pricing import Basket, Pricing
from comanda.kernel.errors import ComandaError
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform import idempotency

Result = bytes | Exception


class OrderPlacer:
    """Places groups of orders, each group in one transaction: idempotency keys, orders and events together."""

    def __init__(self, service: Service, pricing: Pricing, recent: RecentOrders, secret: str) -> None:
        self._service = service
        self._pricing = pricing
        self._recent = recent
        self._secret = secret.encode()

    async def place_group(self, commands: Sequence[PlaceOrder]) -> list[Result]:
        """The answer (JSON of the order as created) or the error of each command, in their order."""
        results: dict[str, Result] = {}
        await self._answer_known(commands, results)
        priced = await self._price(commands, results)
        if priced:
            placed = await self._write(priced, results)
            self._recent.add(placement.created for placement in placed)
            for placement in placed:
                results[placement.command.id] = self._answer(placement.created, placement.metadata)
            twins = [command for command in commands if command.id not in results]
            if twins:
                await self._answer_known(twins, results)
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
        commands = [command for command in commands if command.id not in results]
        carts = await self._pricing.carts([c.cart_id for c in commands if c.cart_id is not None])
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
            baskets[command.id] = Basket(pieces, command.country, command.postal_code, command.shipping_method)
        products = await self._pricing.products(baskets.values())
        priced = []
        for command in commands:
            if command.id not in baskets:
                continue
            try:
                totals = await self._pricing.totals(baskets[command.id], products)
                check_expected(command, totals, answers.quote(totals))
            except ComandaError as error:
                results[command.id] = error
            else:
                priced.append((command, totals))
        return priced

    async def _draw_numbers(self, count: int) -> list[int]:
        if not count:
            return []
        async with self._service.database.acquire() as connection:
            return await store.draw_numbers(connection, count)

    def _deadlines(self, command: PlaceOrder) -> Deadlines:
        settings = self._service.settings
        if command.payment_method == "bank_transfer":
            payment_s = settings["ordering.bank_transfer_days"] * 86_400
            return Deadlines(payment_s=payment_s, order_s=payment_s + 3_600, reservation_s=payment_s + 7_200)
        payment_s = settings["ordering.payment_minutes"] * 60
        return Deadlines(payment_s=payment_s, order_s=payment_s + 300, reservation_s=payment_s + 600)

    async def _write(self, priced: Sequence[tuple[PlaceOrder, Totals]], results: dict[str, Result]) -> list[Placement]:
        """Write what can be written; the others get their error, a twin committed elsewhere gets nothing here."""
        numbers = await self._draw_numbers(len(priced))
        async with self._service.begin() as work:
            placements = [
                place(command, totals, number, self._deadlines(command), work.now)
                for (command, totals), number in zip(priced, numbers, strict=True)
            ]
            placements = await self._with_new_key(work, placements)
            placements = await self._with_free_reference(work, placements, results)
            placements = await self._with_free_cart(work, placements, results)
            if placements:
                await store.insert(work.connection, placements, work.now)
                for placement in placements:
                    work.publish(placement.created, trace=placement.trace, actor=placement.actor)
        return placements

    async def _with_new_key(self, work: UnitOfWork, placements: list[Placement]) -> list[Placement]:
        """Those whose key is new, in key order; the others' orders were placed by another process meanwhile."""
        placements.sort(key=lambda placement: (placement.command.scope, placement.command.key))
        claimed = await store.claim_keys(
            work.connection,
            [(p.command.scope, p.command.key, p.command.fingerprint, p.command.id) for p in placements],
        )
        return [p for p in placements if (p.command.scope, p.command.key) in claimed]

    async def _with_free_reference(
        self, work: UnitOfWork, placements: list[Placement], results: dict[str, Result]
    ) -> list[Placement]:
        wanted = [p.own_reference for p in placements if p.own_reference is not None]
        if not wanted:
            return placements
        taken = await store.taken_references(work.connection, wanted)
        free = []
        for placement in placements:
            if placement.own_reference is not None and placement.own_reference in taken:
                results[placement.command.id] = ReferenceTaken("Another order has this reference.")
                await self._give_key_back(work, placement)
            else:
                if placement.own_reference is not None:
                    taken.add(placement.own_reference)
                free.append(placement)
        return free

    async def _with_free_cart(
        self, work: UnitOfWork, placements: list[Placement], results: dict[str, Result]
    ) -> list[Placement]:
        """Those whose cart has no live order: a cart has one at most."""
        carts: dict[str, str] = {}
        for placement in placements:
            if placement.created.cart_id is not None:
                carts.setdefault(placement.created.cart_id, placement.created.order_id)
        if not carts:
            return placements
        claimed = await store.claim_carts(work.connection, carts)
        free = []
        for placement in placements:
            cart_id = placement.created.cart_id
            if cart_id is None or (cart_id in claimed and carts[cart_id] == placement.created.order_id):
                free.append(placement)
            else:
                results[placement.command.id] = CartUnavailable("An order was made from this cart.")
                await self._give_key_back(work, placement)
        return free

    async def _give_key_back(self, work: UnitOfWork, placement: Placement) -> None:
        """A refused command leaves no key behind: sent again, it is judged again."""
        await store.release_key(work.connection, placement.command.scope, placement.command.key)

    def _answer(self, created: OrderCreated, metadata: str | None) -> bytes:
        token = None if created.customer_id else access_token(self._secret, created.order_id)
        return answers.created(created, token, metadata)


def access_token(secret: bytes, order_id: str) -> str:
    """The capability that a guest's order is reached by: derived, so that it need not be kept."""
    return hmac.new(secret, order_id.encode(), hashlib.sha256).hexdigest()


def may_order_from(cart_customer: str | None, command: PlaceOrder) -> bool:
    """Whether the caller may order from a cart: a cart without a customer is anybody's who knows its id."""
    return cart_customer is None or cart_customer == command.customer_id
