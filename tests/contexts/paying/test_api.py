"""Paying over HTTP: who may see and do what, and what is refused."""

import asyncio
import base64
import hmac
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.paying.contract.client import PayingClient
from comanda.kernel.ids import new_id
from comanda.platform.auth import ANONYMOUS, Principal
from comanda.platform.outbound import Answer, InProcess
from tests.contexts.paying.facts import (
    TOTAL,
    delivered,
    order_canceled,
    order_created,
    stock_reserved,
)
from tests.contexts.paying.running import STAFF, Paying, running
from tests.support.database import Database

ADA = Principal("customer", "ada")
BOB = Principal("customer", "bob")


class Ordering:
    """Ordering as paying knows it: what was ordered."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}

    def has(self, kind: str = "managed") -> str:
        """An order of three teas for 10.00, a cup for 5.00, and shipping for 5.00: `TOTAL`."""
        order_id = new_id()
        self.orders[order_id] = order_answer(order_id, kind)
        return order_id

    async def call(self, method: str, path: str, **_: Any) -> Answer:
        """GET /orders/{id}."""
        assert method == "GET"
        order = self.orders.get(path.rpartition("/")[2])
        return Answer(200 if order else 404, msgspec.json.encode(order or {"detail": "no", "type": "x"}))


def order_answer(order_id: str, kind: str) -> dict[str, Any]:
    """An order as ordering answers it."""
    line = {"unit_price": money(1), "net": money(1), "tax": money(0)}
    answer = {
        "id": order_id,
        "number": 1,
        "reference": order_id,
        "kind": kind,
        "status": "paid",
        "reason": None,
        "cancel_requested": False,
        "customer_id": None,
        "email": None,
        "lines": [
            {"sku": "TEA", "name": "Tea", "quantity": 3, "gross": money(1_000), **line},
            {"sku": "CUP", "name": "Cup", "quantity": 1, "gross": money(500), **line},
        ],
        "totals": {"subtotal": money(1_500), "shipping": money(500), "tax": money(0), "total": money(TOTAL)},
        "shipping_address": None,
        "billing_address": None,
        "payment": {"status": "approved", "method": "card"},
        "inventory": {"status": "reserved"},
        "fulfillment": {"status": "pending", "tracking_number": None, "method": None},
        "invoice": {"status": "none", "number": None},
        "confirmation": {"status": "pending"},
        "metadata": {},
        "created_at": datetime.now(UTC),
        "updated_at": datetime.now(UTC),
        "completed_at": None,
        "version": 1,
    }
    return OrderView.model_validate(answer).model_dump()


@pytest.fixture
def ordering() -> Ordering:
    """The orders there are."""
    return Ordering()


@pytest.fixture
async def shop(database: Database, ordering: Ordering) -> AsyncIterator[Paying]:
    """Paying that can ask ordering."""
    async with running(database, ordering=ordering) as paying:
        yield paying


async def captured(paying: Paying, order: str | None = None, **order_values: Any) -> str:
    """The id of a payment that was captured."""
    order = order or new_id()
    await paying.read(order_created(order, **order_values), stock_reserved(order))
    return order


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


async def test_customers_see_their_own_payments_and_no_others(paying: Paying) -> None:
    hers, theirs, guests = (
        await captured(paying, customer_id="ada"),
        await captured(paying, customer_id="bob"),
        await captured(paying),
    )
    async with paying.client(ADA) as ada:
        listed = (await ada.get("/payment-intents")).json()["items"]
        assert [intent["id"] for intent in listed] == [hers]
        assert (await ada.get(f"/payment-intents/{hers}")).status_code == 200
        foreign = await ada.get(f"/payment-intents/{theirs}")
        absent = await ada.get(f"/payment-intents/{new_id()}")
        assert foreign.status_code == absent.status_code == 404
        assert foreign.json() == absent.json()
        assert (await ada.get(f"/payment-intents/{guests}")).status_code == 404
    async with paying.client(ANONYMOUS) as guest:
        assert (await guest.get("/payment-intents")).status_code == 401


async def test_customers_see_their_own_refunds(paying: Paying) -> None:
    order = await captured(paying, customer_id="ada")
    async with paying.client() as staff:
        refund = (await staff.post("/refunds", json={"order_id": order, "reason": "broken"})).json()
    async with paying.client(ADA) as ada, paying.client(BOB) as bob:
        assert (await ada.get("/refunds")).json()["items"] == [refund]
        assert (await bob.get("/refunds")).json()["items"] == []
        assert (await bob.get(f"/refunds/{refund['id']}")).status_code == 404


@pytest.mark.parametrize("path", ["confirm", "capture", "cancel"])
async def test_only_staff_with_the_permission_may_act_on_payments(paying: Paying, path: str) -> None:
    order = await captured(paying, customer_id="ada")
    url = f"/payment-intents/{order}/{path}"
    clerk = Principal("staff", "8", frozenset({"catalog.write"}))
    for principal, expected in ((ANONYMOUS, 401), (ADA, 403), (clerk, 403)):
        async with paying.client(principal) as client:
            assert (await client.post(url)).status_code == expected


async def test_payments_are_listed_in_pages_and_by_what_they_are(paying: Paying) -> None:
    cards = [await captured(paying) for _ in range(3)]
    transfer = new_id()
    await paying.read(order_created(transfer, method="bank_transfer"))
    async with paying.client() as staff:
        first = (await staff.get("/payment-intents", params={"limit": 2})).json()
        rest = (await staff.get("/payment-intents", params={"limit": 2, "cursor": first["next_cursor"]})).json()
        ids = [intent["id"] for intent in first["items"] + rest["items"]]
        assert ids == sorted([*cards, transfer], reverse=True)
        assert rest["next_cursor"] is None
        waiting = (await staff.get("/payment-intents", params={"method": "bank_transfer"})).json()["items"]
        assert [(intent["id"], intent["waits_for"]) for intent in waiting] == [(transfer, "receipt")]
        assert (await staff.get("/payment-intents", params={"cursor": "x"})).status_code == 422
        assert (await staff.get("/payment-intents", params={"order_id": "x"})).status_code == 422


async def test_a_transfer_may_be_recorded_before_the_stock_is_reserved(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order, method="bank_transfer"))
    async with paying.client() as staff:
        answer = await staff.post(f"/payment-intents/{order}/confirm")
        assert (answer.status_code, answer.json()["status"]) == (200, "captured")
        assert (await staff.post(f"/payment-intents/{order}/confirm")).status_code == 409
    assert await paying.read(stock_reserved(order)) == []
    assert await paying.published(order) == ["PaymentSucceeded"]


async def test_a_transfer_for_an_order_that_is_over_is_accepted_and_sent_back(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order, method="bank_transfer"), stock_reserved(order))
    await paying.read(order_canceled(order))
    async with paying.client() as staff:
        assert (await staff.post(f"/payment-intents/{order}/confirm")).json()["status"] == "captured"
    await paying.call_provider()
    assert await paying.published(order) == ["PaymentVoided", "PaymentCaptured", "PaymentRefunded"]
    charge = await paying.row("select amount - refunded as held from provider_charges where key = $1", order)
    assert charge["held"] == 0


async def test_the_same_key_confirms_once_and_answers_the_same(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order, method="bank_transfer"))
    async with paying.client() as staff:
        headers = {"Idempotency-Key": "k1"}
        first = await staff.post(f"/payment-intents/{order}/confirm", headers=headers)
        again = await staff.post(f"/payment-intents/{order}/confirm", headers=headers)
    assert first.json() == again.json()
    assert again.status_code == 200


async def test_what_is_due_on_delivery_is_captured_by_the_delivery_or_by_staff(paying: Paying) -> None:
    by_parcel, by_staff = new_id(), new_id()
    for order in (by_parcel, by_staff):
        await paying.read(order_created(order, method="on_delivery"), stock_reserved(order))
    await paying.read(delivered(by_parcel))
    async with paying.client() as staff:
        assert (await staff.post(f"/payment-intents/{by_staff}/cancel")).status_code == 409
        assert (await staff.post(f"/payment-intents/{by_staff}/capture")).json()["status"] == "captured"
        assert (await staff.post(f"/payment-intents/{by_staff}/capture")).status_code == 409
    for order in (by_parcel, by_staff):
        assert await paying.published(order) == ["PaymentSucceeded", "PaymentCaptured"]
    assert await paying.read(delivered(by_staff)) == []


async def test_staff_may_give_up_an_unpaid_payment_but_not_a_captured_one(paying: Paying) -> None:
    unpaid, paid = new_id(), await captured(paying)
    await paying.read(order_created(unpaid, method="bank_transfer"))
    async with paying.client() as staff:
        answer = (await staff.post(f"/payment-intents/{unpaid}/cancel")).json()
        assert (answer["status"], answer["reason"]) == ("failed", "canceled")
        assert (await staff.post(f"/payment-intents/{unpaid}/cancel")).status_code == 200
        assert (await staff.post(f"/payment-intents/{paid}/cancel")).status_code == 409
        assert (await staff.post(f"/payment-intents/{new_id()}/cancel")).status_code == 404
    assert await paying.published(unpaid) == ["PaymentFailed"]


async def test_a_pending_card_is_taken_when_its_payer_agrees(paying: Paying) -> None:
    order = await captured(paying, token="tok_pending")
    await paying.call_provider()
    async with paying.client() as staff:
        assert (await staff.get(f"/payment-intents/{order}")).json()["waits_for"] == "payer"
        assert (await staff.post(f"/payment-intents/{order}/confirm")).json()["status"] == "captured"
    assert await paying.published(order) == ["PaymentSucceeded"]


async def test_a_pending_card_that_nobody_wants_is_voided_at_the_provider(paying: Paying) -> None:
    undone, canceled = [await captured(paying, token="tok_pending") for _ in range(2)]
    await paying.call_provider()
    assert await paying.read(order_canceled(undone)) == []
    async with paying.client() as staff:
        await staff.post(f"/payment-intents/{canceled}/cancel")
        await paying.call_provider()
        assert (await staff.post(f"/payment-intents/{undone}/confirm")).status_code == 409
        assert (await staff.get(f"/payment-intents/{canceled}")).json()["reason"] == "canceled"
    assert await paying.published(undone) == ["PaymentVoided"]
    assert await paying.published(canceled) == ["PaymentFailed"]
    rows = await paying.rows("select status from provider_charges")
    assert [row["status"] for row in rows] == ["voided", "voided"]


@pytest.mark.parametrize("token", ["tok_declined", "tok_insufficient_funds"])
async def test_a_declined_card_fails_with_its_reason(paying: Paying, token: str) -> None:
    order = await captured(paying, token=token)
    async with paying.client() as staff:
        intent = (await staff.get(f"/payment-intents/{order}")).json()
    assert (intent["status"], intent["reason"]) == ("failed", token.removeprefix("tok_"))
    assert await paying.published(order) == ["PaymentFailed"]


async def test_fifty_full_refunds_at_once_are_one(paying: Paying) -> None:
    order = await captured(paying)
    async with paying.client() as staff:
        body = {"order_id": order, "reason": "all of it"}
        answers = await asyncio.gather(*(staff.post("/refunds", json=body) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
    await paying.call_provider()
    payment = await paying.payment(order)
    assert payment["refunded"] == TOTAL
    assert (await paying.published(order)).count("PaymentRefunded") == 1


async def test_refunds_never_exceed_what_was_captured(paying: Paying) -> None:
    order = await captured(paying)
    async with paying.client() as staff:

        async def refund(amount: int) -> httpx.Response:
            return await staff.post("/refunds", json={"intent_id": order, "amount": money(amount), "reason": "r"})

        assert (await refund(TOTAL + 1)).status_code == 409
        assert (await refund(1_500)).status_code == 201
        refused = await refund(501)
        assert refused.status_code == 409
        assert refused.json()["refundable"] == money(500)
        assert (await refund(500)).status_code == 201
        dollars = {"order_id": order, "amount": {"amount": 1, "currency": "USD"}, "reason": "r"}
        assert (await staff.post("/refunds", json=dollars)).status_code == 422


async def test_lines_are_refunded_at_what_they_cost_and_put_back(shop: Paying, ordering: Ordering) -> None:
    order = await captured(shop, ordering.has())
    async with shop.client() as staff:

        async def refund(quantity: int, **more: Any) -> httpx.Response:
            lines = [{"sku": "TEA", "quantity": quantity}]
            return await staff.post("/refunds", json={"order_id": order, "lines": lines, "reason": "r", **more})

        first = (await refund(1, restock=True)).json()
        assert (first["amount"], first["restock"]) == (money(333), [{"sku": "TEA", "quantity": 1}])
        too_many = await refund(3)
        assert (too_many.status_code, too_many.json()["left"]) == (422, 2)
        assert (await refund(2)).json()["amount"] == money(667)
        assert (await refund(1)).status_code == 422
        rest = (await staff.post("/refunds", json={"order_id": order, "reason": "r", "restock": True})).json()
        assert (rest["amount"], rest["restock"]) == (money(1_000), [{"sku": "CUP", "quantity": 1}])
    await shop.call_provider()
    row = await shop.row("select data from messaging.log where type like '%PaymentRefunded%' order by position limit 1")
    event = msgspec.json.decode(row["data"])
    assert event["restock"] == event["lines"] == [{"sku": "TEA", "quantity": 1}]
    assert (event["cause"], event["remaining"]) == ("staff", TOTAL - 333)


async def test_an_intent_is_made_by_hand_for_recorded_orders_only(shop: Paying, ordering: Ordering) -> None:
    recorded, managed = ordering.has("recorded"), ordering.has()
    async with shop.client() as staff:

        async def create(order: str, **more: Any) -> httpx.Response:
            return await staff.post("/payment-intents", json={"order_id": order, "amount": money(TOTAL), **more})

        assert (await create(recorded)).status_code == 201
        assert (await create(recorded)).status_code == 409
        assert (await create(managed)).status_code == 409
        assert (await create(new_id())).status_code == 422
        assert (await staff.post(f"/payment-intents/{recorded}/confirm")).json()["status"] == "captured"
        for token in ("4242424242424242", "card", "tok_4242 4242"):
            assert (await create(ordering.has("recorded"), token=token)).status_code == 422
    assert await shop.published(recorded) == ["PaymentSucceeded"]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"order_id": None},
        {"amount": {"amount": 0, "currency": "EUR"}},
        {"amount": {"amount": -1, "currency": "EUR"}},
        {"amount": {"amount": 1.5, "currency": "EUR"}},
        {"amount": {"amount": 2**63, "currency": "EUR"}},
        {"amount": {"amount": "1", "currency": "EUR"}},
        {"amount": money(1), "lines": [{"sku": "TEA", "quantity": 1}]},
        {"lines": []},
        {"lines": [{"sku": "TEA", "quantity": 0}]},
        {"reason": "\x00"},
        {"cause": "undone"},
        {"restock": "yes"},
        {"amount": money(1), "restock": True},
    ],
)
async def test_refunds_that_make_no_sense_are_refused(paying: Paying, wrong: dict[str, Any]) -> None:
    order = await captured(paying)
    body = {"order_id": order, "reason": "r", **wrong} if wrong else {"order_id": order}
    async with paying.client() as staff:
        assert (await staff.post("/refunds", json=body)).status_code == 422
    assert await paying.rows("select 1 from refunds") == []


async def test_webhooks_are_believed_only_when_signed_and_fresh(paying: Paying) -> None:
    order = await captured(paying, token="tok_pending")
    await paying.call_provider()
    await paying.rows("update provider_charges set status = 'captured'")
    async with paying.client(Principal("admin", "1")) as admin:
        secret = (await admin.get("/webhooks/built-in")).json()["secret"]
    body = msgspec.json.encode({"type": "charge.updated", "data": {"key": order}})

    async def send(sent: bytes, at: float, by: str) -> int:
        async with paying.client(ANONYMOUS) as provider:
            return (await provider.post("/webhooks/built-in", content=sent, headers=signed(body, at, by))).status_code

    now = time.time()
    assert await send(body, now, "whsec_d3Jvbmc=") == 401
    assert await send(body + b" ", now, secret) == 401
    assert await send(body, now - 600, secret) == 401
    assert await paying.call_provider() == 0
    assert await send(body, now, secret) == 202
    assert await send(body, now, secret) == 202
    await paying.call_provider()
    assert await paying.published(order) == ["PaymentSucceeded"]


def signed(body: bytes, at: float, secret: str) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = hmac.digest(key, f"msg_1.{int(at)}.".encode() + body, "sha256")
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at)),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


async def test_the_client_speaks_the_routes(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order, method="on_delivery"), stock_reserved(order))
    edge = paying.service.edge
    assert edge is not None
    client = PayingClient(InProcess(lambda: edge, STAFF))
    assert await client.intent_of(new_id()) is None
    intent = await client.intent_of(order)
    assert intent is not None
    assert intent.outstanding.amount == TOTAL
    assert (await client.capture(intent.id)).status == "captured"
    refund = await client.refund({"order_id": order, "reason": "r"}, key="once")
    assert await client.refund({"order_id": order, "reason": "r"}, key="once") == refund
    assert await client.refunds_of(order) == [refund]
    assert await client.failed_refunds() == []
