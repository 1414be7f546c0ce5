"""What notifying answers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

Channel = Literal["email", "sms"]
Language = Literal["en", "fr", "pt"]
Status = Literal["sent", "skipped", "failed", "withdrawn"]
Milestone = Literal["created", "confirmed", "shipped", "delivered", "canceled", "failed", "refunded"]
Mutable = Literal["created", "shipped", "delivered", "canceled", "failed", "refunded"]
"""Milestones one can do without; the confirmation is always sent."""


class NotificationView(BaseModel):
    """One entry of the delivery log.

    `about` is an order's id, for account messages the customer's, for stock alerts the sku. `cause` tells several of
    one milestone apart: a refund's id. `copy_number` counts resends, 0 is the message itself. `to` is the address;
    `reason` says why it was skipped, withdrawn or failed.
    """

    id: str
    about: str
    milestone: str
    channel: Channel
    cause: str
    copy_number: int
    status: Status
    reason: str
    to: str
    created_at: datetime


class MailView(BaseModel):
    """A message in the mailbox, as its reader got it. By SMS there is only `text`.

    `message_id` is the one its e-mail carries: the same however often it is handed over.
    """

    id: str
    message_id: str
    about: str
    milestone: str
    channel: Channel
    to: str
    subject: str
    text: str
    html: str
    sent_at: datetime


class TemplateView(BaseModel):
    """A version of a text. An empty `html` is made from `text`. `author` is null for what came with the program."""

    name: str
    channel: Channel
    language: Language
    version: int
    subject: str
    text: str
    html: str
    author: str | None
    variables: list[str]


class PreviewView(BaseModel):
    """A template, filled in."""

    subject: str
    text: str
    html: str


class PreferencesView(BaseModel):
    """What a customer does not want to get. The confirmation of an order is sent all the same."""

    customer_id: str
    muted_channels: list[Channel]
    muted_milestones: list[Mutable]
