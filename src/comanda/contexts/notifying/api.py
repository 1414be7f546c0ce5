"""Notifying over HTTP: the delivery log, the mailbox, messages of staff's own, and preferences."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field, model_validator
from starlette.responses import Response

from comanda.contexts.notifying import delivery_log, order_links, preferences, send_message
from comanda.contexts.notifying.contract.views import (
    Channel,
    MailView,
    Mutable,
    NotificationView,
    PreferencesView,
    Status,
)
from comanda.contexts.notifying.delivery_log import Filter, UnknownNotification
from comanda.contexts.notifying.preferences import UnknownCustomer
from comanda.contexts.notifying.send_message import Resend, SendMessage
from comanda.contexts.notifying.settings import shop_of
from comanda.contexts.notifying.template import MESSAGE
from comanda.kernel.ids import is_id
from comanda.messaging.service import Call, CallDep
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.fields import Body, Email, OptionalLine, Paragraph, Phone, Printable, ShortText
from comanda.platform.http.pages import InvalidCursor, Limit, Page, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)

FilterText = Annotated[str | None, Printable, Query(max_length=254)]


class MessageBody(Body):
    """A message to the buyer of an order. `template` is `message` or one that staff have made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "0198c0de-7a3b-7c4d-8e5f-60718293a4b5",
                    "subject": "Your order 1024",
                    "text": "Your parcel leaves tomorrow.",
                }
            ]
        }
    )

    order_id: ShortText
    channel: Channel = "email"
    template: ShortText = MESSAGE
    subject: OptionalLine = ""
    text: Paragraph = ""

    @model_validator(mode="after")
    def _says_something(self) -> "MessageBody":
        if self.template == MESSAGE and not self.text.strip():
            raise ValueError("the message has no text")
        if self.template == MESSAGE and self.channel == "email" and not self.subject.strip():
            raise ValueError("the e-mail has no subject")
        return self


class ResendBody(Body):
    """Where to send it this time; by default where the buyer can be reached."""

    to: Email | Annotated[Phone, Field(min_length=3)] | None = None


class PreferencesBody(Body):
    """What a customer does not want to get."""

    muted_channels: Annotated[list[Channel], Field(max_length=10, default_factory=list)]
    muted_milestones: Annotated[list[Mutable], Field(max_length=20, default_factory=list)]


@router.get("/notifications", tags=["notifications"])
async def list_notifications(
    call: CallDep,
    order_id: FilterText = None,
    status: Status | None = None,
    milestone: FilterText = None,
    channel: Channel | None = None,
    to: FilterText = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[NotificationView]:
    """The delivery log, newest first."""
    narrowed = Filter(order_id, status, milestone, channel, to, _before(cursor))
    async with call.service.database.acquire() as connection:
        rows = await delivery_log.entries(connection, narrowed, limit)
    return page_of(rows, limit, lambda row: (row.id,))


@router.post("/notifications", status_code=201, response_model=NotificationView, tags=["notifications"])
async def post_notification(body: MessageBody, call: CallDep) -> Response:
    """Write to the buyer of an order."""
    command = SendMessage(
        order_id=body.order_id, channel=body.channel, template=body.template, subject=body.subject, text=body.text
    )

    async def effect(work: UnitOfWork) -> NotificationView:
        return await send_message.send_message(command, work)

    return await call.once(effect, status=201)


@router.get("/notifications/{notification_id}", tags=["notifications"])
async def get_notification(notification_id: str, call: CallDep) -> NotificationView:
    """One entry of the delivery log."""
    async with call.service.database.acquire() as connection:
        return await delivery_log.entry(connection, notification_id)


@router.post(
    "/notifications/{notification_id}/resend",
    status_code=201,
    response_model=NotificationView,
    tags=["notifications"],
)
async def resend_notification(notification_id: str, call: CallDep, body: ResendBody | None = None) -> Response:
    """Send a message once more. Refused (409) when the order was undone, or when there is no address."""
    command = Resend(notification_id=notification_id, to=body.to if body else None)

    async def effect(work: UnitOfWork) -> NotificationView:
        return await send_message.resend(command, work)

    return await call.once(effect, status=201)


@router.get("/mailbox", tags=["mailbox"])
async def list_mailbox(
    call: CallDep,
    to: FilterText = None,
    order_id: FilterText = None,
    channel: Channel | None = None,
    limit: Limit = 20,
    cursor: PageCursor = None,
) -> Page[MailView]:
    """What was sent, as its readers got it, newest first."""
    narrowed = Filter(order_id, "sent", None, channel, to, _before(cursor))
    async with call.service.database.acquire() as connection:
        rows = await delivery_log.entries(connection, narrowed, limit)
    page = page_of(rows, limit, lambda row: (row.id,))
    return Page(items=await _mails(call, page.items), next_cursor=page.next_cursor)


@router.get("/mailbox/{notification_id}", tags=["mailbox"])
async def get_mail(notification_id: str, call: CallDep) -> MailView:
    """One message as its reader got it."""
    async with call.service.database.acquire() as connection:
        entry = await delivery_log.entry(connection, notification_id)
    if entry.status != "sent":
        raise UnknownNotification(notification_id)
    (mail,) = await _mails(call, [entry])
    return mail


async def _mails(call: Call, entries: Sequence[NotificationView]) -> list[MailView]:
    """Messages with their links: ordering is asked for the tokens first, outside of any use of the database."""
    shop = shop_of(call.service)
    tokens = await order_links.tokens(call.service, entries) if shop.url else {}
    async with call.service.database.acquire() as connection:
        return await delivery_log.mails(connection, shop, entries, tokens)


@router.get("/preferences/{customer}", tags=["preferences"])
async def get_preferences(customer: str, call: CallDep) -> PreferencesView:
    """What a customer does not want to get. Customers see their own."""
    _own(call, customer)
    async with call.service.database.acquire() as connection:
        return await preferences.show(connection, customer)


@router.put("/preferences/{customer}", tags=["preferences"])
async def put_preferences(customer: str, body: PreferencesBody, call: CallDep) -> PreferencesView:
    """Say what is not wanted. The confirmation of an order is sent all the same."""
    _own(call, customer)
    async with call.begin() as work:
        return await preferences.change(work, customer, body.muted_channels, body.muted_milestones)


def _own(call: Call, customer: str) -> None:
    owner = call.principal.owner
    if (owner is not None and owner != customer) or not 1 <= len(customer) <= 50 or "\x00" in customer:
        raise UnknownCustomer


def _before(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    before = str(decode_cursor(cursor, str)[0])
    if not is_id(before):
        raise InvalidCursor("This cursor was not given by this list.")
    return before
