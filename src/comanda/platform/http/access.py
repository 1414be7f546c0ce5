"""Authorization as a table: every route of a service has a row that says who may call it."""

from dataclasses import dataclass, replace

from comanda.kernel.errors import Forbidden, Unauthenticated
from comanda.kernel.permissions import PERMISSIONS
from comanda.platform.auth import Principal, Role


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a route. `permission` narrows staff: it is one of kernel.permissions. `owner`: customers and guests
    see their own objects only, which the route's SQL holds to; the others' answer like missing ones. `session`: it is
    done signed in, with the token of a session, not with one that was made otherwise.
    """

    roles: frozenset[Role]
    permission: str | None = None
    owner: bool = False
    session: bool = False

    def __post_init__(self) -> None:
        """Raises LookupError for a permission that there is not."""
        if self.permission is not None and self.permission not in PERMISSIONS:
            raise LookupError(f"{self.permission} is no permission")

    def and_staff(self, permission: str) -> "Access":
        """The same, but of staff only those with a permission: `SIGNED_IN_OWNER.and_staff(ORDERS_READ)`."""
        return replace(self, permission=permission)

    def check(self, principal: Principal) -> None:
        """Raises Unauthenticated without a token where one is needed, Forbidden for a wrong role or permission."""
        if principal.role not in self.roles:
            if principal.role == "anonymous":
                raise Unauthenticated("This needs a bearer token.")
            raise Forbidden(f"A {principal.role} may not do this.")
        if self.permission and principal.role == "staff" and not principal.may(self.permission):
            raise Forbidden(f"This needs the permission {self.permission}.")
        if self.session and principal.session is None:
            raise Forbidden("This is done signed in, with the token of a session.")


ANYONE = Access(frozenset({"anonymous", "customer", "staff", "admin", "service"}))
"""Everybody, with or without a token."""

SIGNED_IN = Access(frozenset({"customer", "staff", "admin", "service"}))
"""Whoever has a token."""

OWNER = Access(frozenset({"anonymous", "customer", "staff", "admin", "service"}), owner=True)
"""Customers their own objects, guests those they hold a capability for, staff and services all."""

SIGNED_IN_OWNER = Access(frozenset({"customer", "staff", "admin", "service"}), owner=True)
"""Customers their own objects, staff and services all; no guests."""

CUSTOMER = Access(frozenset({"customer"}), owner=True)
"""Customers, about themselves."""

SESSION = Access(frozenset({"customer", "staff", "admin"}), owner=True, session=True)
"""Whoever has signed in, about themselves."""

STAFF_SESSION = Access(frozenset({"staff", "admin"}), owner=True, session=True)
"""Staff who have signed in, about themselves."""

SERVICE = Access(frozenset({"service", "admin"}))
"""Our own services."""

ADMIN = Access(frozenset({"admin"}))
"""Admins."""


def staff(permission: str | None = None) -> Access:
    """Staff, narrowed to those with a permission; admins and services always."""
    return Access(frozenset({"staff", "admin", "service"}), permission)


AccessTable = dict[str, Access]
"""`"POST /stock/{sku}/adjustments"` → who may call it."""
