"""What administering answers."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

SellerStatus = Literal["active", "suspended"]


class SellerView(BaseModel):
    """Somebody whose products the shop offers. `reason` says why a suspended one is. `version` counts the changes."""

    id: str
    name: str
    email: str
    description: str
    status: SellerStatus
    reason: str
    version: int
    created_at: datetime
    updated_at: datetime


class SettingView(BaseModel):
    """A system setting: its present value, and what may be put in its place.

    `type` is bool, int, str or list[str]. `changed_at` is null as long as the default holds.
    """

    name: str
    type: str
    value: Any
    default: Any
    description: str
    choices: list[str]
    minimum: int | None
    maximum: int | None
    changed_by: str | None
    changed_at: datetime | None


class AuditEntryView(BaseModel):
    """Something that staff did: who, when, which event it caused, about what. No personal data."""

    id: int
    time: datetime
    actor: str
    type: str
    subject: str
    trace: str
    details: dict[str, Any]
