"""Customers, their addresses and sessions as others see them."""

from datetime import datetime

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
