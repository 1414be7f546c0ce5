"""Messages that staff send themselves: one of their own about an order, or one that went out before, once more."""

from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from comanda.contexts.notifying import delivery_log, templates
from comanda.contexts.notifying.contract.events import NotificationFailed, NotificationSent
from comanda.contexts.notifying.contract.views import Channel, NotificationView
from comanda.contexts.notifying.correspondence import FORWARD, Contact
from comanda.contexts.notifying.delivery_log import UnknownNotification
from comanda.contexts.notifying.mailbox import outcome_of
from comanda.contexts.notifying.template import ACCOUNT_VARIABLES, MESSAGE
from comanda.contexts.notifying.templates import UnknownTemplate
from comanda.kernel.errors import Conflict, NotFound
from comanda.kernel.event import Event
from comanda.kernel.ids import is_id, new_id
from comanda.messaging.unit_of_work import UnitOfWork


class UnknownOrder(NotFound):
    """Nothing is known of such an order, or not yet who placed it."""

    code = "unknown-order"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"There is no order {order_id}.")


class OrderUndone(Conflict):
    """The order was canceled or has failed: nothing of its way forward is told any more."""

    code = "order-undone"

    def __init__(self, how: str) -> None:
        super().__init__(f"The order is {how}: this message would be wrong now.")


class NoAddress(Conflict):
    """There is no address or number to send it to."""

    code = "no-address"

    def __init__(self, channel: str) -> None:
        super().__init__(f"There is nothing to reach the reader by {channel}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """Write to the buyer of an order."""

    order_id: str
    channel: Channel
    template: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """Send a message once more, perhaps to another address than before."""

    notification_id: str
    to: str | None


class _Sent(NamedTuple):
    """A message that went out, or should have."""

    about: str
    milestone: str
    channel: Channel
    cause: str
    status: str
    template_id: int | None
    address: str | None
    data: str | None


async def send_message(command: SendMessage, work: UnitOfWork) -> NotificationView:
    """Put a message of staff's own into the mailbox. Raises UnknownOrder, UnknownTemplate, NoAddress."""
    contact, _ = await _lock_order(work, command.order_id)
    key = (command.template, command.channel, contact.language)
    if command.template != MESSAGE and templates.is_built_in(command.template):
        raise UnknownTemplate(key)
    template = await templates.current(work.connection, key)
    data = msgspec.json.encode({"subject": command.subject, "text": command.text}).decode()
    message = _Sent(command.order_id, command.template, command.channel, new_id(), "", template.id, None, data)
    return await _send(work, message, _address(contact, command.channel))


async def resend(command: Resend, work: UnitOfWork) -> NotificationView:
    """Send a message once more, with the text and figures it had. Raises UnknownNotification, OrderUndone, NoAddress.

    The order's row is locked, so that an undo comes before or after, never between.
    """
    message = await _find(work, command.notification_id)
    contact, undone = Contact(), None
    if message.milestone not in ACCOUNT_VARIABLES:
        contact, undone = await _lock_order(work, message.about)
    if undone and (message.milestone in FORWARD or message.status == "withdrawn"):
        raise OrderUndone(undone)
    to = command.to or message.address or _address(contact, message.channel)
    if command.to:
        message = message._replace(address=command.to)
    return await _send(work, message, to)


async def _lock_order(work: UnitOfWork, order_id: str) -> tuple[Contact, str | None]:
    row = await work.connection.fetchrow(
        """
        select contact, undone
        from orders
        where order_id = $1
        and contact is not null
        for update
        """,
        order_id,
    )
    if row is None:
        raise UnknownOrder(order_id)
    return msgspec.json.decode(row["contact"], type=Contact), row["undone"]


async def _find(work: UnitOfWork, notification_id: str) -> _Sent:
    row = None
    if is_id(notification_id):
        row = await work.connection.fetchrow(
            """
            select about, milestone, channel, cause, status, template_id, address, data
            from notifications
            where id = $1
            """,
            notification_id,
        )
    if row is None:
        raise UnknownNotification(notification_id)
    return _Sent(*row)


def _address(contact: Contact, channel: Channel) -> str:
    to = contact.email if channel == "email" else contact.sms
    if not to:
        raise NoAddress(channel)
    return to


async def _send(work: UnitOfWork, message: _Sent, to: str) -> NotificationView:
    """Write the message into the log, as the next copy if it was there before, and publish what came of it."""
    notification_id = new_id()
    failure = outcome_of(message.channel, to)
    await work.connection.execute("select pg_advisory_xact_lock(hashtext('copies of ' || $1))", message.about)
    await work.connection.execute(
        """
        insert into notifications
            (id, about, milestone, channel, cause, status, reason, template_id, address, data, copy)
        select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, coalesce(max(copy) + 1, 0)
        from notifications
        where about = $2
        and milestone = $3
        and channel = $4
        and cause = $5
        """,
        notification_id,
        message.about,
        message.milestone,
        message.channel,
        message.cause,
        "failed" if failure else "sent",
        failure,
        message.template_id,
        message.address,
        message.data,
    )
    if failure:
        outcome: Event = NotificationFailed(
            about=message.about, notification_id=notification_id, milestone=message.milestone, reason=failure
        )
    else:
        outcome = NotificationSent(
            about=message.about,
            notification_id=notification_id,
            milestone=message.milestone,
            channel=message.channel,
        )
    work.publish(outcome)
    return await delivery_log.entry(work.connection, notification_id)
