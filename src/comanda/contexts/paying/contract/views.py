"""What paying answers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class MoneyView(BaseModel):
    """An amount in minor units (cents, yen) and its ISO 4217 currency."""

    amount: int
    currency: str


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
    amount: MoneyView
    captured: MoneyView
    refunded: MoneyView
    outstanding: MoneyView
    reason: str | None = Field(description="Why it failed or was voided.")
    deadline: datetime | None
    created_at: datetime
    updated_at: datetime
