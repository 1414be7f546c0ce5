"""What profiling publishes. The subject is the customer's id."""

import msgspec

from comanda.kernel.event import Event


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to reach a customer: personal data, kept apart from the event's data."""

    email: str
    name: str = ""
    phone: str = ""


class CustomerRegistered(Event, version=1, subject="customer_id"):
    """Someone made an account."""

    customer_id: str
    language: str = "en"
    personal: Contact | None = None

    @property
    def person(self) -> str:
        """The customer."""
        return self.customer_id


class RegistrationRepeated(Event, version=1, subject="customer_id"):
    """Someone tried to make an account with the e-mail of this customer, who gets a mail about it; nothing changed."""

    customer_id: str
    language: str = "en"
    personal: Contact | None = None

    @property
    def person(self) -> str:
        """The customer."""
        return self.customer_id


class CustomerStatusChanged(Event, version=1, subject="customer_id"):
    """Staff changed a customer's status: standard, vip …"""

    customer_id: str
    status: str
    previous: str


class CustomerErased(Event, version=1, subject="customer_id"):
    """The customer's personal data is to go everywhere; a tombstone stays."""

    customer_id: str


class PasswordResetRequested(Event, version=1, subject="customer_id"):
    """Someone asked for a new password; the owner of the address gets a link."""

    customer_id: str
    token_id: str
    language: str = "en"
    personal: Contact | None = None

    @property
    def person(self) -> str:
        """The customer."""
        return self.customer_id
