"""Opening the demo shop (goods, stock, two accounts) and filling it (40 customers, 300 orders).

Everything may be done again after an interruption and is then done once: it is known by skus, e-mails, references and
idempotency keys.
"""

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from comanda.cli.demo.calls import Calls
from comanda.cli.demo.goods import SHELVES, SOLD_OUT, Good
from comanda.cli.demo.history import recorded_orders
from comanda.cli.demo.people import ACCOUNTS, PEOPLE, VIPS, Person, registration
from comanda.cli.demo.scenes import SCENES, Scene, Stage
from comanda.cli.installation import CommandError

SEED = 1
ORDERS = 300
STAGES = 4
"""Scenes that are played at once."""

RECORDED = ORDERS - len(SCENES) - 1
"""What is not played is recorded; one more is the order that is shown live."""

STEPS = len(PEOPLE) - len(ACCOUNTS) + len(SCENES) + 1

_ON_SALE = [good for shelf in SHELVES if shelf.currency == "EUR" for good in shelf.goods if good.pieces > 20]


async def is_empty(calls: Calls) -> bool:
    """Whether an installation has neither products nor orders nor customers. Raises CommandError."""
    lists = (("cataloging", "/products?limit=1"), ("ordering", "/orders?limit=1"), ("profiling", "/customers?limit=1"))
    return not any([(await calls.get(service, path))["items"] for service, path in lists])


async def stock_shelves(calls: Calls) -> None:
    """Put categories, products and their stock there. Raises CommandError."""
    for position, shelf in enumerate(SHELVES):
        body = {"slug": shelf.slug, "name": shelf.name, "position": position}
        await calls.ensure("cataloging", "/categories", body)
    products = [
        {
            "sku": good.sku,
            "name": good.name,
            "description": good.description,
            "price": {"amount": good.price, "currency": shelf.currency},
            "category": shelf.slug,
            "weight_g": good.weight_g,
        }
        for shelf in SHELVES
        for good in shelf.goods
    ]
    await calls.send("cataloging", "POST", "/products/import", {"products": products}, key="demo:products")
    received = [
        {"sku": good.sku, "delta": good.pieces, "reason": "received"}
        for shelf in SHELVES
        for good in shelf.goods
        if good.pieces
    ]
    await calls.send("stocking", "POST", "/stock/adjustments", {"adjustments": received}, key="demo:stock")


async def make_accounts(calls: Calls) -> list[tuple[Person, str]]:
    """Make the accounts one can sign in with; answers the new ones with their passwords, which are kept nowhere.

    Raises CommandError.
    """
    known = await _customers(calls)
    made = []
    for person in ACCOUNTS:
        if person in known:
            continue
        password = secrets.token_urlsafe(9)
        account = await calls.send("profiling", "POST", "/customers", registration(person, password))
        home = {**person.address, "default_shipping": True, "default_billing": True}
        await calls.send("profiling", "POST", f"/customers/{account['id']}/addresses", home)
        made.append((person, password))
    return made


async def place_live_order(calls: Calls, attempt: str) -> dict[str, Any]:
    """Place an order as the first account; answers it as created. Raises CommandError."""
    person = ACCOUNTS[0]
    goods = Random(attempt).sample(_ON_SALE, 2)
    ids = {known.email: id for known, id in (await _customers(calls)).items()}
    return await _place(calls, person, ids.get(person.email), goods, {"type": "card"}, None, f"demo:live:{attempt}")


async def fill(calls: Calls, on_step: Callable[[], None]) -> None:
    """Everybody else's accounts, the history and the scenes. Raises CommandError."""
    customers = await _register_everybody(calls, on_step)
    history = list(recorded_orders(RECORDED, SEED, datetime.now(UTC), customers))
    taken = await calls.send("ordering", "POST", "/orders/import", {"orders": history})
    if taken["rejected"]:
        raise CommandError(f"{len(taken['rejected'])} orders were refused: {taken['rejected'][0]['reason']}")
    on_step()
    left = iter(list(enumerate(SCENES)))

    async def play_some() -> None:
        own = calls.another()
        try:
            for number, scene in left:
                await _play(own, number, scene, customers)
                on_step()
        finally:
            own.close()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(STAGES):
                group.create_task(play_some())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors


async def _register_everybody(calls: Calls, on_step: Callable[[], None]) -> dict[str, str]:
    """Answers everybody's id by e-mail. Nobody knows the passwords of these accounts."""
    known = await _customers(calls)
    for person in PEOPLE:
        if person not in known:
            password = secrets.token_urlsafe(24)
            answer = await calls.send("profiling", "POST", "/customers", registration(person, password))
            known[person] = answer["id"]
            on_step()
    for person in VIPS:
        await calls.send("profiling", "PUT", f"/customers/{known[person]}/status", {"status": "vip"})
    return {person.email: id for person, id in known.items()}


async def _customers(calls: Calls) -> dict[Person, str]:
    by_email = {person.email: person for person in PEOPLE}
    found = await calls.every("profiling", "/customers?limit=200")
    return {by_email[customer["email"]]: customer["id"] for customer in found if customer["email"] in by_email}


async def _play(calls: Calls, number: int, scene: Scene, customers: dict[str, str]) -> None:
    random = Random(f"{SEED}:{number}")
    person = random.choice(PEOPLE)
    goods = random.sample(_ON_SALE, random.choice((1, 2, 3)))
    if scene.sku is not None:
        goods = [*goods[:1], *(good for shelf in SHELVES for good in shelf.goods if good.sku == SOLD_OUT)]
    customer_id = customers[person.email] if number % 3 else None
    placed = await _place(
        calls, person, customer_id, goods, scene.payment, scene.postal_code, f"demo:scene:{SEED}:{number}"
    )
    await scene.play(Stage(calls, placed))


async def _place(
    calls: Calls,
    person: Person,
    customer_id: str | None,
    goods: list[Good],
    payment: dict[str, str],
    postal_code: str | None,
    key: str,
) -> dict[str, Any]:
    address = person.address if postal_code is None else {**person.address, "postal_code": postal_code}
    body = {
        "customer_id": customer_id,
        "email": person.email,
        "language": person.language,
        "lines": [{"sku": good.sku, "quantity": 1 + position % 2} for position, good in enumerate(goods)],
        "shipping_address": address,
        "payment_method": payment,
    }
    placed: dict[str, Any] = await calls.send("ordering", "POST", "/orders", body, key=key)
    return placed
