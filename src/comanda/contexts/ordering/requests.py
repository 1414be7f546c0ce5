"""What requests to ordering carry, and how they become commands."""

from typing import Annotated

import msgspec
from pydantic import ConfigDict, Field, JsonValue, StringConstraints, model_validator
from starlette.requests import Request

from comanda.contexts.carting.contract.client import CartingClient
from comanda.contexts.ordering.contract.events import Buyer
from comanda.contexts.ordering.placement import PlaceOrder
from comanda.contexts.ordering.quoting import AskQuote
from comanda.kernel.errors import Forbidden, Invalid
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_id
from comanda.kernel.permissions import ORDERS_READ
from comanda.messaging.service import Call, call_of
from comanda.platform.auth import Principal
from comanda.platform.http.fields import (
    NO_NUL,
    AddressBody,
    Amount,
    Body,
    CountryCode,
    Email,
    OptionalLine,
    Phone,
    Printable,
    Quantity,
    ShortText,
    Sku,
)
from comanda.platform.idempotency import check_key, request_hash

NO_CART = "-"
"""Stands for the cart of a customer who has none; no cart has this id."""
METADATA_BYTES = 16 * 1024
MOST_LINES = 1_000
LANGUAGES = ("en", "fr", "pt")


class LineBody(Body):
    """Some pieces of one product."""

    sku: Sku
    quantity: Quantity


class PaymentMethodBody(Body):
    """How to pay: `card` with the provider's token, `bank_transfer`, or `on_delivery`."""

    type: str = Field(pattern="^(card|bank_transfer|on_delivery)$", examples=["card"])
    token: str | None = Field(default=None, max_length=200, pattern=r"^tok_[A-Za-z0-9_]+$", examples=["tok_approved"])

    @model_validator(mode="after")
    def _card_has_token(self) -> "PaymentMethodBody":
        if self.type == "card" and self.token is None:
            self.token = "tok_approved"
        if self.type != "card" and self.token is not None:
            raise ValueError("only a card has a token")
        return self


class BasketBody(Body):
    """A cart, or the open one of a customer, or lines."""

    cart_id: str | None = Field(default=None, max_length=64, pattern=NO_NUL)
    cart_of: ShortText | None = Field(default=None, description="The customer whose open cart it is.")
    lines: list[LineBody] | None = Field(default=None, min_length=1, max_length=MOST_LINES)

    @model_validator(mode="after")
    def _one_of_both(self) -> "BasketBody":
        if (self.cart_id is not None) + (self.cart_of is not None) + (self.lines is not None) != 1:
            raise ValueError("give either cart_id, cart_of or lines")
        return self

    def pieces(self) -> tuple[Pieces, ...]:
        """The lines, those of the same product summed."""
        demand: dict[str, int] = {}
        for line in self.lines or ():
            demand[line.sku] = demand.get(line.sku, 0) + line.quantity
        return tuple(Pieces(sku=sku, quantity=quantity) for sku, quantity in demand.items())


class DestinationBody(Body):
    """Where an order would go, as far as that is known: VAT and shipping go by the country and the postal code."""

    recipient: OptionalLine = ""
    street: OptionalLine = ""
    number: OptionalLine = ""
    line2: OptionalLine = ""
    city: OptionalLine = ""
    state: OptionalLine = ""
    postal_code: Annotated[str, StringConstraints(max_length=20), Printable] = ""
    country: CountryCode
    phone: Phone = ""
    company: OptionalLine = ""
    vat_id: OptionalLine = ""


_LINES: list[JsonValue] = [{"sku": "MUG-01", "quantity": 2}]
_ADDRESS: dict[str, JsonValue] = {
    "recipient": "Ada Example",
    "street": "Rua Exemplo",
    "number": "10A",
    "city": "Lisboa",
    "postal_code": "1000-001",
    "country": "PT",
}
_QUOTE: dict[str, JsonValue] = {"lines": _LINES, "shipping_address": {"country": "PT", "postal_code": "1000-001"}}
_ORDER: dict[str, JsonValue] = {
    "lines": _LINES,
    "email": "ada@example.org",
    "shipping_address": _ADDRESS,
    "shipping_method": "standard",
    "payment_method": {"type": "card", "token": "tok_approved"},
}


class QuoteBody(BasketBody):
    """What would this cost, sent there? The billing address tells who owes the VAT, if it is another."""

    model_config = ConfigDict(json_schema_extra={"examples": [_QUOTE]})

    shipping_address: DestinationBody | None = None
    billing_address: DestinationBody | None = None
    shipping_method: ShortText | None = None
    payment_method: PaymentMethodBody | None = None


class PlaceOrderBody(BasketBody):
    """An order."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ORDER]})

    customer_id: ShortText | None = None
    email: Email | None = None
    sms: Phone = ""
    language: str = Field(default="en", pattern="^(en|fr|pt)$")
    shipping_address: AddressBody
    billing_address: AddressBody | None = None
    shipping_method: ShortText | None = None
    payment_method: PaymentMethodBody
    reference: ShortText | None = None
    metadata: dict[str, JsonValue] | None = None
    expected_total: Amount | None = None


async def command_of(request: Request, body: PlaceOrderBody) -> PlaceOrder:
    """The command of a POST /orders. Raises Forbidden or Invalid for what the caller may not ask."""
    call = call_of(request)
    customer_id, email = _for_whom(call.principal, body)
    order_id = new_id()
    key = request.headers.get("idempotency-key")
    check_key(key)
    recipient = email or customer_id or ""
    address = body.shipping_address
    return PlaceOrder(
        id=order_id,
        scope=_scope(call.principal, body),
        key=key if key is not None else f"order:{order_id}",
        fingerprint=request_hash(await request.body()),
        cart_id=await _cart_of(call, body),
        lines=body.pieces(),
        customer_id=customer_id,
        buyer=Buyer(
            email=email or "",
            shipping_address=address.address(recipient),
            billing_address=body.billing_address.address(recipient) if body.billing_address else None,
            sms=body.sms,
        ),
        country=address.country,
        postal_code=address.postal_code,
        shipping_method=body.shipping_method,
        payment_method=body.payment_method.type,
        token=body.payment_method.token or "",
        reference=body.reference,
        metadata=metadata_of(body.metadata),
        expected_total=body.expected_total,
        language=body.language,
        actor=call.principal.actor or "guest",
        trace=call.trace,
    )


async def question_of(request: Request, body: QuoteBody) -> AskQuote:
    """The question of a POST /checkout. Raises Forbidden for a foreign customer's cart."""
    call = call_of(request)
    destination = body.shipping_address
    party = body.billing_address or destination
    return AskQuote(
        principal=call.principal,
        cart_id=await _cart_of(call, body),
        lines=body.pieces(),
        country=destination.country if destination else None,
        postal_code=destination.postal_code if destination else "",
        shipping_method=body.shipping_method,
        payment_method=body.payment_method.type if body.payment_method else None,
        company=party.company if party else "",
        vat_id=party.vat_id if party else "",
    )


def _for_whom(principal: Principal, body: PlaceOrderBody) -> tuple[str | None, str | None]:
    """The customer and the e-mail an order is for."""
    if principal.role == "customer":
        if body.customer_id not in (None, principal.id):
            raise Forbidden("An order is for oneself.")
        return principal.id, body.email
    if principal.role == "anonymous":
        if body.customer_id is not None or body.reference is not None:
            raise Forbidden("customer_id and reference are for staff and services.")
        if body.email is None:
            raise Invalid("A guest's order needs an e-mail address.", field="email")
        return None, body.email
    return body.customer_id or body.cart_of, body.email


async def _cart_of(call: Call, body: BasketBody) -> str | None:
    """The cart that is meant. A customer without an open one has NO_CART: a known key still gets its answer."""
    if body.cart_of is None:
        return body.cart_id
    principal = call.principal
    if principal.owner not in (None, body.cart_of):
        raise Forbidden("An order is for oneself.")
    if principal.is_staff and not principal.may(ORDERS_READ):
        raise Forbidden(f"A customer's cart needs the permission {ORDERS_READ}.")
    cart = await CartingClient(call.service.outbound("carting")).open_cart(body.cart_of)
    return cart.id or NO_CART


def _scope(principal: Principal, body: PlaceOrderBody) -> str:
    """Whose idempotency key it is: the principal's; for guests the cart's, else the e-mail's."""
    if principal.role == "anonymous":
        return f"guest:{body.cart_id or body.email}"
    return principal.actor or ""


def metadata_of(metadata: dict[str, JsonValue] | None) -> str | None:
    """Metadata as it is stored: JSON. Raises Invalid for what is too large or cannot be written."""
    if not metadata:
        return None
    try:
        encoded = msgspec.json.encode(metadata)
    except (UnicodeEncodeError, OverflowError, msgspec.MsgspecError) as error:
        raise Invalid("metadata has text or numbers that JSON cannot keep.", field="metadata") from error
    if len(encoded) > METADATA_BYTES:
        raise Invalid(f"metadata is larger than {METADATA_BYTES} bytes.", field="metadata")
    return encoded.decode()
