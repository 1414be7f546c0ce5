"""What ordering publishes. Every event has the order's id as its subject."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from comanda.kernel.address import Address
from comanda.kernel.event import Event
from comanda.kernel.goods import Pieces


class Buyer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who ordered and where it goes: personal data, kept apart from the event's data.

    No `billing_address`: it is the shipping address. `sms` is the number that consented to text messages.
    """

    email: str
    shipping_address: Address
    billing_address: Address | None = None
    sms: str = ""


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """A sold product. Prices are gross minor units; `net + tax = gross`; `rate_bp` is the VAT rate in basis points."""

    sku: str
    name: str
    quantity: int
    unit_price: int
    net: int
    tax: int
    gross: int
    rate_bp: int = 0
    weight_g: int = 0


class OrderCreated(Event, version=1, person="customer_id"):
    """A managed order was placed and its process begins. Amounts are minor units of `currency`.

    `payment_method` is card, bank_transfer or on_delivery; `token` is the provider's word for the card.
    `foreign_stages` (cart, inventory, payment, shipping, mail) are kept by foreign services, which ordering asks:
    Comanda's own leave them alone. The order's later events repeat it.
    """

    order_id: str
    number: int
    reference: str
    customer_id: str | None
    cart_id: str | None
    currency: str
    lines: list[OrderLine]
    subtotal: int
    shipping: int
    tax: int
    total: int
    country: str
    language: str
    payment_method: str
    token: str
    shipping_method: str
    created_at: datetime
    payment_deadline: datetime
    reserved_until: datetime
    personal: Buyer | None = None
    foreign_stages: list[str] | UnsetType = UNSET


class OrderConfirmed(Event, version=1, person="customer_id"):
    """The payment is certain (taken, or promised on delivery): commit the stock, ship, issue the invoice."""

    order_id: str
    number: int
    reference: str
    customer_id: str | None
    currency: str
    lines: list[OrderLine]
    shipping: int
    tax: int
    total: int
    country: str
    shipping_method: str
    payment_method: str
    personal: Buyer | None = None
    foreign_stages: list[str] | UnsetType = UNSET


class OrderShippingScheduled(Event, version=1):
    """A shipment stands ready for the order."""

    order_id: str


class OrderCompleted(Event, version=1):
    """The customer has been told and all is set in motion."""

    order_id: str
    confirmation: str


class OrderShipped(Event, version=1):
    """The parcel has left."""

    order_id: str


class OrderDelivered(Event, version=1):
    """The parcel has arrived."""

    order_id: str


class OrderCancelRequested(Event, version=1):
    """Someone wants a paid order canceled: shipping decides. `by_setting`: the notification-failure rule asks."""

    order_id: str
    reason: str
    by_setting: bool = False
    foreign_stages: list[str] | UnsetType = UNSET


class OrderCanceled(Event, version=1):
    """The order is over: every service undoes what it did for it and keeps a tombstone."""

    order_id: str
    number: int
    reason: str
    foreign_stages: list[str] | UnsetType = UNSET


class OrderFailed(Event, version=1):
    """The order could not be fulfilled: every service undoes what it did for it and keeps a tombstone."""

    order_id: str
    number: int
    reason: str
    foreign_stages: list[str] | UnsetType = UNSET


class StageSettled(Event, version=1):
    """A foreign service, asked by ordering, has said what became of its stage of the order.

    `stage` and `outcome`: inventory (reserved, insufficient, committed, released), payment (succeeded, outstanding,
    declined, refunded, voided), shipping (scheduled, refused, canceled, dispatched, delivered), mail (sent, skipped,
    failed). `reference` is the foreign service's own name for what it keeps.
    """

    order_id: str
    stage: str
    outcome: str
    reason: str = ""
    reference: str = ""
    carrier: str = ""
    tracking_number: str = ""
    foreign_stages: list[str] | UnsetType = UNSET


class Words(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody wrote about a customer's order: kept apart from the event's data, as it may name people."""

    reason: str
    customer_id: str | None = None


class ReturnRequested(Event, version=1):
    """The customer, or staff for them, wants to give pieces back. Why is in `personal`; `reason` is empty."""

    order_id: str
    return_id: str
    lines: list[Pieces]
    reason: str
    personal: Words | None = None

    @property
    def person(self) -> str | None:
        """The customer, if it is not a guest's order."""
        return self.personal.customer_id if self.personal else None


class ReturnApproved(Event, version=1):
    """Staff agreed: shipping makes a return shipment. `value` is what the pieces cost, gross minor units."""

    order_id: str
    return_id: str
    lines: list[Pieces]
    value: int
    currency: str


class ReturnRejected(Event, version=1):
    """Staff declined the return. Why is in `personal`; `reason` is empty."""

    order_id: str
    return_id: str
    reason: str
    personal: Words | None = None

    @property
    def person(self) -> str | None:
        """The customer, if it is not a guest's order."""
        return self.personal.customer_id if self.personal else None


class OrderRecorded(Event, version=1):
    """An order that another system ran was written down. A credit of its own has negative quantities and totals."""

    order_id: str
    number: int
    reference: str
    customer_id: str | None
    status: str
    currency: str
    lines: list[OrderLine]
    shipping: int
    total: int
    created_at: datetime


class OrderRecordChanged(Event, version=1):
    """A recorded order was changed by hand or by an import; the values are the present ones.

    `credited` is what its credits add up to. `lines` are the new ones where the lines changed, else None.
    """

    order_id: str
    reference: str
    customer_id: str | None
    status: str
    currency: str
    total: int
    credited: int
    created_at: datetime
    lines: list[OrderLine] | None = None


class OrderRecordDeleted(Event, version=1):
    """A recorded order was hidden; its reference is free again."""

    order_id: str
