"""Forgetting a customer, everywhere and for good."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from comanda.contexts.billing import erasing as billing_erasing
from comanda.contexts.notifying import erasing as notifying_erasing
from comanda.contexts.ordering import erasing as ordering_erasing
from comanda.contexts.paying import erasing as paying_erasing
from comanda.contexts.profiling import finish_erasures
from comanda.contexts.shipping import erasing as shipping_erasing
from comanda.platform.postgres import EmbeddedPostgres
from tests.support.database import cloned_database
from tests.support.disturbances import holding
from tests.support.listener import until
from tests.support.services import ADMIN, STAFF, customer
from tests.support.shop import Shop, open_shop
from tests.support.traces import tables_with
from tests.support.visitors import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

TASKS = (
    billing_erasing,
    notifying_erasing,
    ordering_erasing,
    paying_erasing,
    shipping_erasing,
    finish_erasures,
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(postgres: EmbeddedPostgres) -> AsyncIterator[Shop]:
    """A shop whose services forget at once."""
    with pytest.MonkeyPatch.context() as patch:
        for module in TASKS:
            patch.setattr(module, "PAUSE_S", 0.05)
        async with cloned_database(postgres) as database, open_shop(database) as opened:
            yield opened


class Person:
    """A customer of whom every service holds something."""

    def __init__(self, shop: Shop, word: str) -> None:
        self.shop = shop
        self.email = f"{word}@example.org"
        self.name = f"Zélie {word}son"
        self.street = f"Rua {word}straat"
        self.phone = f"+3519{abs(hash(word)) % 10**8:08}"
        self.password = "correct horse"
        self.id = ""
        self.token = ""

    @property
    def traces(self) -> list[str]:
        return [self.email, self.name, self.street, self.phone]

    @property
    def address(self) -> dict[str, str]:
        return {
            "recipient": self.name,
            "street": self.street,
            "city": "Lisboa",
            "postal_code": "1000-001",
            "country": "PT",
            "phone": self.phone,
        }

    def key(self, of: str) -> str:
        """An Idempotency-Key of what is done for this person."""
        return f"{of} {self.id}"

    async def register(self) -> None:
        account = {"email": self.email, "password": self.password, "name": self.name, "phone": self.phone}
        self.id = (await self.shop.post("profiling", "/customers", account))["id"]
        session = await self.shop.post("profiling", "/sessions", {"email": self.email, "password": self.password})
        self.token = session["access_token"]

    async def order(self, lines: dict[str, int], **more: Any) -> dict[str, Any]:
        body = {"email": self.email, "sms": self.phone, "shipping_address": self.address} | more
        return await self.shop.order(lines, by=customer(self.id), metadata={"gift": f"for {self.name}"}, **body)

    async def received(self, lines: dict[str, int], **more: Any) -> dict[str, Any]:
        """An order whose parcel has arrived."""
        placed = await self.order(lines, **more)
        await self.shop.until(placed["id"], "completed")
        assert (await self.shop.move_parcel(placed["id"], "dispatch")).status == 200
        assert (await self.shop.move_parcel(placed["id"], "deliver")).status == 200
        await self.shop.until_it(placed["id"], lambda order: order["fulfillment"]["status"] == "delivered")
        return placed

    async def erase(self, **by: Any) -> Any:
        return await self.shop.call("profiling", "DELETE", f"/customers/{self.id}", **by)

    async def forgotten(self) -> dict[str, set[str]]:
        """Where something of the person still stands, once every service has forgotten."""

        async def left() -> dict[str, set[str]]:
            return await tables_with(self.shop.database, self.traces)

        return await until(left, lambda found: set(found) <= {"billing.invoices"})


async def lived(shop: Shop, person: Person) -> dict[str, Any]:
    """All that leaves traces in a shop."""
    await person.register()
    me = customer(person.id)
    sku = await shop.product(20)
    await shop.post("profiling", f"/customers/{person.id}/addresses", person.address, by=me, key=person.key("a"))
    await shop.call("profiling", "PUT", f"/customers/{person.id}/status", {"status": "vip"}, by=STAFF)
    await shop.call("notifying", "PUT", f"/preferences/{person.id}", {"muted_milestones": ["shipped"]}, by=me)
    await shop.post("carting", "/carts", {"items": [{"sku": sku, "quantity": 1}]}, by=me)
    got = await person.received({sku: 2}, token="tok_timeout")
    await shop.post(
        "ordering", f"/orders/{got['id']}/notes", {"text": f"{person.name} rang"}, by=STAFF, key=person.key("n")
    )
    back = {"order_id": got["id"], "lines": [{"sku": sku, "quantity": 1}], "reason": f"{person.street} was closed"}
    asked = await shop.post("ordering", "/returns", back, by=me, key=person.key("r"))
    refused = {"reason": f"sorry, {person.name}"}
    await shop.call("ordering", "POST", f"/returns/{asked['id']}/reject", refused, by=STAFF)
    message = {"order_id": got["id"], "subject": "Hello", "text": f"Dear {person.name}"}
    sent = await shop.post("notifying", "/notifications", message, by=STAFF, key=person.key("m"))
    await shop.post(
        "notifying", f"/notifications/{sent['id']}/resend", {"to": person.email}, by=STAFF, key=person.key("s")
    )
    refund = {"order_id": got["id"], "amount": {"amount": 100, "currency": "EUR"}, "reason": person.name}
    await shop.post("paying", "/refunds", refund, by=STAFF, key=person.key("p"))
    canceled = await person.order({sku: 1}, method="bank_transfer")
    await shop.until(canceled["id"], "reserved")
    answer = await shop.services.call("ordering", me)("POST", f"/orders/{canceled['id']}/cancel", key=person.key("c"))
    assert answer.status == 200
    failed = await person.order({await shop.product(0): 1})
    await shop.until(failed["id"], "failed")
    recorded = {
        "reference": f"old {person.id}"[:50],
        "customer_id": person.id,
        "email": person.email,
        "currency": "EUR",
        "lines": [{"sku": "A", "name": "A", "quantity": 1, "unit_price": 100}],
        "metadata": {"name": person.name},
    }
    await shop.post("ordering", "/orders/recorded", recorded, by=STAFF, key=person.key("o"))
    await shop.settled()
    return got


async def test_nothing_is_left_of_an_erased_customer_but_what_invoices_must_say(shop: Shop) -> None:
    ada, bob = Person(shop, "quagmire"), Person(shop, "bystander")
    got = await lived(shop, ada)
    await lived(shop, bob)
    theirs = await tables_with(shop.database, bob.traces)
    assert len(await tables_with(shop.database, ada.traces)) > 10
    answer = await ada.erase(by=customer(ada.id))
    assert answer.status == 200, answer.body
    assert "retention" in answer.json()["kept"]
    left = await ada.forgotten()
    assert list(left) == ["billing.invoices"]
    assert (await shop.invoice(got["id"]))["buyer"]["recipient"] == ada.name
    order = await shop.seen(got["id"])
    assert order["totals"] == got["totals"]
    assert order["lines"] == got["lines"]
    assert order["shipping_address"]["country"] == "PT"
    assert (order["email"], order["metadata"]) == (None, {})
    assert await tables_with(shop.database, bob.traces) == theirs, "nobody else is forgotten"
    await shop.assert_clean()


async def test_an_erased_customer_is_like_one_who_never_was(shop: Shop) -> None:
    ada = Person(shop, "vanished")
    await ada.register()
    profiling, ordering = (shop.services.process.services[name].edge for name in ("profiling", "ordering"))
    assert profiling is not None
    assert ordering is not None
    shown = {"Authorization": f"Bearer {ada.token}"}
    assert (await Visitor(profiling, headers=shown)("GET", "/customers/me")).status_code == 200
    program = await Visitor(profiling, headers=shown)("POST", "/api-tokens", {"name": "my till"})
    assert program.status_code == 201, program.text
    till = {"Authorization": f"Bearer {program.json()['token']}"}
    assert (await Visitor(ordering, headers=till)("GET", "/orders")).status_code == 200
    first = await ada.erase(by=STAFF)
    assert (first.status, (await ada.erase(by=ADMIN)).body) == (200, first.body)
    assert (await Visitor(profiling, headers=shown)("GET", "/customers/me")).status_code == 401
    assert (await Visitor(ordering, headers=shown)("GET", "/orders")).status_code == 401
    assert (await Visitor(ordering, headers=till)("GET", "/orders")).status_code == 401
    known = {"email": ada.email, "password": ada.password}
    gone = await shop.call("profiling", "POST", "/sessions", known)
    never = await shop.call("profiling", "POST", "/sessions", known | {"email": "never@example.org"})
    assert (gone.status, gone.body) == (401, never.body)
    seen = await shop.call("profiling", "GET", f"/customers/{ada.id}", by=STAFF)
    assert (seen.status, seen.json()["type"]) == (404, "urn:comanda:problem:customer-erased")
    foreign = await shop.call("profiling", "GET", f"/customers/{ada.id}", by=customer("somebody"))
    assert foreign.json()["type"] == "urn:comanda:problem:customer-not-found"
    assert (await ada.erase(by=customer("somebody"))).status == 404
    before = ada.id
    await ada.register()
    assert ada.id != before
    await shop.settled()
    await shop.assert_clean()


async def test_nobody_is_forgotten_while_an_order_of_theirs_is_under_way(shop: Shop) -> None:
    ada = Person(shop, "waiting")
    await ada.register()
    sku = await shop.product(5)
    placed = await ada.order({sku: 1}, method="bank_transfer")
    refused = await ada.erase(by=customer(ada.id))
    assert (refused.status, refused.json()["type"]) == (409, "urn:comanda:problem:orders-under-way")
    other = await ada.order({sku: 1})
    assert other["customer_id"] == ada.id, "and can go on ordering"
    await shop.cancel(placed["id"])
    assert (await ada.erase(by=STAFF)).status == 409, "the other parcel has not arrived"
    await shop.until(other["id"], "completed")
    await shop.move_parcel(other["id"], "dispatch")
    assert (await ada.erase(by=STAFF)).status == 409
    await shop.move_parcel(other["id"], "deliver")
    await shop.until_it(other["id"], lambda order: order["fulfillment"]["status"] == "delivered")
    assert (await ada.erase(by=STAFF)).status == 200
    refused = await shop.call("ordering", "POST", "/orders", shop.body({sku: 1}), by=customer(ada.id))
    assert (refused.status, refused.json()["type"]) == (409, "urn:comanda:problem:customer-erased")
    await ada.forgotten()
    await shop.settled()
    await shop.assert_clean()


async def test_an_order_and_an_erasure_at_the_same_moment_end_as_one_of_both(shop: Shop) -> None:
    sku = await shop.product(500)
    outcomes = {"order": 0, "erasure": 0}
    for round_ in range(100):
        who = f"racer-{round_}"
        order = shop.body({sku: 1}, method="bank_transfer", email=f"{who}@example.org")

        async def place(who: str = who, order: dict[str, Any] = order, late: int = round_ % 4) -> int:
            for _ in range(late):
                await asyncio.sleep(0)
            return (await shop.call("ordering", "POST", "/orders", order, by=customer(who))).status

        agreed, placed = await asyncio.gather(shop.services.call("ordering", ADMIN)("PUT", f"/erasures/{who}"), place())
        assert (agreed.status, placed) in ((204, 409), (409, 201)), agreed.body
        outcomes["order" if placed == 201 else "erasure"] += 1
    async with shop.sql() as connection:
        both = await connection.fetchval(
            """
            select count(*)
            from ordering.orders o
            join ordering.erased_customers e using (customer_id)
            where customer_id like 'racer-%'
            """
        )
    assert both == 0
    assert min(outcomes.values()) > 0, outcomes


async def test_a_registered_customer_who_orders_while_being_erased_ends_as_one_of_both_too(shop: Shop) -> None:
    sku = await shop.product(50)
    for round_ in range(6):
        ada = Person(shop, f"both{round_}")
        await ada.register()
        body = shop.body({sku: 1}, email=ada.email, shipping_address=ada.address)
        placed, erased = await asyncio.gather(
            shop.call("ordering", "POST", "/orders", body, by=customer(ada.id)), ada.erase(by=customer(ada.id))
        )
        assert (placed.status, erased.status) in ((201, 409), (409, 200)), (placed.body, erased.body)
        if erased.status == 200:
            await ada.forgotten()
    await shop.settled()
    await shop.assert_clean()


async def test_a_customer_of_another_system_is_forgotten_too(shop: Shop) -> None:
    recorded = {
        "reference": "legacy-1",
        "customer_id": "legacy-42",
        "email": "legacy@example.org",
        "currency": "EUR",
        "lines": [{"sku": "A", "name": "A", "quantity": 1, "unit_price": 100}],
        "metadata": {"name": "Old Customer"},
    }
    await shop.post("ordering", "/orders/recorded", recorded, by=STAFF)
    assert (await shop.call("profiling", "DELETE", "/customers/legacy-43", by=STAFF)).status == 404
    assert (await shop.call("profiling", "DELETE", "/customers/legacy-42", by=STAFF)).status == 200

    async def left() -> dict[str, set[str]]:
        return await tables_with(shop.database, ["legacy@example.org", "Old Customer"])

    await until(left, lambda found: not found)
    again = await shop.post("ordering", "/orders/recorded", recorded | {"reference": "legacy-2"}, by=STAFF)
    assert (again["email"], again["metadata"]) == (None, {}), "nothing brings them back"
    await shop.settled()
    await shop.assert_clean()


async def test_the_audit_log_says_who_erased_whom(shop: Shop) -> None:
    ada = Person(shop, "audited")
    await ada.register()
    await ada.erase(by=STAFF)
    await shop.settled()
    audit_log = shop.services.call("administering", ADMIN)
    entries = (await audit_log("GET", "/audit-log", query={"subject": ada.id})).json()["items"]
    assert [(entry["type"], entry["actor"]) for entry in entries] == [("CustomerErased", "staff:staff-1")]


async def test_an_erasure_that_was_cut_off_is_brought_to_its_end(shop: Shop) -> None:
    ada, bob = Person(shop, "cutoff"), Person(shop, "stillwaiting")
    await ada.register()
    await bob.register()
    await bob.order({await shop.product(1): 1}, method="bank_transfer")
    async with shop.sql() as connection:
        await connection.execute(
            """
            insert into profiling.erasures (customer_id, asked_at, actor)
            select unnest($1::text[]), now() - interval '2 minutes', 'staff:7'
            """,
            [ada.id, bob.id],
        )
    await ada.forgotten()

    async def open_requests() -> int:
        async with shop.sql() as connection:
            count: int = await connection.fetchval("select count(*) from profiling.erasures where erased_at is null")
            return count

    await until(open_requests, lambda count: count == 0)
    assert (await shop.call("profiling", "GET", f"/customers/{ada.id}")).status == 404
    assert (await shop.call("profiling", "GET", f"/customers/{bob.id}")).status == 200
    assert (await bob.order({await shop.product(1): 1}))["customer_id"] == bob.id, "as if it had never been asked"


async def test_the_log_forgets_when_every_consumer_has_read_and_not_before(shop: Shop) -> None:
    ada = Person(shop, "unread")
    async with holding(shop, "notifying"):
        await ada.register()
        assert (await ada.erase(by=STAFF)).status == 200
        await finish_erasures.finish_once(shop.services.process.services["profiling"])
        assert "messaging.log" in await tables_with(shop.database, ada.traces)
    await ada.forgotten()
    async with shop.sql() as connection:
        said = await connection.fetch("select type, personal from messaging.log where person = $1", ada.id)
    assert {row["type"].split(".")[2] for row in said} == {"CustomerRegistered", "CustomerErased"}
    assert all(row["personal"] is None for row in said)


async def test_who_signed_in_at_the_last_moment_is_not_signed_in(shop: Shop) -> None:
    ada = Person(shop, "lastmoment")
    await ada.register()
    await ada.erase(by=STAFF)
    async with shop.sql() as connection:
        await connection.execute(
            """
            insert into profiling.sessions (id, role, subject, created_at, expires_at)
            values ('late', 'customer', $1, now(), now() + interval '1 day')
            """,
            ada.id,
        )

        async def sessions() -> int:
            count: int = await connection.fetchval("select count(*) from profiling.sessions where id = 'late'")
            return count

        await until(sessions, lambda count: count == 0)


async def test_parked_letters_forget_too(shop: Shop) -> None:
    ada = Person(shop, "letter")
    await ada.register()
    await shop.settled()
    async with shop.sql() as connection:
        await connection.execute(
            """
            insert into messaging.dead_letters (
                consumer, era, position, type, subject, time, data, personal, reason, status
            )
            select 'notifying', era, position, type, subject, time, data, personal, 'poison', 'discarded'
            from messaging.log
            where person = $1
            """,
            ada.id,
        )
    await ada.erase(by=STAFF)
    await ada.forgotten()
