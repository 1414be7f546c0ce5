"""What profiling publishes. The subject is the customer's id."""

from datetime import datetime

import msgspec

from comanda.kernel.event import Event


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to reach a customer: personal data, kept apart from the event's data.

    `token` is what a mail to this address carries: whoever reads that mail, and only they, may use it, once.
    """

    email: str
    name: str = ""
    phone: str = ""
    token: str = ""


class EmailChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The e-mail from now on and the one before; the token is in the mail that goes to the new one."""

    email: str
    previous: str
    name: str = ""
    token: str = ""


class CustomerRegistered(Event, version=1, subject="customer_id", person="customer_id"):
    """Someone made an account."""

    customer_id: str
    language: str = "en"
    personal: Contact | None = None


class RegistrationRepeated(Event, version=1, subject="customer_id", person="customer_id"):
    """Someone tried to make an account with the e-mail of this customer, who gets a mail about it; nothing changed."""

    customer_id: str
    language: str = "en"
    personal: Contact | None = None


class CustomerStatusChanged(Event, version=1, subject="customer_id"):
    """Staff changed a customer's status: standard, vip …"""

    customer_id: str
    status: str
    previous: str


class CustomerErased(Event, version=1, subject="customer_id", person="customer_id"):
    """The customer's personal data is to go everywhere; a tombstone stays."""

    customer_id: str


class PasswordResetRequested(Event, version=1, subject="customer_id", person="customer_id"):
    """Someone asked for a new password; the owner of the address gets a link."""

    customer_id: str
    token_id: str
    language: str = "en"
    personal: Contact | None = None


class PasswordChanged(Event, version=1, subject="customer_id", person="customer_id"):
    """A customer has another password, and all other sessions of theirs have ended."""

    customer_id: str
    change_id: str
    language: str = "en"
    personal: Contact | None = None


class EmailChangeRequested(Event, version=1, subject="customer_id", person="customer_id"):
    """A customer wants another e-mail; it is theirs once its owner has followed the link that is sent there."""

    customer_id: str
    change_id: str
    language: str = "en"
    personal: EmailChange | None = None


class CustomerEmailChanged(Event, version=1, subject="customer_id", person="customer_id"):
    """A customer has another e-mail, confirmed by its owner."""

    customer_id: str
    change_id: str
    language: str = "en"
    personal: EmailChange | None = None


class SigningKeyAdded(Event, version=1, subject="kid"):
    """There is another key that tokens are signed with; `revoked_others`: no other is trusted from now on."""

    kid: str
    revoked_others: bool = False


class SessionsEnded(Event, version=1, subject="owner_id"):
    """Somebody signed an account out everywhere: its owner, or staff for them. `owner` is its role."""

    owner_id: str
    owner: str
    sessions: int


class StaffAdded(Event, version=1, subject="staff_id"):
    """Somebody has an account of staff."""

    staff_id: str
    roles: list[str]


class StaffChanged(Event, version=1, subject="staff_id"):
    """An account of staff has other roles, was closed or opened again."""

    staff_id: str
    roles: list[str]
    disabled: bool = False


class StaffPasswordSet(Event, version=1, subject="staff_id"):
    """An account of staff has another password, chosen by its owner or given by an admin: the actor tells."""

    staff_id: str


class StaffRemoved(Event, version=1, subject="staff_id"):
    """An account of staff is gone."""

    staff_id: str


class RoleDefined(Event, version=1, subject="role"):
    """A role of staff is new, or has other permissions than before (`previous`)."""

    role: str
    permissions: list[str]
    previous: list[str] = msgspec.field(default_factory=list)


class RoleRemoved(Event, version=1, subject="role"):
    """A role of staff is gone."""

    role: str


class ApiTokenAdded(Event, version=1, subject="token_id"):
    """Somebody has made an API token for a program."""

    token_id: str
    owner_id: str
    role: str
    permissions: list[str]
    expires_at: datetime


class ApiTokenRevoked(Event, version=1, subject="token_id"):
    """An API token is not good any more."""

    token_id: str
    owner_id: str
