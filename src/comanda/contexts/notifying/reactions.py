"""Which fact is told to whom.

Shipping's own events count, not ordering's echo of them: so the order of messages is the order of facts.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC

import msgspec

from comanda.contexts.notifying.desk import Desk
from comanda.contexts.ordering.contract.events import OrderCanceled, OrderCreated, OrderFailed, StageSettled
from comanda.contexts.ordering.contract.stages import SHIPPING
from comanda.contexts.paying.contract.events import PaymentRefunded
from comanda.contexts.profiling.contract.events import (
    CustomerEmailChanged,
    CustomerErased,
    CustomerRegistered,
    EmailChangeRequested,
    PasswordChanged,
    PasswordResetRequested,
    RegistrationRepeated,
)
from comanda.contexts.shipping.contract.events import ShipmentDelivered, ShipmentDispatched, ShipmentScheduled
from comanda.contexts.stocking.contract.events import StockLow
from comanda.kernel.event import Event
from comanda.messaging.reactions import Reactions

reactions: Reactions[Desk] = Reactions()


@reactions.to(OrderCreated)
def tell_created(order: OrderCreated, desk: Desk) -> Iterator[Event]:
    """The buyer is known from here on: what came before and waited goes out too."""
    return desk.order(order.order_id).learn(desk.contacts[order.order_id], desk.messages)


@reactions.to(ShipmentScheduled)
def tell_confirmed(shipment: ShipmentScheduled, desk: Desk) -> Iterator[Event]:
    """All is paid and booked: the confirmation, on which ordering waits to complete the order."""
    return desk.order(shipment.order_id).tell("confirmed", desk.messages)


@reactions.to(ShipmentDispatched)
def tell_shipped(shipment: ShipmentDispatched, desk: Desk) -> Iterator[Event]:
    """The parcel has left, under this number."""
    data = _json({"carrier": shipment.carrier, "tracking_number": shipment.tracking_number})
    return desk.order(shipment.order_id).tell("shipped", desk.messages, "", data)


@reactions.to(ShipmentDelivered)
def tell_delivered(shipment: ShipmentDelivered, desk: Desk) -> Iterator[Event]:
    """The parcel has arrived."""
    return desk.order(shipment.order_id).tell("delivered", desk.messages)


@reactions.to(StageSettled)
def tell_of_foreign_parcel(stage: StageSettled, desk: Desk) -> Iterator[Event]:
    """A foreign carrier's parcel is told of as Comanda's own would be."""
    if stage.stage != SHIPPING:
        return
    order = desk.order(stage.order_id)
    if stage.outcome == "scheduled":
        yield from order.tell("confirmed", desk.messages)
    elif stage.outcome == "dispatched":
        data = _json({"carrier": stage.carrier, "tracking_number": stage.tracking_number})
        yield from order.tell("shipped", desk.messages, "", data)
    elif stage.outcome == "delivered":
        yield from order.tell("delivered", desk.messages)


@reactions.to(OrderCanceled)
def tell_canceled(order: OrderCanceled, desk: Desk) -> Iterator[Event]:
    """The order is over; what was not sent yet is withdrawn."""
    return desk.order(order.order_id).undo("canceled", desk.messages, _json({"reason": order.reason}))


@reactions.to(OrderFailed)
def tell_failed(order: OrderFailed, desk: Desk) -> Iterator[Event]:
    """The order could not be fulfilled; what was not sent yet is withdrawn."""
    return desk.order(order.order_id).undo("failed", desk.messages, _json({"reason": order.reason}))


@reactions.to(PaymentRefunded)
def tell_refunded(refund: PaymentRefunded, desk: Desk) -> Iterator[Event]:
    """Money went back: one message a refund."""
    data = _json({"amount": refund.amount, "currency": refund.currency, "remaining": refund.remaining})
    return desk.order(refund.order_id).tell("refunded", desk.messages, refund.refund_id, data)


@reactions.to(CustomerRegistered)
def welcome(customer: CustomerRegistered, desk: Desk) -> Iterator[Event]:
    """A new account is greeted, once."""
    if customer.personal is not None:
        data = _json({"name": customer.personal.name})
        yield from desk.account_message(
            customer.customer_id, customer.personal.email, customer.language, "welcome", "", data
        )


@reactions.to(PasswordResetRequested)
def send_reset_link(request: PasswordResetRequested, desk: Desk) -> Iterator[Event]:
    """The owner of the address gets a link, one message a request."""
    if request.personal is not None:
        data = _json({"name": request.personal.name, "token": request.personal.token or request.token_id})
        yield from desk.account_message(
            request.customer_id, request.personal.email, request.language, "password_reset", request.token_id, data
        )


@reactions.to(RegistrationRepeated)
def tell_of_registration(again: RegistrationRepeated, desk: Desk) -> Iterator[Event]:
    """The owner of an account hears that somebody tried to make one with their e-mail."""
    if again.personal is not None:
        data = _json({"name": again.personal.name})
        cause = desk.cause.time.astimezone(UTC).isoformat()
        yield from desk.account_message(
            again.customer_id, again.personal.email, again.language, "registration_repeated", cause, data
        )


@reactions.to(PasswordChanged)
def tell_of_password(change: PasswordChanged, desk: Desk) -> Iterator[Event]:
    """The owner of an account hears of every change of its password."""
    if change.personal is not None:
        data = _json({"name": change.personal.name})
        yield from desk.account_message(
            change.customer_id, change.personal.email, change.language, "password_changed", change.change_id, data
        )


@reactions.to(EmailChangeRequested)
def send_confirmation_link(change: EmailChangeRequested, desk: Desk) -> Iterator[Event]:
    """The new address gets a link, the old one a warning."""
    person = change.personal
    if person is not None:
        tell, data = desk.account_message, {"name": person.name}
        about, language, cause = change.customer_id, change.language, change.change_id
        link = _json({**data, "token": person.token})
        yield from tell(about, person.email, language, "email_change", cause, link)
        yield from tell(about, person.previous, language, "email_change_asked", cause, _json(data))


@reactions.to(CustomerEmailChanged)
def tell_old_address(change: CustomerEmailChanged, desk: Desk) -> Iterator[Event]:
    """The old address hears that it is not the account's any more."""
    if change.personal is not None:
        data = _json({"name": change.personal.name})
        yield from desk.account_message(
            change.customer_id, change.personal.previous, change.language, "email_changed", change.change_id, data
        )


@reactions.to(StockLow)
def warn_staff(stock: StockLow, desk: Desk) -> Iterator[Event]:
    """Staff are told of a product that runs out, each time it does."""
    data = _json({"sku": stock.sku, "level": stock.level, "available": stock.available, "threshold": stock.threshold})
    yield from desk.staff_message(stock.sku, "stock_low", data)


@reactions.to(CustomerErased)
def forget(customer: CustomerErased, desk: Desk) -> None:
    """No address of the customer is kept, nor taken in again."""
    desk.erased.add(customer.customer_id)


def _json(data: Mapping[str, str | int]) -> str:
    return msgspec.json.encode(data).decode()
