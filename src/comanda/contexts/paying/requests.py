"""What requests to paying carry."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from comanda.contexts.paying.open_payment import OpenPayment
from comanda.contexts.paying.refund_payment import RefundPayment
from comanda.kernel.goods import Pieces
from comanda.platform.http.fields import Body, Line, MoneyBody, Quantity, ShortText, Sku

MOST_LINES = 200


def _an_id(text: str) -> str:
    return str(UUID(text))


Id = Annotated[
    str, StringConstraints(max_length=36), AfterValidator(_an_id), Field(json_schema_extra={"format": "uuid"})
]


class OpenPaymentBody(Body):
    """A payment for an order that has none. `token` is the provider's word for a card, never its number."""

    order_id: Id
    amount: MoneyBody
    method: Literal["card", "bank_transfer", "on_delivery"] = "card"
    token: Annotated[str, StringConstraints(max_length=200, pattern=r"^tok_[A-Za-z0-9_]+$")] | None = None
    customer_id: ShortText | None = None

    @model_validator(mode="after")
    def _only_a_card_has_a_token(self) -> "OpenPaymentBody":
        if self.method != "card" and self.token is not None:
            raise ValueError("only a card has a token")
        return self

    def command(self) -> OpenPayment:
        """As a command; a card without a token is the built-in provider's approving one."""
        return OpenPayment(
            order_id=self.order_id,
            amount=self.amount.money(),
            method=self.method,
            token=self.token or ("tok_approved" if self.method == "card" else ""),
            customer_id=self.customer_id,
        )


class PiecesBody(Body):
    """Some pieces of one product."""

    sku: Sku
    quantity: Quantity


class RefundBody(Body):
    """What goes back: an amount, or what some lines cost, or (neither) all that is left.

    `restock`: true puts the lines (without lines: all that is not refunded yet) back on the shelf; a list puts those.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "0198c0de-7a3b-7c4d-8e5f-60718293a4b5",
                    "lines": [{"sku": "MUG-01", "quantity": 1}],
                    "reason": "one mug was broken",
                }
            ]
        }
    )

    order_id: Id | None = None
    intent_id: Id | None = None
    amount: MoneyBody | None = None
    lines: Annotated[list[PiecesBody], Field(min_length=1, max_length=MOST_LINES)] | None = None
    reason: Line
    restock: bool | Annotated[list[PiecesBody], Field(max_length=MOST_LINES)] = False

    @model_validator(mode="after")
    def _one_payment_one_measure(self) -> "RefundBody":
        if (self.order_id is None) == (self.intent_id is None):
            raise ValueError("give either order_id or intent_id")
        if self.amount is not None and self.lines is not None:
            raise ValueError("give either amount or lines")
        if self.amount is not None and self.amount.amount == 0:
            raise ValueError("the amount is at least 1")
        if self.amount is not None and self.restock is True:
            raise ValueError("with an amount, restock lists the pieces")
        return self

    def command(self) -> RefundPayment:
        """As a command."""
        restock = self.restock if isinstance(self.restock, list) else []
        return RefundPayment(
            order_id=self.order_id or self.intent_id or "",
            amount=self.amount.money() if self.amount else None,
            lines=_pieces(self.lines or []),
            restock=_pieces(restock),
            restock_all=self.restock is True,
            reason=self.reason,
        )


class ComparisonBody(Body):
    """Which piece of the provider's list to compare, and whether to heal what can be healed."""

    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None
    heal: bool = False


class SettleBody(Body):
    """How a refund that the provider refused was paid."""

    note: Line


def _pieces(bodies: list[PiecesBody]) -> tuple[Pieces, ...]:
    return tuple(Pieces(sku=body.sku, quantity=body.quantity) for body in bodies)
