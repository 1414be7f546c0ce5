"""What `checkout` answers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from comanda.contexts.ordering.contract.views import (
    AddressView,
    LineView,
    OfferView,
    OrderStatusView,
    OrderView,
    ProblemView,
    QuoteView,
    TotalsView,
)
from comanda.contexts.ordering.dialects.checkout.words import WORDS
from comanda.kernel.money import Money

Status = Literal["placed", "processing", "shipped", "delivered", "cancelled"]


class Item(BaseModel):
    """Some pieces of one product. `totalPrice` is the line's."""

    productId: str
    name: str
    quantity: int
    unitPrice: Money
    totalPrice: Money


class PaymentMethod(BaseModel):
    """How the order is paid; null where nobody knows, as of orders that another system ran."""

    type: str | None


class Payment(BaseModel):
    """How far the payment is."""

    status: str


class Order(BaseModel):
    """An order as placed, and how far it is. `reason` says why it was, or is to be, cancelled."""

    orderId: str
    orderNumber: int
    reference: str
    userId: str | None
    status: Status
    reason: str | None
    cancelRequested: bool
    items: list[Item]
    totals: TotalsView
    totalPrice: Money
    deliveryAddress: AddressView | None
    paymentMethod: PaymentMethod
    payment: Payment
    trackingNumber: str | None
    createdAt: datetime
    updatedAt: datetime


class Orders(BaseModel):
    """A part of a user's orders, newest first. `next_cursor` is null on the last page."""

    items: list[Order]
    next_cursor: str | None = None


class Milestone(BaseModel):
    """When an order got a status."""

    status: Status
    at: datetime


class OrderStatus(BaseModel):
    """How far an order is, and when it got there."""

    orderId: str
    status: Status
    milestones: list[Milestone]


class Checkout(BaseModel):
    """What the user's cart would cost now. `valid`: POST /order would take it; else `problems` says why not."""

    userId: str
    valid: bool
    problems: list[ProblemView]
    lines: list[Item]
    totals: TotalsView | None
    shippingMethod: str | None
    shippingOffers: list[OfferView] = Field(description="The cheapest first.")


def order_of(order: OrderView) -> Order:
    """An order in this dialect's words."""
    return Order.model_validate(
        {
            "orderId": order.id,
            "orderNumber": order.number,
            "reference": order.reference,
            "userId": order.customer_id,
            "status": WORDS.of(order),
            "reason": order.reason,
            "cancelRequested": order.cancel_requested,
            "items": _items(order.lines),
            "totals": order.totals,
            "totalPrice": order.totals.total,
            "deliveryAddress": order.shipping_address,
            "paymentMethod": {"type": order.payment.method},
            "payment": {"status": order.payment.status},
            "trackingNumber": order.fulfillment.tracking_number,
            "createdAt": order.created_at,
            "updatedAt": order.updated_at,
        }
    )


def status_of(progress: OrderStatusView) -> OrderStatus:
    """How far an order is, in this dialect's words."""
    return OrderStatus.model_validate(
        {
            "orderId": progress.order_id,
            "status": WORDS.of_progress(progress),
            "milestones": [{"status": word, "at": at} for word, at in WORDS.passed(progress.milestones).items()],
        }
    )


def checkout_of(user_id: str, quote: QuoteView, problems: list[ProblemView]) -> Checkout:
    """A quote in this dialect's words, with further problems."""
    found = [*problems, *quote.problems]
    return Checkout(
        userId=user_id,
        valid=quote.valid and not found,
        problems=found,
        lines=_items(quote.lines),
        totals=quote.totals,
        shippingMethod=quote.shipping_method,
        shippingOffers=quote.shipping_offers,
    )


def _items(lines: list[LineView]) -> list[Item]:
    return [
        Item(
            productId=line.sku,
            name=line.name,
            quantity=line.quantity,
            unitPrice=line.unit_price,
            totalPrice=line.gross,
        )
        for line in lines
    ]
