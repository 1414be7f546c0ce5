"""What can go wrong with customers and their sessions."""

from datetime import datetime

from comanda.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated


class CustomerNotFound(NotFound):
    """There is no such customer, or it is not the caller."""

    code = "customer-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such customer.")


class AddressNotFound(NotFound):
    """There is no such address in the customer's book."""

    code = "address-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such address.")


class SessionNotFound(NotFound):
    """The token was not made by signing in."""

    code = "session-not-found"

    def __init__(self) -> None:
        super().__init__("This token belongs to no session.")


class WrongCredentials(Unauthenticated):
    """No account has this e-mail and password; which of the two is wrong is not told."""

    code = "wrong-credentials"

    def __init__(self) -> None:
        super().__init__("The e-mail or the password is wrong.")


class WrongPassword(Forbidden):
    """Whoever is signed in does not know the account's password."""

    code = "wrong-password"

    def __init__(self) -> None:
        super().__init__("The present password is wrong.")


class TokenNotGood(Invalid):
    """The token of a mail is unknown, expired or was used before."""

    code = "token-not-good"

    def __init__(self) -> None:
        super().__init__("This link is not good any more: ask for a new one.")


class EmailTaken(Conflict):
    """Somebody else has an account with this e-mail."""

    code = "email-taken"

    def __init__(self) -> None:
        super().__init__("There is an account with this e-mail already.")


class SessionOver(Unauthenticated):
    """The refresh token is unknown, expired, revoked or was used before."""

    code = "session-over"

    def __init__(self) -> None:
        super().__init__("The session is over: sign in again.")


class TooManyAttempts(TooMany):
    """Tried too often, for this account or from this address: to sign in, or to have mails sent."""

    code = "too-many-attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__("That was tried too often. Try again later.", retry_after)


class TooManyAddresses(Conflict):
    """The address book is full."""

    code = "too-many-addresses"

    def __init__(self, most: int) -> None:
        super().__init__(f"A customer has at most {most} addresses.", limit=most)


class UnknownStatus(Invalid):
    """No status has this name."""

    code = "unknown-status"

    def __init__(self, known: list[str]) -> None:
        super().__init__(f"A customer's status is one of: {', '.join(known)}.", known=known)


class CustomerErasedBefore(NotFound):
    """The customer was here, and is forgotten; only staff are told."""

    code = "customer-erased"

    def __init__(self, erased_at: datetime) -> None:
        super().__init__("This customer's personal data was erased.", erased_at=erased_at.isoformat())


class OrdersUnderWay(Conflict):
    """Somebody whose order is under way cannot be forgotten yet."""

    code = "orders-under-way"

    def __init__(self) -> None:
        super().__init__("An order of this customer is under way: a parcel has yet to arrive, or a return to end.")


class StaffNotFound(NotFound):
    """There is no such account of staff."""

    code = "staff-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such member of staff.")


class RoleNotFound(NotFound):
    """There is no such role."""

    code = "role-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such role.")


class UnknownRole(Invalid):
    """No role has this name."""

    code = "unknown-role"

    def __init__(self) -> None:
        super().__init__("One of these roles does not exist.")


class UnknownPermission(Invalid):
    """No permission has this name."""

    code = "unknown-permission"

    def __init__(self, unknown: list[str]) -> None:
        super().__init__(f"There is no permission {', '.join(unknown)}.", unknown=unknown)


class LastAdmin(Conflict):
    """Nobody could manage staff any more."""

    code = "last-admin"

    def __init__(self) -> None:
        super().__init__("This is the last admin who can sign in: make another one before.")


class RoleInUse(Conflict):
    """Somebody has the role."""

    code = "role-in-use"

    def __init__(self) -> None:
        super().__init__("Somebody has this role: take it from them before.")


class AdminIsFixed(Conflict):
    """The role `admin` is always there and may do everything."""

    code = "admin-is-fixed"

    def __init__(self) -> None:
        super().__init__("The role admin cannot be changed.")


class ApiTokenNotFound(NotFound):
    """There is no such API token, or it is not the caller's, or it is not good any more."""

    code = "api-token-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such API token.")


class BeyondOwnRights(Forbidden):
    """An API token would allow more than its creator may."""

    code = "beyond-own-rights"

    def __init__(self) -> None:
        super().__init__("Nobody may hand out more than they have.")


class TooManyApiTokens(Conflict):
    """The account has as many API tokens as it may."""

    code = "too-many-api-tokens"

    def __init__(self, most: int) -> None:
        super().__init__(f"An account has at most {most} API tokens.", limit=most)
