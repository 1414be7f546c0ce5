"""What the buyer of one order is told: each milestone once, in the order of the facts. Pure."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec

from comanda.contexts.notifying.contract.events import NotificationFailed, NotificationSent
from comanda.contexts.notifying.mailbox import outcome_of
from comanda.kernel.event import Event
from comanda.kernel.ids import new_id

Language = Literal["en", "fr", "pt"]
LANGUAGES: tuple[Language, ...] = ("en", "fr", "pt")
MILESTONES = ("created", "confirmed", "shipped", "delivered", "canceled", "failed", "refunded")
UNDOING = frozenset({"canceled", "failed"})
FORWARD = frozenset({"created", "confirmed", "shipped", "delivered"})
ALWAYS_TOLD = "confirmed"
"""No preference suppresses it: a buyer has to hold the confirmation of a purchase."""

EMAIL, SMS = "email", "sms"
NOTHING_MUTED: frozenset[str] = frozenset()


class Contact(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """How to reach somebody, and in which language. Empty: there is no such channel.

    `confirmed_elsewhere`: a foreign service sends this order's confirmation.
    """

    email: str = ""
    sms: str = ""
    recipient: str = ""
    language: Language = "en"
    confirmed_elsewhere: bool = False


class Message(NamedTuple):
    """One row of the delivery log, as it is written. `address` only where it is not that of an order's contact."""

    id: str
    about: str
    milestone: str
    channel: str
    cause: str
    status: str
    reason: str
    language: str
    address: str | None
    data: str | None


class Waiting(NamedTuple):
    """A fact that cannot be told yet: who placed the order is not known."""

    milestone: str
    cause: str
    data: str | None


class Correspondence(msgspec.Struct, gc=False):
    """What is known of one order, and what its buyer has been told (milestone, cause).

    `muted` are channels and milestones that the buyer does not want to hear of.
    `stored`: how its row stands in the database, `known` with the contact, `stranger` without, or `new`: not at all.
    """

    order_id: str
    contact: Contact | None = None
    muted: frozenset[str] = NOTHING_MUTED
    undone: str | None = None
    stored: Literal["new", "stranger", "known"] = "new"
    told: set[tuple[str, str]] = msgspec.field(default_factory=set)
    waiting: list[Waiting] = msgspec.field(default_factory=list)
    undo_came: bool = False

    def learn(self, contact: Contact, out: list[Message]) -> Iterator[Event]:
        """The order's contact is known now: say that it was created, and then all that waited for it."""
        if self.contact is not None:
            return
        self.contact = contact
        waiting, self.waiting = self.waiting, []
        yield from self.tell("created", out)
        for fact in waiting:
            self.told.discard((fact.milestone, fact.cause))
            yield from self.tell(fact.milestone, out, fact.cause, fact.data)

    def tell(self, milestone: str, out: list[Message], cause: str = "", data: str | None = None) -> Iterator[Event]:
        """Tell one milestone on every channel there is, once; before the contact is known it waits.

        Of an order that was undone nothing of the way forward is told any more.
        """
        if (milestone, cause) in self.told or (self.undone and milestone in FORWARD):
            return
        self.told.add((milestone, cause))
        if self.contact is None:
            self.waiting.append(Waiting(milestone, cause, data))
        elif milestone != ALWAYS_TOLD or not self.contact.confirmed_elsewhere:
            yield from send(self.contact, self.order_id, milestone, out, cause, data, muted=self.muted)

    def undo(self, how: str, out: list[Message], data: str | None = None) -> Iterator[Event]:
        """The order is over: what was not sent yet is withdrawn, and the buyer is told how it ended."""
        if self.undone:
            return
        self.undone, self.undo_came = how, True
        for fact in self.waiting:
            if fact.milestone in FORWARD:
                out.append(self._withdrawn(fact))
        self.waiting = [fact for fact in self.waiting if fact.milestone not in FORWARD]
        yield from self.tell(how, out, "", data)

    def _withdrawn(self, fact: Waiting) -> Message:
        reason = self.undone or ""
        return Message(
            id=new_id(),
            about=self.order_id,
            milestone=fact.milestone,
            channel=EMAIL,
            cause=fact.cause,
            status="withdrawn",
            reason=reason,
            language="en",
            address=None,
            data=fact.data,
        )


def send(
    contact: Contact,
    about: str,
    milestone: str,
    out: list[Message],
    cause: str = "",
    data: str | None = None,
    address: str | None = None,
    muted: frozenset[str] = NOTHING_MUTED,
) -> Iterator[Event]:
    """Write one message a channel into the mailbox, and say what came of it.

    With no channel at all, or none that is wanted, the milestone is settled as skipped. When every channel has failed,
    that is published once.
    """
    if muted and milestone != ALWAYS_TOLD:
        email = "" if EMAIL in muted or milestone in muted else contact.email
        sms = "" if SMS in muted or milestone in muted else contact.sms
    else:
        email, sms = contact.email, contact.sms
    language, failure, sent = contact.language, "", False
    for channel, to in ((EMAIL, email), (SMS, sms)):
        if to:
            notification_id = new_id()
            reason = outcome_of(channel, to)
            status = "failed" if reason else "sent"
            out.append(
                Message(notification_id, about, milestone, channel, cause, status, reason, language, address, data)
            )
            if reason:
                failure = f"{notification_id} {reason}"
            else:
                sent = True
                yield NotificationSent(
                    about=about, notification_id=notification_id, milestone=milestone, channel=channel
                )
    if sent:
        return
    if failure:
        notification_id, _, reason = failure.partition(" ")
        yield NotificationFailed(about=about, notification_id=notification_id, milestone=milestone, reason=reason)
        return
    notification_id = new_id()
    reason = "preference" if contact.email or contact.sms else "no address"
    out.append(Message(notification_id, about, milestone, EMAIL, cause, "skipped", reason, language, address, data))
    yield NotificationSent(
        about=about, notification_id=notification_id, milestone=milestone, channel=EMAIL, skipped=True
    )
