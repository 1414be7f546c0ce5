"""Messages about orders, through the log and the database."""

import asyncio
import random

import pytest

from comanda.contexts.notifying.erasing import erase_piece
from comanda.contexts.ordering.contract.events import OrderCanceled
from comanda.contexts.profiling.contract.events import (
    Contact,
    CustomerErased,
    CustomerRegistered,
    PasswordResetRequested,
)
from comanda.contexts.stocking.contract.events import StockLow
from comanda.kernel.event import Event
from comanda.kernel.ids import new_id
from tests.contexts.notifying.conftest import Notifying
from tests.contexts.notifying.facts import (
    EMAIL,
    NUMBER,
    canceled,
    delivered,
    dispatched,
    failed,
    order_created,
    refunded,
    scheduled,
)
from tests.support.services import ADMIN


async def test_the_buyer_is_told_of_every_step(notifying: Notifying) -> None:
    order = order_created()
    await notifying.tell(order)
    for event in (scheduled(order.order_id), dispatched(order.order_id), delivered(order.order_id)):
        await notifying.tell(event)
    milestones = ["created", "confirmed", "shipped", "delivered"]
    assert await notifying.log(order.order_id) == [(milestone, "email", "sent") for milestone in milestones]
    assert await notifying.published(order.order_id) == [
        ("NotificationSent", milestone, "email") for milestone in milestones
    ]


async def test_with_a_number_that_consented_there_are_text_messages_too(notifying: Notifying) -> None:
    order = order_created(sms=NUMBER)
    await notifying.tell(order, scheduled(order.order_id))
    assert await notifying.log(order.order_id) == [
        ("created", "email", "sent"),
        ("created", "sms", "sent"),
        ("confirmed", "email", "sent"),
        ("confirmed", "sms", "sent"),
    ]
    (text,) = (await notifying.get("/mailbox", order_id=order.order_id, channel="sms", limit=1))["items"]
    assert text["to"] == NUMBER
    assert "1234" in text["text"]
    assert (text["subject"], text["html"]) == ("", "")


@pytest.mark.parametrize("together", [True, False])
async def test_a_confirmation_read_before_its_order_waits_for_it(notifying: Notifying, together: bool) -> None:
    order = order_created()
    if together:
        await notifying.tell(scheduled(order.order_id), order)
    else:
        await notifying.tell(scheduled(order.order_id))
        assert await notifying.log(order.order_id) == []
        await notifying.tell(order)
    assert await notifying.log(order.order_id) == [("created", "email", "sent"), ("confirmed", "email", "sent")]


async def test_an_undo_read_first_withdraws_what_waited(notifying: Notifying) -> None:
    order = order_created()
    await notifying.tell(scheduled(order.order_id))
    await notifying.tell(canceled(order.order_id))
    await notifying.tell(order)
    assert await notifying.log(order.order_id) == [("confirmed", "email", "withdrawn"), ("canceled", "email", "sent")]
    assert await notifying.published(order.order_id) == [("NotificationSent", "canceled", "email")]


async def test_a_confirmation_after_the_undo_is_not_sent(notifying: Notifying) -> None:
    order = order_created()
    await notifying.tell(order, failed(order.order_id))
    await notifying.tell(scheduled(order.order_id))
    assert await notifying.log(order.order_id) == [("created", "email", "sent"), ("failed", "email", "sent")]


async def test_the_same_event_again_does_nothing(notifying: Notifying) -> None:
    order = order_created()
    events: list[Event] = [order, scheduled(order.order_id), refunded(order.order_id), canceled(order.order_id)]
    for _ in range(2):
        for event in events:
            await notifying.tell(event)
    await notifying.tell(*events, *events)
    assert await notifying.log(order.order_id) == [
        ("created", "email", "sent"),
        ("confirmed", "email", "sent"),
        ("refunded", "email", "sent"),
        ("canceled", "email", "sent"),
    ]


async def test_every_refund_is_told_once(notifying: Notifying) -> None:
    order = order_created()
    await notifying.tell(order, refunded(order.order_id, "r1", 1_000), refunded(order.order_id, "r2", 450))
    await notifying.tell(refunded(order.order_id, "r1", 1_000))
    subjects = [mail["subject"] for mail in (await notifying.get("/mailbox", order_id=order.order_id))["items"]]
    assert subjects[:2] == ["€4.50 for your order 1234", "€10.00 for your order 1234"]
    assert len(subjects) == 3


async def test_publishers_in_any_order_lead_to_the_same_messages(notifying: Notifying) -> None:
    """Forty orders, their three publishers' events mixed and cut into batches at random."""
    chance = random.Random(7)
    orders = [order_created() for _ in range(40)]
    streams: list[list[Event]] = []
    for order in orders:
        streams += [[order], [scheduled(order.order_id), dispatched(order.order_id)], [refunded(order.order_id)]]
    mixed: list[Event] = []
    while streams:
        stream = chance.choice(streams)
        mixed.append(stream.pop(0))
        streams = [stream for stream in streams if stream]
    while mixed:
        size = chance.randint(1, 25)
        await notifying.tell(*mixed[:size])
        mixed = mixed[size:]
    for order in orders:
        told = [milestone for milestone, _, status in await notifying.log(order.order_id) if status == "sent"]
        assert sorted(told) == ["confirmed", "created", "refunded", "shipped"]
        assert told[0] == "created"
        assert told.index("confirmed") < told.index("shipped")


async def test_without_an_address_the_confirmation_is_settled_as_skipped(notifying: Notifying) -> None:
    order = order_created(email="")
    await notifying.tell(order, scheduled(order.order_id))
    assert await notifying.published(order.order_id) == [
        ("NotificationSent", "created", "email", "skipped"),
        ("NotificationSent", "confirmed", "email", "skipped"),
    ]


async def test_an_address_that_bounces_fails_for_good(notifying: Notifying) -> None:
    order = order_created(email="bounce@example.org")
    await notifying.tell(order, scheduled(order.order_id))
    assert await notifying.published(order.order_id) == [
        ("NotificationFailed", "created", ""),
        ("NotificationFailed", "confirmed", ""),
    ]
    assert (await notifying.get("/mailbox"))["items"] == []
    (confirmed, _) = (await notifying.get("/notifications", status="failed"))["items"]
    assert (confirmed["to"], confirmed["reason"]) == ("bounce@example.org", "the address does not exist")


async def test_preferences_hold_for_all_but_the_confirmation(notifying: Notifying) -> None:
    customer = new_id()
    answer = await notifying.call(
        "PUT", f"/preferences/{customer}", {"muted_milestones": ["created", "shipped"]}, principal=ADMIN
    )
    assert answer.status == 200
    order = order_created(customer_id=customer)
    await notifying.tell(order)
    await notifying.tell(scheduled(order.order_id))
    await notifying.tell(dispatched(order.order_id), delivered(order.order_id))
    assert await notifying.log(order.order_id) == [
        ("created", "email", "skipped"),
        ("confirmed", "email", "sent"),
        ("shipped", "email", "skipped"),
        ("delivered", "email", "sent"),
    ]


async def test_an_erased_customer_is_forgotten_and_not_brought_back(notifying: Notifying) -> None:
    customer = new_id()
    before, late = order_created(customer_id=customer), order_created(customer_id=customer)
    await notifying.tell(
        CustomerRegistered(customer_id=customer, personal=Contact(email=EMAIL, name="Ada")),
        before,
        scheduled(before.order_id),
    )
    await notifying.tell(CustomerErased(customer_id=customer))
    await notifying.tell(late, CustomerRegistered(customer_id=customer, personal=Contact(email=EMAIL)))
    assert await notifying.log(late.order_id) == [("created", "email", "skipped")]
    async with notifying.service.database.acquire() as connection:
        await erase_piece(connection)
        dump = await connection.fetchval(
            """
            select string_agg(t, ' ')
            from (
                select to_jsonb(o)::text from orders o
                union all
                select to_jsonb(n)::text from notifications n
                union all
                select to_jsonb(c)::text from customers c
            ) as everything (t)
            """
        )
    assert EMAIL not in dump
    assert "Ada" not in dump
    assert (await notifying.get("/mailbox", to=EMAIL))["items"] == []
    mails = (await notifying.get("/mailbox", order_id=before.order_id))["items"]
    assert [mail["to"] for mail in mails] == ["", ""]
    assert (await notifying.call("GET", f"/preferences/{customer}")).status == 404


async def test_accounts_are_welcomed_once_and_get_a_code_per_request(notifying: Notifying) -> None:
    customer = new_id()
    registered = CustomerRegistered(
        customer_id=customer, language="fr", personal=Contact(email=EMAIL, name="Ada Lovelace")
    )
    reset = PasswordResetRequested(
        customer_id=customer, token_id="t1", language="fr", personal=Contact(email=EMAIL, name="Ada")
    )
    await notifying.tell(registered, reset)
    await notifying.tell(registered, reset, PasswordResetRequested(
        customer_id=customer, token_id="t2", language="fr", personal=Contact(email=EMAIL)
    ))  # fmt: skip
    mails = (await notifying.get("/mailbox", to=EMAIL.upper()))["items"]
    assert [mail["milestone"] for mail in mails] == ["password_reset", "password_reset", "welcome"]
    assert " t2." in mails[0]["text"]
    assert mails[2]["subject"] == "Bienvenue chez Comanda"
    assert "Ada Lovelace" in mails[2]["text"]


async def test_staff_are_told_of_a_product_that_runs_out_each_time(notifying: Notifying) -> None:
    for _ in range(2):
        await notifying.tell(StockLow(sku="LAMP", level="out", available=0, threshold=5))
    mails = (await notifying.get("/mailbox", to="staff@comanda.example"))["items"]
    assert [mail["subject"] for mail in mails] == ["Sold out: LAMP", "Sold out: LAMP"]


async def test_resends_and_an_undo_at_once_leave_no_message_after_it(notifying: Notifying) -> None:
    order = order_created()
    await notifying.tell(order, scheduled(order.order_id))
    (confirmed, _) = (await notifying.get("/notifications", order_id=order.order_id))["items"]
    answers = await asyncio.gather(
        *(notifying.call("POST", f"/notifications/{confirmed['id']}/resend") for _ in range(6)),
        notifying.tell(OrderCanceled(order_id=order.order_id, number=1, reason="")),
    )
    sent = [answer for answer in answers if answer is not None and answer.status == 201]
    refused = [answer for answer in answers if answer is not None and answer.status == 409]
    assert len(sent) + len(refused) == 6
    assert (await notifying.call("POST", f"/notifications/{confirmed['id']}/resend")).status == 409
    items = (await notifying.get("/notifications", order_id=order.order_id, milestone="confirmed"))["items"]
    assert sorted(item["copy_number"] for item in items) == list(range(len(sent) + 1))
