"""Carts close when an order is made from them, and open again when every such order has failed."""

import asyncio
from itertools import permutations

from comanda.contexts.carting.contract.events import CartCheckedOut
from comanda.contexts.profiling.contract.events import CustomerErased
from comanda.kernel.event import Event
from comanda.kernel.ids import new_id
from tests.contexts.carting.facts import created, failed
from tests.contexts.carting.shop import Shop, lines, quantities
from tests.support.services import customer

ADA = customer("ada")


async def a_cart(shop: Shop, customer_id: str | None = None) -> str:
    visitor = shop.visit() if customer_id is None else shop.visit(customer(customer_id))
    return str((await visitor("POST", "/carts", lines(mug=1))).json()["id"])


async def status(shop: Shop, cart_id: str) -> str:
    (row,) = await shop.rows("select status from carts where id = $1", cart_id)
    return str(row["status"])


async def test_an_order_closes_its_cart(shop: Shop) -> None:
    cart, order = await a_cart(shop), new_id()
    published = await shop.read(created(order, cart))
    assert published == [CartCheckedOut(cart_id=cart, order_id=order, customer_id=None)]
    assert await status(shop, cart) == "checked_out"
    refused = await shop.visit()("PUT", f"/carts/{cart}/items/mug", {"quantity": 2})
    assert refused.status_code == 409


async def test_the_same_event_again_does_nothing(shop: Shop) -> None:
    cart, order = await a_cart(shop), new_id()
    await shop.read(created(order, cart))
    assert await shop.read(created(order, cart)) == []
    await shop.read(failed(order))
    await shop.read(failed(order), created(order, cart))
    assert await status(shop, cart) == "open"
    (row,) = await shop.rows("select version from carts where id = $1", cart)
    assert row["version"] == 3


async def test_a_failed_order_opens_its_cart_with_all_that_was_in_it(shop: Shop) -> None:
    cart, order = await a_cart(shop, "ada"), new_id()
    await shop.read(created(order, cart, "ada"))
    assert (await shop.visit(ADA)("GET", "/cart/ada")).json()["id"] is None
    await shop.read(failed(order))
    opened = (await shop.visit(ADA)("GET", "/cart/ada")).json()
    assert (opened["id"], quantities(opened)) == (cart, {"mug": 1})


async def test_a_failure_that_is_read_first_leaves_the_cart_open(shop: Shop) -> None:
    cart, order = await a_cart(shop), new_id()
    assert await shop.read(failed(order)) == []
    assert await shop.read(created(order, cart)) == []
    assert await status(shop, cart) == "open"


async def test_a_cart_is_open_exactly_while_every_order_made_from_it_has_failed(shop: Shop) -> None:
    """Every order in which the events of two orders can arrive, in one batch or one by one."""
    for both_fail in (False, True):
        for one_by_one in (False, True):
            for arrival in permutations(range(4 if both_fail else 3)):
                cart, first, second = await a_cart(shop), new_id(), new_id()
                facts: list[Event] = [created(first, cart), failed(first), created(second, cart), failed(second)]
                events = [facts[i] for i in arrival]
                for batch in [[event] for event in events] if one_by_one else [events]:
                    await shop.read(*batch)
                assert await status(shop, cart) == ("open" if both_fail else "checked_out"), arrival


async def test_a_cart_stays_closed_when_its_customer_has_opened_another(shop: Shop) -> None:
    old, order = await a_cart(shop, "ada"), new_id()
    await shop.read(created(order, old, "ada"))
    new = await a_cart(shop, "ada")
    await shop.read(failed(order))
    assert await status(shop, old) == "checked_out"
    assert (await shop.visit(ADA)("GET", "/cart/ada")).json()["id"] == new


async def test_one_cart_closes_while_another_opens_in_the_same_batch(shop: Shop) -> None:
    first, one = await a_cart(shop, "ada"), new_id()
    await shop.read(created(one, first, "ada"))
    second, two = await a_cart(shop, "ada"), new_id()
    await shop.read(created(two, second, "ada"), failed(one))
    assert (await status(shop, first), await status(shop, second)) == ("open", "checked_out")
    await shop.read(failed(two))
    assert (await status(shop, first), await status(shop, second)) == ("open", "checked_out")


async def test_of_two_carts_whose_orders_fail_together_one_opens(shop: Shop) -> None:
    carts, orders = [], []
    for _ in range(2):
        cart, order = await a_cart(shop, "ada"), new_id()
        await shop.read(created(order, cart, "ada"))
        carts.append(cart)
        orders.append(order)
    await shop.read(*(failed(order) for order in orders))
    assert [await status(shop, cart) for cart in carts] == ["open", "checked_out"]


async def test_a_cart_opened_while_another_opens_again_is_the_only_one(shop: Shop) -> None:
    for _ in range(10):
        who = new_id()
        cart, order = await a_cart(shop, who), new_id()
        await shop.read(created(order, cart, who))
        visitor = shop.visit(customer(who))
        await asyncio.gather(shop.read(failed(order)), visitor("POST", "/carts", lines(shirt=1)))
        rows = await shop.rows("select id from carts where customer_id = $1 and status = 'open'", who)
        assert len(rows) == 1


async def test_a_merged_cart_stays_closed_whatever_its_orders_do(shop: Shop) -> None:
    guest, order = await a_cart(shop), new_id()
    await a_cart(shop, "ada")
    await shop.visit(ADA)("POST", f"/carts/{guest}/merge")
    assert await shop.read(created(order, guest)) == []
    await shop.read(failed(order))
    assert await status(shop, guest) == "merged"


async def test_orders_without_a_cart_or_from_an_unknown_one_do_nothing(shop: Shop) -> None:
    assert await shop.read(created(new_id(), None), created(new_id(), "unknown")) == []
    assert await shop.rows("select * from cart_orders") == []


async def test_an_erased_customer_has_no_cart_and_gets_none(shop: Shop) -> None:
    cart, order = await a_cart(shop, "ada"), new_id()
    await shop.read(created(order, cart, "ada"), failed(order), CustomerErased(customer_id="ada"))
    assert await shop.rows("select id from carts where customer_id = 'ada'") == []
    assert await status(shop, cart) == "expired"
    assert (await shop.visit(ADA)("POST", "/carts", lines(mug=1))).status_code == 409
    guest = await a_cart(shop)
    assert (await shop.visit(ADA)("POST", f"/carts/{guest}/merge")).status_code == 409
    await shop.read(CustomerErased(customer_id="ada"))


async def test_what_is_in_the_log_closes_the_cart_and_is_answered_there(shop: Shop) -> None:
    cart, order = await a_cart(shop), new_id()
    async with shop.carting.begin() as work:
        work.publish(created(order, cart))
    async with asyncio.timeout(20):
        while await status(shop, cart) != "checked_out":  # noqa: ASYNC110 - what the consumer commits sets no event here
            await asyncio.sleep(0.005)
    (event,) = await shop.rows("select subject, data from messaging.log where type like 'comanda.carting.%'")
    assert event["subject"] == cart and order in event["data"]
