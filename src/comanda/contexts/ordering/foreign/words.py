"""The words that ordering and a foreign service exchange: what is asked, and which answers count. Pure.

docs/guides/foreign-services.md and foreign-services.yaml say the same to whoever writes such a service.
"""

from typing import Any

import msgspec

from comanda.contexts.ordering.contract.events import OrderCreated
from comanda.contexts.ordering.foreign.client import Reply
from comanda.contexts.ordering.foreign.stage import (
    ASK_CANCEL,
    CANCEL,
    CHARGE,
    COMMIT,
    CONFIRM,
    REFUND,
    RELEASE,
    RESERVE,
    SCHEDULE,
    Told,
)

PENDING = "pending"
"""A payment that has yet to be made: it is asked for again."""

PATHS = {
    RESERVE: "/reservations",
    COMMIT: "/reservations/{order_id}/commit",
    RELEASE: "/reservations/{order_id}/release",
    CHARGE: "/payments",
    REFUND: "/payments/{order_id}/refund",
    SCHEDULE: "/shipments",
    ASK_CANCEL: "/shipments/{order_id}/cancel",
    CANCEL: "/shipments/{order_id}/cancel",
    CONFIRM: "/messages",
}
"""Where each call goes, below the service's URL; all are POST."""

ANSWERS = {
    RESERVE: frozenset({"reserved", "insufficient"}),
    COMMIT: frozenset({"committed"}),
    RELEASE: frozenset({"released"}),
    CHARGE: frozenset({"succeeded", "outstanding", "declined", PENDING}),
    REFUND: frozenset({"refunded", "voided"}),
    SCHEDULE: frozenset({"scheduled", "refused"}),
    ASK_CANCEL: frozenset({"canceled", "dispatched"}),
    CANCEL: frozenset({"canceled", "dispatched"}),
    CONFIRM: frozenset({"sent", "skipped", "failed"}),
}
"""The values of `status` that answer a call."""

_REFUSALS = frozenset({402, 409, 422})


class NotAnAnswer(Exception):
    """What came back is none of the agreed answers: nobody knows what was done."""


class _Answer(msgspec.Struct):
    status: str
    reason: str = ""
    reference: str = ""
    carrier: str = ""
    tracking_number: str = ""


_decode = msgspec.json.Decoder(_Answer).decode


def read(kind: str, reply: Reply) -> Told:
    """What a reply says. Raises NotAnAnswer for anything but an agreed word under 2xx, 402, 409 or 422."""
    if not 200 <= reply.status < 300 and reply.status not in _REFUSALS:
        raise NotAnAnswer(f"{kind} was answered {reply.status}")
    try:
        answer = _decode(reply.body)
    except msgspec.MsgspecError as error:
        raise NotAnAnswer(f"{kind} was answered {reply.status} with a body that says nothing") from error
    if answer.status not in ANSWERS[kind]:
        raise NotAnAnswer(f"{kind} was answered {reply.status} with an unknown status")
    return Told(
        outcome=answer.status,
        reason=_text(answer.reason, 200),
        reference=_text(answer.reference, 100),
        carrier=_text(answer.carrier, 50),
        tracking_number=_text(answer.tracking_number, 100),
    )


def _text(text: str, longest: int) -> str:
    return text.replace("\x00", "")[:longest]


def body_of(kind: str, order: OrderCreated, *, token: str, reason: str) -> dict[str, Any]:
    """What is sent with a call."""
    if kind in (RELEASE, REFUND, ASK_CANCEL, CANCEL):
        return {"order_id": order.order_id, "reason": reason}
    body: dict[str, Any] = {"order_id": order.order_id, "number": order.number, "reference": order.reference}
    if kind == RESERVE:
        body["lines"] = [{"sku": line.sku, "quantity": line.quantity} for line in order.lines]
    elif kind == CHARGE:
        body["amount"] = {"amount": order.total, "currency": order.currency}
        body["payment_method"] = {"type": order.payment_method, "token": token}
        body["customer_id"] = order.customer_id
        body["email"] = order.personal.email if order.personal else None
    elif kind == SCHEDULE:
        body |= _parcel(order)
    elif kind == CONFIRM:
        body |= _message(order)
    return body


def _parcel(order: OrderCreated) -> dict[str, Any]:
    return {
        "shipping_method": order.shipping_method,
        "shipping_address": order.personal.shipping_address if order.personal else None,
        "email": order.personal.email if order.personal else None,
        "value": {"amount": order.total, "currency": order.currency},
        "lines": [
            {"sku": line.sku, "name": line.name, "quantity": line.quantity, "weight_g": line.weight_g}
            for line in order.lines
        ],
    }


def _message(order: OrderCreated) -> dict[str, Any]:
    return {
        "milestone": "confirmed",
        "language": order.language,
        "email": order.personal.email if order.personal else None,
        "sms": order.personal.sms if order.personal else "",
        "recipient": order.personal.shipping_address.recipient if order.personal else "",
        "total": {"amount": order.total, "currency": order.currency},
        "lines": [
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "gross": {"amount": line.gross, "currency": order.currency},
            }
            for line in order.lines
        ],
    }
