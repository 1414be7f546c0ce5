"""What profiling's routes take."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from comanda.platform.http.fields import AddressBody, Body, Email, OptionalLine, Phone, Printable, ShortText

SHORTEST_PASSWORD = 8
"""NIST SP 800-63B."""

LONGEST_PASSWORD = 200

NewPassword = Annotated[str, StringConstraints(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD), Printable]

Language = Literal["en", "fr", "pt"]


class NewCustomer(Body):
    """Somebody who wants an account."""

    email: Email
    password: NewPassword
    name: OptionalLine = ""
    phone: Phone = ""
    language: Language = "en"


class CustomerChanges(Body):
    """What is to be different; what is not named stays."""

    name: OptionalLine = ""
    phone: Phone = ""
    language: Language = "en"


class NewStatus(Body):
    """The status that staff give a customer."""

    status: ShortText


class Credentials(Body):
    """Who wants to sign in."""

    email: Email
    password: Annotated[str, StringConstraints(max_length=LONGEST_PASSWORD), Printable]


Secret = Annotated[str, StringConstraints(min_length=1, max_length=200), Printable]


class LostPassword(Body):
    """Whose password is lost."""

    email: Email


class PasswordByMail(Body):
    """The token of the mail, and the password from now on."""

    token: Secret
    password: NewPassword


class OtherPassword(Body):
    """The present password and the one from now on."""

    password: Annotated[str, StringConstraints(max_length=LONGEST_PASSWORD), Printable]
    new_password: NewPassword


class NewEmail(Body):
    """The e-mail to change to, and the present password."""

    email: Email
    password: Annotated[str, StringConstraints(max_length=LONGEST_PASSWORD), Printable]


class EmailToConfirm(Body):
    """The token of the mail."""

    token: Secret


class NewSigningKey(Body):
    """How the new key takes over."""

    revoke_others: bool = Field(
        default=False, description="The other keys have become known: no token that they have signed is good any more."
    )


class RefreshToken(Body):
    """The newest refresh token of a session."""

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=200), Printable]


class CustomerAddressBody(AddressBody):
    """An address for the book."""

    default_shipping: bool = Field(default=False, description="Parcels go here unless said otherwise.")
    default_billing: bool = Field(default=False, description="Invoices are made out to this address.")


RoleNames = Annotated[list[ShortText], Field(max_length=50)]


class NewStaff(Body):
    """Somebody who is to work here."""

    email: Email
    name: OptionalLine = ""
    roles: RoleNames = Field(default_factory=list)
    password: NewPassword | None = Field(default=None, description="null: a random one is made.")


class StaffChanges(Body):
    """What is to be different; what is not named stays."""

    name: OptionalLine = ""
    roles: RoleNames = Field(default_factory=list)
    disabled: bool = False


class StaffPassword(Body):
    """Somebody's password from now on."""

    password: NewPassword | None = Field(default=None, description="null: a random one is made.")


class RoleBody(Body):
    """What a role allows."""

    description: OptionalLine = ""
    permissions: Annotated[list[ShortText], Field(max_length=200, examples=[["orders.read", "customers.read"]])]


class NewApiToken(Body):
    """What a program is to be allowed."""

    name: ShortText
    role: Literal["customer", "staff", "admin"] | None = Field(default=None, description="null: one's own, or staff.")
    permissions: Annotated[list[ShortText], Field(max_length=200)] = Field(
        default_factory=list, description="For staff: some of one's own; `*` is all of them."
    )
    expires_in_days: int = Field(default=90, ge=1, le=365)


class ApiTokenChanges(Body):
    """Another name."""

    name: ShortText


class ShownApiToken(Body):
    """A token that somebody has shown."""

    token: Secret
