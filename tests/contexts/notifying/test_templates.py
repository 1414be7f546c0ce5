"""The texts of messages: what may stand in them, their versions, and trying them out."""

from typing import Any

import pytest

from comanda.contexts.notifying import built_in, rendering
from comanda.contexts.notifying.rendering import Shop
from comanda.contexts.notifying.template import ACCOUNT_VARIABLES, InvalidTemplate, Template, check
from comanda.contexts.notifying.templates import install, try_out
from comanda.contexts.notifying.wording import format_money
from comanda.kernel.money import Money
from tests.contexts.notifying.conftest import Notifying
from tests.contexts.notifying.facts import order_created, scheduled

SHOP = Shop("Lamp & Co", "https://lamps.example")
CONFIRMED = "/templates/confirmed/email/en"


@pytest.mark.parametrize("key", built_in.templates(), ids=".".join)
def test_every_built_in_text_can_be_sent(key: tuple[str, str, str]) -> None:
    rendered = try_out(built_in.templates()[key], SHOP)
    assert rendered.text
    assert "{{" not in rendered.text + rendered.subject + rendered.html
    assert bool(rendered.html) == bool(rendered.subject) == (key[1] == "email")
    if rendered.html:
        assert "Lamp &amp; Co" in rendered.html


def test_there_is_a_text_for_every_milestone_channel_and_language() -> None:
    languages = {name: set() for name in ("en", "fr", "pt")}
    for name, channel, language in built_in.templates():
        languages[language].add((name, channel))
    assert languages["en"] == languages["fr"] == languages["pt"]
    assert {name for name, channel in languages["en"] if channel == "sms"} == {
        name for name, _ in languages["en"]
    } - ACCOUNT_VARIABLES.keys()


def test_amounts_have_the_decimals_of_their_currency() -> None:
    assert format_money(Money(1999, "JPY"), "en") == "¥1,999"
    assert format_money(Money(1999, "KWD"), "en") == "KWD1.999"
    assert format_money(Money(-1999, "BRL"), "pt") == "-R$\u00a019,99"


def mail(text: str = "Hello", subject: str = "Hi", html: str = "", name: str = "confirmed") -> Template:
    """A text by e-mail, in English."""
    return Template(name=name, channel="email", language="en", subject=subject, text=text, html=html)


@pytest.mark.parametrize(
    "text",
    [
        "{{ order.number }} {{ order.total | money }} {{ order.created_at | date }}",
        "{% for line in order.lines %}{{ loop.index }} {{ line.name | upper }} {{ line.gross }}\n{% endfor %}",
        "{% if order.recipient and order.number > 3 %}{{ order.recipient }}{% else %}you{% endif %}",
        "{{ shop.name }} {{ order.table }}",
        "{{ '{{' }} literal",
    ],
)
def test_texts_may_use_fields_conditions_loops_and_filters(text: str) -> None:
    assert try_out(mail(text), SHOP).text


@pytest.mark.parametrize(
    "text",
    [
        "{{ order.number",
        "{{ customer.name }}",
        "{{ refund.amount }}",
        "{{ order.nothing }}",
        "{{ order.__class__ }}",
        "{{ order.number | money }}",
        "{{ order.number | pprint }}",
        "{{ range(9) }}",
        "{{ shop.name.upper() }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 2 ** 1000000 }}",
        "{% for a in order.lines %}{% for b in order.lines %}x{% endfor %}{% endfor %}",
        "{% include 'x' %}",
        "{% macro m() %}{% endmacro %}",
        "{% set x = 1 %}",
        "{{ " + "(" * 5_000,
        "  ",
        "x" * 20_001,
    ],
)
def test_texts_may_not_use_anything_else(text: str) -> None:
    with pytest.raises(InvalidTemplate):
        try_out(mail(text), SHOP)


def test_a_text_message_has_neither_subject_nor_html_and_an_email_has_a_subject() -> None:
    with pytest.raises(InvalidTemplate):
        check(Template(name="created", channel="sms", language="en", subject="Hi", text="x"))
    with pytest.raises(InvalidTemplate):
        check(Template(name="created", channel="sms", language="en", html="<p>", text="x"))
    with pytest.raises(InvalidTemplate):
        check(mail(subject=" "))


def test_html_of_ones_own_is_escaped_where_it_is_filled_in() -> None:
    about = rendering.sample("confirmed", "en")
    about = about._replace(contact=about.contact.__class__(recipient="<i>"))
    html = rendering.render(mail(html="<b>{{ order.recipient }}</b>{{ order.table }}"), about, SHOP).html
    assert "<b>&lt;i&gt;</b><table>" in html


async def test_a_new_version_is_sent_from_then_on_and_old_mails_stay_as_they_were(notifying: Notifying) -> None:
    first, second = order_created(number=1), order_created(number=2)
    await notifying.tell(first, scheduled(first.order_id))
    body = {"subject": "It is done: {{ order.number }}", "text": "Yours, {{ shop.name }}", "version": 1}
    replaced = await notifying.call("PUT", CONFIRMED, body)
    assert (replaced.status, replaced.json()["version"], replaced.json()["author"]) == (200, 2, "staff:staff-1")
    await notifying.tell(second, scheduled(second.order_id))
    assert await subject_of(notifying, first.order_id) == "Your order 1 is confirmed"
    assert await subject_of(notifying, second.order_id) == "It is done: 2"
    assert (await notifying.call("PUT", CONFIRMED, body)).status == 412
    versions = (await notifying.get(f"{CONFIRMED}/versions"))["items"]
    assert [version["version"] for version in versions] == [2, 1]
    assert (await notifying.get(CONFIRMED, version=1))["author"] is None


async def subject_of(notifying: Notifying, order_id: str) -> str:
    """The subject of the last mail about an order."""
    mails = (await notifying.get("/mailbox", order_id=order_id))["items"]
    return str(mails[0]["subject"])


async def test_a_built_in_text_comes_back_when_it_is_taken_away(notifying: Notifying) -> None:
    original = await notifying.get(CONFIRMED)
    await notifying.call("PUT", CONFIRMED, {"subject": "x", "text": "y"})
    assert (await notifying.call("DELETE", CONFIRMED)).status == 204
    restored = await notifying.get(CONFIRMED)
    assert restored == original | {"version": 3}
    assert (await notifying.call("DELETE", CONFIRMED)).status == 204
    assert (await notifying.get(CONFIRMED))["version"] == 3


async def test_a_restart_keeps_what_staff_have_written(notifying: Notifying) -> None:
    await notifying.call("PUT", CONFIRMED, {"subject": "x", "text": "y"})
    async with notifying.service.database.acquire() as connection:
        before = await connection.fetchval("select count(*) from templates")
        await install(notifying.service)
        assert await connection.fetchval("select count(*) from templates") == before
        await connection.execute("update templates set text = 'old' where name = 'created' and author is null")
        await install(notifying.service)
    assert (await notifying.get(CONFIRMED))["subject"] == "x"
    assert (await notifying.get("/templates/created/email/en"))["text"] != "old"


async def test_staff_make_texts_of_their_own_and_send_them(notifying: Notifying) -> None:
    order = order_created()
    await notifying.tell(order)
    new: dict[str, Any] = {
        "name": "thanks", "channel": "email", "language": "en", "subject": "Thanks for {{ order.number }}",
        "text": "{{ message.text }}",
    }  # fmt: skip
    assert (await notifying.call("POST", "/templates", new)).status == 201
    assert (await notifying.call("POST", "/templates", new)).status == 409
    assert (await notifying.call("POST", "/templates", new | {"name": "Not a name"})).status == 422
    sent = await notifying.call(
        "POST", "/notifications", {"order_id": order.order_id, "template": "thanks", "text": "You are kind."}
    )
    assert sent.status == 201, sent.body
    assert await subject_of(notifying, order.order_id) == "Thanks for 1234"
    assert (await notifying.call("DELETE", "/templates/thanks/email/en")).status == 204
    assert (await notifying.call("GET", "/templates/thanks/email/en")).status == 404
    assert await subject_of(notifying, order.order_id) == "Thanks for 1234"


async def test_a_text_can_be_tried_out_before_it_is_kept(notifying: Notifying) -> None:
    preview = await notifying.call("POST", f"{CONFIRMED}/preview", {"subject": "{{ order.total }}", "text": "t"})
    assert preview.json()["subject"] == "€53.90"
    assert (await notifying.call("POST", f"{CONFIRMED}/preview")).json()["subject"] == "Your order 1234 is confirmed"
    wrong = await notifying.call("POST", f"{CONFIRMED}/preview", {"subject": "s", "text": "{{ nothing }}"})
    assert (wrong.status, wrong.json()["part"]) == (422, "text")
    assert (await notifying.get(CONFIRMED))["version"] == 1


async def test_templates_are_listed_in_pages(notifying: Notifying) -> None:
    first = await notifying.get("/templates", limit=200)
    keys = [(item["name"], item["channel"], item["language"]) for item in first["items"]]
    assert keys == sorted(built_in.templates())
    page = await notifying.get("/templates", limit=50)
    rest = await notifying.get("/templates", limit=50, cursor=page["next_cursor"])
    assert page["items"] + rest["items"] == first["items"]
    assert len((await notifying.get("/templates", name="created", language="fr"))["items"]) == 2
