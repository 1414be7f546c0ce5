"""The delivery log, the mailbox, messages of staff's own and preferences, over HTTP."""

from typing import Any

import pytest

from comanda.kernel.ids import new_id
from comanda.platform.auth import ANONYMOUS, Principal
from tests.contexts.notifying.conftest import Notifying
from tests.contexts.notifying.facts import EMAIL, NUMBER, canceled, order_created, refunded, scheduled
from tests.support.services import customer


@pytest.mark.parametrize(
    ("language", "subject", "amount", "date"),
    [
        ("en", "Your order 1234 is confirmed", "€53.90", "May 17, 2024"),
        ("fr-CA", "Votre commande 1234 est confirmée", "53,90\u00a0€", "17 mai 2024"),
        ("pt-BR", "O seu pedido 1234 está confirmado", "€\u00a053,90", "17 de maio de 2024"),
        ("de", "Your order 1234 is confirmed", "€53.90", "May 17, 2024"),
    ],
)
async def test_mails_speak_the_buyers_language(
    notifying: Notifying, language: str, subject: str, amount: str, date: str
) -> None:
    order = order_created(language=language)
    await notifying.tell(order, scheduled(order.order_id))
    confirmed, created = (await notifying.get("/mailbox", order_id=order.order_id))["items"]
    assert confirmed["subject"] == subject
    assert amount in confirmed["text"]
    assert amount in confirmed["html"]
    assert date in created["text"]
    assert f'<html lang="{language[:2] if language != "de" else "en"}">' in confirmed["html"]


async def test_a_mail_shows_the_order_and_escapes_what_came_from_outside(notifying: Notifying) -> None:
    order = order_created(recipient='<script>alert("x")</script>')
    await notifying.tell(order)
    (mail,) = (await notifying.get("/mailbox", to=EMAIL))["items"]
    assert "2 × Reading <lamp>" in mail["text"]
    assert "Reading &lt;lamp&gt;" in mail["html"]
    assert "<script>" not in mail["html"]
    assert mail["message_id"] == f"<{mail['id']}@comanda>"
    assert (await notifying.get(f"/mailbox/{mail['id']}")) == mail


async def test_lists_come_newest_first_in_pages_and_can_be_narrowed(notifying: Notifying) -> None:
    orders = [order_created(sms=NUMBER, email=f"b{number}@example.org") for number in range(3)]
    await notifying.tell(*orders)
    await notifying.tell(scheduled(orders[0].order_id))
    seen: list[Any] = []
    query: dict[str, str | int] = {"limit": 3}
    while True:
        page = await notifying.get("/notifications", **query)
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == 8
    assert [item["id"] for item in seen] == sorted((item["id"] for item in seen), reverse=True)
    for narrowing, count in (
        ({"order_id": orders[0].order_id}, 4),
        ({"milestone": "confirmed"}, 2),
        ({"channel": "sms"}, 4),
        ({"status": "failed"}, 0),
        ({"to": "b1@example.org"}, 1),
    ):
        assert len((await notifying.get("/notifications", **narrowing))["items"]) == count, narrowing
    for wrong in ({"status": "lost"}, {"cursor": "nonsense"}, {"limit": 0}, {"order_id": "a\x00b"}):
        assert (await notifying.call("GET", "/notifications", **wrong)).status == 422, wrong


async def test_a_message_goes_out_once_more_even_to_another_address(notifying: Notifying) -> None:
    order = order_created(email="bounce@example.org", language="pt")
    await notifying.tell(order, scheduled(order.order_id))
    (failed, _) = (await notifying.get("/notifications", order_id=order.order_id))["items"]
    resend = f"/notifications/{failed['id']}/resend"
    again = await notifying.call("POST", resend)
    assert (again.status, again.json()["status"], again.json()["copy_number"]) == (201, "failed", 1)
    elsewhere = await notifying.call("POST", resend, {"to": "ada@example.org"})
    assert (elsewhere.json()["status"], elsewhere.json()["to"]) == ("sent", "ada@example.org")
    (mail,) = (await notifying.get("/mailbox"))["items"]
    assert mail["subject"] == "O seu pedido 1234 está confirmado"
    assert (await notifying.published(order.order_id))[-1] == ("NotificationSent", "confirmed", "email")


async def test_a_resend_with_the_same_key_goes_out_once(notifying: Notifying) -> None:
    order = order_created()
    await notifying.tell(order)
    (created,) = (await notifying.get("/notifications"))["items"]
    staff = notifying.services.call("notifying", Principal("staff", "7", frozenset({"notifications.write"})))
    answers = [await staff("POST", f"/notifications/{created['id']}/resend", key="k") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await notifying.log(order.order_id)) == 2


async def test_a_refund_can_be_told_again_after_the_undo_but_not_the_way_forward(notifying: Notifying) -> None:
    order = order_created()
    await notifying.tell(order, refunded(order.order_id), canceled(order.order_id))
    by_milestone = {item["milestone"]: item for item in (await notifying.get("/notifications"))["items"]}
    for milestone, status in (("created", 409), ("refunded", 201), ("canceled", 201)):
        answer = await notifying.call("POST", f"/notifications/{by_milestone[milestone]['id']}/resend")
        assert answer.status == status
    for unknown in (new_id(), "7", "a b"):
        assert (await notifying.call("POST", f"/notifications/{unknown}/resend")).status == 404


async def test_without_an_address_there_is_nothing_to_resend_to(notifying: Notifying) -> None:
    order = order_created(email="")
    await notifying.tell(order)
    (skipped,) = (await notifying.get("/notifications"))["items"]
    answer = await notifying.call("POST", f"/notifications/{skipped['id']}/resend")
    assert (answer.status, answer.json()["type"]) == (409, "urn:comanda:problem:no-address")


async def test_staff_write_to_the_buyer_of_an_order(notifying: Notifying) -> None:
    order = order_created(language="fr")
    await notifying.tell(order)
    body = {"order_id": order.order_id, "subject": "Votre abat-jour", "text": "Le voilà : {{ shop.name }} <b>"}
    for _ in range(2):
        assert (await notifying.call("POST", "/notifications", body)).status == 201
    mails = (await notifying.get("/mailbox", order_id=order.order_id))["items"]
    assert [mail["milestone"] for mail in mails] == ["message", "message", "created"]
    assert mails[0]["subject"] == "Votre abat-jour"
    assert "Le voilà : {{ shop.name }} <b>" in mails[0]["text"]
    assert "&lt;b&gt;" in mails[0]["html"]
    for wrong, status in (
        (body | {"order_id": new_id()}, 404),
        (body | {"text": " "}, 422),
        (body | {"channel": "sms"}, 409),
        (body | {"template": "confirmed"}, 404),
        (body | {"template": "nothing"}, 404),
        (body | {"to": "x@y.z"}, 422),
    ):
        assert (await notifying.call("POST", "/notifications", wrong)).status == status, wrong


async def test_customers_see_and_change_their_own_preferences_only(notifying: Notifying) -> None:
    ada = customer("ada")
    wishes = {"muted_channels": ["sms"], "muted_milestones": ["shipped", "created"]}
    assert (await notifying.call("GET", "/preferences/ada", principal=ada)).json() == {
        "customer_id": "ada",
        "muted_channels": [],
        "muted_milestones": [],
    }
    changed = await notifying.call("PUT", "/preferences/ada", wishes, principal=ada)
    assert changed.json()["muted_milestones"] == ["created", "shipped"]
    assert (await notifying.get("/preferences/ada")) == changed.json()
    assert (await notifying.call("GET", "/preferences/bob", principal=ada)).status == 404
    assert (await notifying.call("PUT", "/preferences/bob", wishes, principal=ada)).status == 404
    assert (await notifying.call("GET", "/preferences/ada", principal=ANONYMOUS)).status == 401
    confirmed = {"muted_milestones": ["confirmed"]}
    assert (await notifying.call("PUT", "/preferences/ada", confirmed, principal=ada)).status == 422


async def test_only_staff_read_the_mailbox(notifying: Notifying) -> None:
    for path in ("/mailbox", "/notifications", "/templates"):
        assert (await notifying.call("GET", path, principal=ANONYMOUS)).status == 401
        assert (await notifying.call("GET", path, principal=customer("ada"))).status == 403
    reader = Principal("staff", "s", frozenset({"reports.read"}))
    order = order_created()
    await notifying.tell(order)
    (created,) = (await notifying.get("/notifications"))["items"]
    assert (await notifying.call("POST", f"/notifications/{created['id']}/resend", principal=reader)).status == 403
