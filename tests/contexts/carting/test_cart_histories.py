"""Random histories of carts, guests, customers and orders, against a model that is as plain as can be.

Orders of one cart interleave: what ordering has done and what carting has read of it are two things, and only the
events of one order come in order.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from comanda.contexts.carting.card import card as carting
from comanda.contexts.cataloging.card import card as cataloging
from comanda.contexts.profiling.card import card as profiling
from comanda.kernel.event import Event
from comanda.kernel.ids import new_id
from comanda.platform.auth import ANONYMOUS, Principal
from comanda.platform.postgres import EmbeddedPostgres
from tests.contexts.carting.facts import created, failed
from tests.contexts.carting.shop import EUR, Shop, lines, quantities
from tests.support.database import cloned_database
from tests.support.services import customer, running
from tests.support.visitors import Visitor

Run = Callable[[Coroutine[Any, Any, Any]], Any]

some_lines = st.dictionaries(st.sampled_from(sorted(EUR)), st.integers(1, 9), max_size=3)
some_sku = st.sampled_from(sorted(EUR))


@dataclass(slots=True)
class Cart:
    """What a cart should be."""

    id: str
    owner: str | None
    lines: dict[str, int]
    status: str = "open"
    known: dict[str, bool] = field(default_factory=dict)
    """The orders that carting has read of: whether they have failed."""


@dataclass(slots=True)
class Order:
    """What ordering has made of a cart, and what carting has not read yet."""

    id: str
    cart: Cart
    status: str = "live"
    unread: list[Event] = field(default_factory=list)
    read: list[Event] = field(default_factory=list)


class Histories(RuleBasedStateMachine):
    """Carts of guests and of two customers."""

    carts: Bundle[Cart] = Bundle("carts")
    orders: Bundle[Order] = Bundle("orders")

    def __init__(self, shop: Shop, run: Run) -> None:
        super().__init__()
        self.shop = shop
        self.run = run
        self.customers = [new_id(), new_id()]
        self.model: dict[str, Cart] = {}
        self.placed: list[Order] = []

    @rule(target=carts, content=some_lines)
    def a_guest_opens_a_cart(self, content: dict[str, int]) -> Cart:
        answer = self.run(self.shop.visit()("POST", "/carts", lines(**content)))
        assert answer.status_code == 201
        return self._new(answer.json()["id"], None, content)

    @rule(target=carts, who=st.integers(0, 1), content=some_lines)
    def a_customer_opens_a_cart(self, who: int, content: dict[str, int]) -> Cart:
        owner = self.customers[who]
        present = self._open_cart_of(owner)
        answer = self.run(self.shop.visit(customer(owner))("POST", "/carts", lines(**content)))
        assert answer.status_code == (200 if present else 201)
        if present is None:
            return self._new(answer.json()["id"], owner, content)
        assert answer.json()["id"] == present.id
        present.lines |= content
        return present

    @rule(cart=carts, sku=some_sku, quantity=st.integers(1, 9))
    def somebody_puts_a_line(self, cart: Cart, sku: str, quantity: int) -> None:
        answer = self.run(self._visitor(cart)("PUT", f"/carts/{cart.id}/items/{sku}", {"quantity": quantity}))
        assert answer.status_code == (200 if cart.status == "open" else 409)
        if cart.status == "open":
            cart.lines[sku] = quantity
            assert quantities(answer.json()) == cart.lines

    @rule(cart=carts, sku=some_sku)
    def somebody_removes_a_line(self, cart: Cart, sku: str) -> None:
        answer = self.run(self._visitor(cart)("DELETE", f"/carts/{cart.id}/items/{sku}"))
        expected = 409 if cart.status != "open" else 200 if sku in cart.lines else 404
        assert answer.status_code == expected
        if expected == 200:
            del cart.lines[sku]

    @rule(cart=carts, who=st.integers(0, 1))
    def a_guest_signs_in(self, cart: Cart, who: int) -> None:
        owner = self.customers[who]
        target = self._open_cart_of(owner)
        answer = self.run(self.shop.visit(customer(owner))("POST", f"/carts/{cart.id}/merge"))
        if cart.owner is not None or cart.status != "open":
            return
        assert answer.status_code == 200
        if target is None:
            cart.owner = owner
            return
        assert answer.json()["id"] == target.id
        target.lines = {sku: max(target.lines.get(sku, 0), cart.lines.get(sku, 0)) for sku in target.lines | cart.lines}
        cart.status = "merged"

    @rule(target=orders, cart=carts)
    def ordering_takes_an_order(self, cart: Cart) -> Any:
        live = any(order.cart is cart and order.status != "failed" for order in self.placed)
        if cart.status != "open" or live:
            return multiple()
        order = Order(new_id(), cart)
        order.unread.append(created(order.id, cart.id, cart.owner))
        self.placed.append(order)
        return order

    @rule(order=consumes(orders), outcome=st.sampled_from(["failed", "failed", "canceled", "completed"]))
    def an_order_ends(self, order: Order, outcome: str) -> None:
        order.status = outcome
        if outcome == "failed":
            order.unread.append(failed(order.id))

    @rule(choices=st.lists(st.integers(0, 99), min_size=1, max_size=6))
    def carting_reads_a_batch(self, choices: list[int]) -> None:
        batch: list[Event] = []
        for choice in choices:
            waiting = [order for order in self.placed if order.unread]
            if not waiting:
                break
            order = waiting[choice % len(waiting)]
            order.read.append(order.unread.pop(0))
            batch.append(order.read[-1])
            self._expect_after_reading(order, len(order.read) == 2)
        self.run(self.shop.read(*batch))

    @rule(choice=st.integers(0, 99))
    def carting_reads_something_again(self, choice: int) -> None:
        """An order's newest event, or all of them: what happened meanwhile to other orders must not change."""
        orders = [order for order in self.placed if order.read]
        if orders:
            assert self.run(self.shop.read(*orders[choice % len(orders)].read)) == []

    @invariant()
    def the_rows_are_as_expected(self) -> None:
        if not self.model:
            return
        query = "select id, customer_id, status, currency, skus, quantities from carts where id = any ($1)"
        rows = self.run(self.shop.rows(query, list(self.model)))
        assert {row["id"]: (row["customer_id"], row["status"]) for row in rows} == {
            cart.id: (cart.owner, cart.status) for cart in self.model.values()
        }
        for row in rows:
            assert dict(zip(row["skus"], row["quantities"], strict=True)) == self.model[row["id"]].lines
            assert row["currency"] == ("EUR" if row["skus"] else None)

    def teardown(self) -> None:
        """At rest a guest's cart is open exactly if it has no live order, whatever the order of reading was."""
        while any(order.unread for order in self.placed):
            self.carting_reads_a_batch([0])
        self.the_rows_are_as_expected()
        for cart in self.model.values():
            live = any(order.cart is cart and order.status != "failed" for order in self.placed)
            if cart.owner is None and cart.status != "merged":
                assert cart.status == ("checked_out" if live else "open")

    def _new(self, id: str, owner: str | None, content: dict[str, int]) -> Cart:
        self.model[id] = Cart(id, owner, dict(content))
        return self.model[id]

    def _open_cart_of(self, owner: str) -> Cart | None:
        return next((cart for cart in self.model.values() if cart.owner == owner and cart.status == "open"), None)

    def _visitor(self, cart: Cart) -> Visitor:
        principal: Principal = ANONYMOUS if cart.owner is None else customer(cart.owner)
        return self.shop.visit(principal)

    def _expect_after_reading(self, order: Order, has_failed: bool) -> None:
        cart = order.cart
        cart.known[order.id] = has_failed
        live = not all(cart.known.values())
        other_open = cart.owner is not None and self._open_cart_of(cart.owner) not in (None, cart)
        if live and cart.status == "open":
            cart.status = "checked_out"
        elif not live and cart.status == "checked_out" and not other_open:
            cart.status = "open"


def test_carts_follow_the_model_through_any_history(postgres: EmbeddedPostgres) -> None:
    async def open_shop(stack: AsyncExitStack) -> Shop:
        database = await stack.enter_async_context(cloned_database(postgres))
        services = await stack.enter_async_context(running(database, [profiling, cataloging, carting]))
        shop = Shop(services)
        await shop.stock_catalogue()
        return shop

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            shop = runner.run(open_shop(stack))

            class AtThisShop(Histories):
                def __init__(self) -> None:
                    super().__init__(shop, runner.run)

            run_state_machine_as_test(
                AtThisShop,
                settings=settings(
                    max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
                ),
            )
        finally:
            runner.run(stack.aclose())
