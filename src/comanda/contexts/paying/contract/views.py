"""What paying answers. Amounts are minor units (cents, yen) with their ISO 4217 currency."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from comanda.kernel.money import Money


class PaymentIntentView(BaseModel):
    """What is to be paid for an order, and what became of it. There is one an order, and it has the order's id."""

    id: str
    order_id: str
    customer_id: str | None
    method: Literal["card", "bank_transfer", "on_delivery"]
    status: Literal["created", "outstanding", "captured", "failed", "voided"]
    waits_for: Literal["provider", "payer", "receipt", "stock", "delivery"] | None = Field(
        description="Whom or what an open payment waits for."
    )
    amount: Money
    captured: Money
    refunded: Money
    outstanding: Money
    reason: str | None = Field(description="Why it failed or was voided.")
    deadline: datetime | None
    created_at: datetime
    updated_at: datetime


class PiecesView(BaseModel):
    """Some pieces of one product."""

    sku: str
    quantity: int


class RefundView(BaseModel):
    """Money that goes back. An automatic one that is still pending may become less: what remains when it is called."""

    id: str
    order_id: str
    intent_id: str
    cause: Literal["staff", "return", "undone"]
    status: Literal["pending", "succeeded", "failed", "canceled", "settled"] = Field(
        description="failed: the provider refused, staff have to see to it; canceled: nothing was left to send back;"
        " settled: staff paid it by other means."
    )
    amount: Money
    reason: str
    problem: str | None = Field(description="Why the provider refused, or how staff settled it.")
    tries: int
    lines: list[PiecesView]
    restock: list[PiecesView]
    created_at: datetime
    updated_at: datetime


class WebhookView(BaseModel):
    """Where a provider sends its webhooks, and what it signs them with (Standard Webhooks)."""

    provider: str
    path: str
    secret: str


class AcceptedView(BaseModel):
    """A webhook was taken in."""

    accepted: bool


class PaymentMismatchView(BaseModel):
    """Where the provider's own list and a payment disagree. `healed`: money that was missed is taken over now."""

    intent_id: str
    problem: str
    healed: bool


class ComparisonView(BaseModel):
    """A piece of the comparison with the provider's own list. `next_cursor` is null after its last charge."""

    compared: int
    mismatches: list[PaymentMismatchView]
    next_cursor: str | None
