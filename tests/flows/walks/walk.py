"""Who walks, past which doors, and what the table says of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from comanda.kernel.permissions import ORDERS_READ, PERMISSIONS
from comanda.platform.auth import ANONYMOUS, Principal
from comanda.runtime.dialects import DIALECTS
from tests.flows.walks.bodies import body_for
from tests.flows.walks.objects import OWNED, Objects, values_for
from tests.support.routes import Door, Reply, Route, call, doors_of, routes_of
from tests.support.services import ADMIN, SERVICE
from tests.support.shop import Shop

BY_BODY = frozenset(
    {
        *("ordering POST /orders", "ordering POST /checkout", "ordering POST /returns"),
        *("checkout POST /checkout", "checkout POST /order"),
    }
)
"""Routes that name somebody, or their cart or order, in the body."""

DIALECT_NAMES = frozenset(dialect.name for dialect in DIALECTS)

BAD_TOKENS = ("Bearer nonsense", "Bearer a.b.c", "Basic dTpw", "Bearer ")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at a door, and what they show. Without a principal, the headers say who it is."""

    name: str
    principal: Principal | None
    headers: Mapping[str, str] = field(default_factory=dict)


class Walk:
    """A shop with one of everything in it, all its routes, and a count of the cells that were looked at."""

    def __init__(self, shop: Shop, objects: Objects) -> None:
        self.shop = shop
        self.objects = objects
        self.doors: dict[str, Door] = doors_of(shop.services.process)
        self.routes = [route for name, door in self.doors.items() for route in routes_of(name, door.app)]
        self.cells: Counter[str] = Counter()
        self.visited: set[tuple[str, str]] = set()
        self.unknown = {route.name for route in self.routes if not {*route.parameters} <= objects.known}

    async def ask(self, route: Route, caller: Caller, names: Mapping[str, str], cell: str = "") -> Reply:
        """One request at a route, about the objects that `names` names."""
        if cell:
            self.cells[cell] += 1
            self.visited.add((route.name, caller.name))
        return await call(
            self.doors[route.service].edge,
            route.method,
            route.at(values_for(route, names, self.objects.letters)),
            principal=caller.principal,
            json=body_for(route, names, caller.principal),
            query=_query(route, names),
            headers=caller.headers,
        )

    async def log_end(self) -> int:
        """The position of the last event, once all is done that was begun."""
        await self.shop.settled()
        async with self.shop.sql() as connection:
            end: int = await connection.fetchval("select coalesce(max(position), 0) from messaging.log")
        return end


def _query(route: Route, names: Mapping[str, str]) -> dict[str, str]:
    """Lists are asked for one order's, so that a leak would show."""
    if route.method != "GET" or route.parameters:
        return {}
    described = route.document["paths"][route.path]["get"].get("parameters", ())
    return {one["name"]: names["order_id"] for one in described if one["name"] == "order_id"}


def staff(*permissions: str) -> Principal:
    """Staff who may do these things only."""
    return Principal("staff", "walker", frozenset(permissions))


def everybody(route: Route, objects: Objects) -> Iterator[Caller]:
    """Everybody whom a row tells apart."""
    needed = route.access.permission
    enough = [needed] if needed else []
    if route.service in DIALECT_NAMES:  # which look at an order before they write it
        enough.append(ORDERS_READ)
    yield Caller("guest", ANONYMOUS)
    yield Caller("guest with an order's token", ANONYMOUS, {"Order-Token": objects.token})
    yield Caller("customer", objects.owner)
    yield Caller("other customer", objects.other)
    yield Caller("staff with the permission", staff(*enough))
    yield Caller("staff with all other permissions", staff(*(set(PERMISSIONS) - {needed})))
    yield Caller("staff with all permissions", staff("*"))
    yield Caller("admin", ADMIN)
    yield Caller("service", SERVICE)
    if route.access.session:
        if "token_id" not in route.parameters:  # the API token is staff's
            yield Caller("customer who has signed in", objects.signed_in(objects.owner))
        yield Caller("admin who has signed in", objects.signed_in(ADMIN))


def strangers(objects: Objects) -> Iterator[tuple[Caller, Mapping[str, str]]]:
    """Everybody who asks for what is not theirs, and for what they ask."""
    shows = {"Order-Token": objects.token}
    yield Caller("other customer", objects.other), objects.of_customer
    yield Caller("guest", ANONYMOUS), objects.of_customer
    yield Caller("guest with another order's token", ANONYMOUS, shows), objects.of_customer
    yield Caller("guest with a wrong token", ANONYMOUS, {"Order-Token": "wrong"}), objects.of_customer
    yield Caller("customer with a guest's token", objects.other, shows), objects.of_customer
    yield Caller("guest with half a token", ANONYMOUS, {"Order-Token": objects.token[:-1]}), objects.of_guest
    yield Caller("guest without a token", ANONYMOUS), objects.of_guest
    yield Caller("customer at a guest's", objects.owner), objects.of_guest


def refusal(route: Route, caller: Caller) -> int | None:
    """401 or 403 where the table refuses the caller; None where it lets them in."""
    who = caller.principal
    assert who is not None
    if who.role not in route.access.roles:
        return 401 if who.role == "anonymous" else 403
    if route.access.session and who.session is None:
        return 403
    permission = route.access.permission
    if who.role == "staff" and permission and not ({"*", permission} & who.permissions):
        return 403
    return None


def names_something_owned(route: Route) -> bool:
    """Whether a request names something of somebody's: in the path, or in the body."""
    papers = route.service == "billing" and "number" in route.parameters
    in_other_words = bool({"id", "orderId", "userId"} & {*route.parameters})
    return papers or in_other_words or route.name in BY_BODY or bool(OWNED & {*route.parameters})


def is_foreign(route: Route, names: Mapping[str, str], objects: Objects) -> bool:
    """Whether what the route names is a stranger's: a guest's cart is anybody's who knows its id."""
    if names is objects.of_customer:
        return True
    return "order_id" in route.parameters or route.name == "ordering POST /returns"
