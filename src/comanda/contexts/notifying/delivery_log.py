"""The delivery log, newest first: what was sent, skipped, withdrawn or failed, and the mailbox of what was sent."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import asyncpg
import msgspec

from comanda.contexts.notifying import built_in, templates
from comanda.contexts.notifying.contract.views import MailView, NotificationView
from comanda.contexts.notifying.correspondence import Contact
from comanda.contexts.notifying.rendering import About, Rendered, Shop, decode_data, render
from comanda.contexts.notifying.summary import Summary
from comanda.contexts.notifying.template import InvalidTemplate, Template
from comanda.kernel.errors import NotFound
from comanda.kernel.ids import is_id
from comanda.messaging.log import Connection


class UnknownNotification(NotFound):
    """There is no such notification."""

    code = "unknown-notification"

    def __init__(self, notification_id: str) -> None:
        super().__init__(f"There is no notification {notification_id}.")


class Filter(NamedTuple):
    """What a list is narrowed to; None does not narrow. `before` is the id of the last entry of the page before."""

    about: str | None = None
    status: str | None = None
    milestone: str | None = None
    channel: str | None = None
    to: str | None = None
    before: str | None = None


_COLUMNS = """
    select n.id, n.about, n.milestone, n.channel, n.cause, n.copy as copy_number, n.status, n.reason,
        coalesce(n.address, o.contact ->> n.channel, '') as "to", n.created_at
    from notifications n
    left join orders o on o.order_id = n.about
"""

_NARROWED = """
    and ($2::text is null or n.status = $2)
    and ($3::text is null or n.milestone = $3)
    and ($4::text is null or n.channel = $4)
    and ($5::text is null or lower(coalesce(n.address, o.contact ->> n.channel)) = lower($5))
    and ($6::uuid is null or n.id < $6)
    order by n.id desc
    limit $7
"""

# Each way in has an index of its own, which one statement for all of them could not be sure to use.
_ALL = _COLUMNS + "where $1::text is null" + _NARROWED
_ABOUT = _COLUMNS + "where n.about = $1" + _NARROWED
_FAILED = _COLUMNS + "where n.status = 'failed' and ($1::text is null or n.about = $1)" + _NARROWED

_ENTRY = _COLUMNS + "where n.id = $1"

_CONTENTS = """
    select n.id, n.template_id, n.data, o.order_id, o.contact, o.summary
    from notifications n
    left join orders o on o.order_id = n.about
    where n.id = any ($1::uuid[])
"""


async def entries(connection: Connection, narrowed: Filter, limit: int) -> list[NotificationView]:
    """A page of the log and one entry more, which tells that there is another page."""
    statement = _ABOUT if narrowed.about is not None else _FAILED if narrowed.status == "failed" else _ALL
    rows = await connection.fetch(statement, *narrowed, limit + 1)
    return [NotificationView(**dict(row)) for row in rows]


async def entry(connection: Connection, notification_id: str) -> NotificationView:
    """One entry. Raises UnknownNotification."""
    row = await connection.fetchrow(_ENTRY, notification_id) if is_id(notification_id) else None
    if row is None:
        raise UnknownNotification(notification_id)
    return NotificationView(**dict(row))


async def mails(
    connection: Connection, shop: Shop, listed: Sequence[NotificationView], tokens: Mapping[str, str]
) -> list[MailView]:
    """Entries as their readers got them; `tokens` for the links of guests' messages, by entry."""
    rows = {row["id"]: row for row in await connection.fetch(_CONTENTS, [item.id for item in listed])}
    texts = await templates.by_id(
        connection, [row["template_id"] for row in rows.values() if row["template_id"] is not None]
    )
    return [_mail(item, rows[item.id], texts, shop, tokens.get(item.id, "")) for item in listed]


def _mail(item: NotificationView, row: asyncpg.Record, texts: dict[int, Template], shop: Shop, token: str) -> MailView:
    contact = _decode_contact(row["contact"]) if row["contact"] else Contact()
    summary = _decode_summary(row["summary"]) if row["summary"] else None
    about = About(row["order_id"] or "", contact, summary, decode_data(row["data"]), token)
    rendered = _rendered(_text_of(item, row["template_id"], texts, contact), about, shop)
    return MailView(
        id=item.id,
        message_id=f"<{item.id}@comanda>",
        about=item.about,
        milestone=item.milestone,
        channel=item.channel,
        to=item.to,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        sent_at=item.created_at,
    )


def _text_of(
    item: NotificationView, template_id: int | None, texts: dict[int, Template], contact: Contact
) -> Template | None:
    if template_id in texts:
        return texts[template_id]
    return built_in.templates().get((item.milestone, item.channel, contact.language))


def _rendered(template: Template | None, about: About, shop: Shop) -> Rendered:
    """A message that cannot be filled in (its reader's data was erased) does not spoil the list it stands in."""
    if template is None:
        return Rendered("", "", "")
    try:
        return render(template, about, shop)
    except InvalidTemplate as error:
        return Rendered("", error.detail, "")


_decode_contact = msgspec.json.Decoder(Contact).decode
_decode_summary = msgspec.json.Decoder(Summary).decode
