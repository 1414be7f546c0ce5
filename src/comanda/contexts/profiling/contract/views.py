"""Customers, their addresses and sessions as others see them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class CustomerView(BaseModel):
    """A customer."""

    id: str
    email: str
    name: str
    phone: str
    language: str
    status: str = Field(description="standard, vip, or another word from the setting profiling.statuses")
    created_at: datetime
    updated_at: datetime


class AddressView(BaseModel):
    """An address in a customer's book. At most one is the default for shipping, and one for billing."""

    id: str
    recipient: str
    street: str
    number: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str = Field(description="ISO 3166 alpha-2")
    phone: str
    company: str
    vat_id: str
    default_shipping: bool
    default_billing: bool
    created_at: datetime
    updated_at: datetime


class SessionView(BaseModel):
    """What somebody who has signed in gets. The refresh token works once; it is answered with the next one."""

    access_token: str
    token_type: str = "Bearer"
    expires_in: int = Field(description="Seconds for which the access token is good.")
    refresh_token: str


class OpenSessionView(BaseModel):
    """A place where one is signed in."""

    id: str
    user_agent: str = Field(description="What the device or program called itself when it signed in.")
    created_at: datetime
    last_used_at: datetime = Field(description="When it last got tokens.")
    expires_at: datetime
    current: bool = Field(description="Whether this is the session that asks.")


class EndedSessionsView(BaseModel):
    """How many sessions have ended. Their access tokens end within minutes, their refresh tokens have ended."""

    ended: int


class MailUnderwayView(BaseModel):
    """A mail goes out, if there is somebody to get it: this is the answer in any case."""

    status: Literal["accepted"] = "accepted"
    valid_minutes: int = Field(default=60, description="Minutes for which the link of the mail is good.")


class SigningKeyView(BaseModel):
    """A key that tokens are verified with."""

    kid: str
    created_at: datetime
    signs_from: datetime = Field(description="It signs from then until the next one does.")
    trusted_until: datetime | None = Field(description="null for the newest; else when its last token has ended.")
    signs: bool = Field(description="Whether it is the one that signs now.")


KEPT = (
    "Invoices and credit notes that were issued keep the buyer's name and address for the years that the law asks for"
    " (setting billing.retention_years); orders keep their lines, totals and country."
)


class ErasureView(BaseModel):
    """A customer who was erased. Services forget one after the other, within seconds."""

    customer_id: str
    erased_at: datetime
    kept: str = Field(default=KEPT, description="What stays, and for how long.")


class StaffView(BaseModel):
    """An account of staff."""

    id: str
    email: str
    name: str
    roles: list[str]
    disabled: bool = Field(description="Nobody signs in with it; sessions have ended, access tokens within minutes.")
    password_change_due: bool = Field(description="The password was given by somebody else.")
    created_at: datetime
    updated_at: datetime


class PasswordView(BaseModel):
    """The random password of an account, where no other was given. It is shown this once."""

    one_time_password: str | None


class NewStaffView(StaffView, PasswordView):
    """A new account."""


class RoleView(BaseModel):
    """A named set of permissions."""

    name: str
    description: str
    permissions: list[str] = Field(description="`*` is all of them.")
    created_at: datetime
    updated_at: datetime


class PermissionView(BaseModel):
    """Something that staff may be allowed to do."""

    name: str
    description: str


class ApiTokenView(BaseModel):
    """An API token, but for the token itself."""

    id: str
    owner: str = Field(description="The account that it stands for.")
    name: str
    role: Literal["customer", "staff", "admin"]
    permissions: list[str] = Field(description="What it may, of that what its owner may. `*` is all of that.")
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")


class NewApiTokenView(ApiTokenView):
    """A new API token: sent as `Authorization: Bearer TOKEN`."""

    token: str = Field(description="It is shown this once, and kept as a hash only.")


class ApiTokenOwnerView(BaseModel):
    """Who an API token stands for."""

    role: Literal["customer", "staff", "admin"]
    id: str
    permissions: list[str]
