"""One of everything in a shop: what a customer has, what a guest has, what belongs to the shop, what does not exist."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from comanda.kernel.ids import new_id
from comanda.messaging.log import Connection
from comanda.platform.auth import ANONYMOUS, Principal
from tests.flows.walks.bodies import PASSWORD
from tests.support.routes import Route
from tests.support.services import ADMIN, customer
from tests.support.shop import ADDRESS, Shop

OWNED = frozenset(
    {
        *(
            "customer_id",
            "customer",
            "address_id",
            "cart_id",
            "order_id",
            "order_number",
            "return_id",
            "intent_id",
            "refund_id",
        ),
        *("invoice", "credit_note", "shipment_id"),
    }
)
"""Parameters that name what belongs to somebody; the others name what belongs to the shop."""

SECRET_STREET = "Rua Secreta da Ada"
"""Where the customer lives: it must not show in any answer to others."""

_FOREIGN_LETTER = """
    insert into messaging.dead_letters
        (consumer, era, position, type, subject, time, trace, actor, data, personal, reason)
    select consumer, era, position, type, subject, time, trace, actor, data::text, personal::text, 'for the walk'
    from messaging.log
    cross join unnest($1::text[]) as consumer
    where position = (select max(position) from messaging.log)
    returning consumer, id
"""


@dataclass(frozen=True, slots=True)
class Objects:
    """Names in paths, bodies and queries, and what they stand for."""

    owner: Principal
    other: Principal
    token: str
    of_customer: Mapping[str, str]
    of_guest: Mapping[str, str]
    letters: Mapping[str, str]

    def missing(self) -> dict[str, str]:
        """The same names for what nobody has."""
        gone = {name: new_id() for name in OWNED if name in self.of_customer}
        gone |= {"order_number": "999999999", "invoice": "INV-1999-000001", "credit_note": "CN-1999-000001"}
        gone["cart_id"] = new_id() if len(self.of_customer["cart_id"]) == 36 else "0" * len(self.of_customer["cart_id"])
        return _in_other_words({**self.of_customer, **gone})

    def signed_in(self, who: Principal) -> Principal:
        """The same with a session; staff are the ones who have an account."""
        return replace(who, id=self.of_customer["staff_id"] if who.is_staff else who.id, session="of-the-walk")

    @property
    def known(self) -> set[str]:
        """The parameters that stand for something."""
        return {*self.of_customer, "letter_id", "number", "name", "id", "status"}

    @property
    def markers(self) -> tuple[bytes, ...]:
        """What shows that something of the customer's has got out."""
        ours = (self.of_customer[name] for name in OWNED - {"order_number"} if name in self.of_customer)
        return (*(text.encode() for text in ours), SECRET_STREET.encode())


_OF_RECORDED = frozenset({"ordering PATCH /orders/{order_id}", "ordering DELETE /orders/{order_id}"})
"""Routes of staff that are about recorded orders."""


_IDS = {"commandes": "recorded_number", "pedidos": "order_number"}
"""What `{id}` is in a dialect, if not the order's id."""


def values_for(route: Route, names: Mapping[str, str], letters: Mapping[str, str]) -> dict[str, str]:
    """What the parameters of a route's path stand for."""
    values = {**names, "letter_id": letters.get(route.service, "")}
    if route.name in _OF_RECORDED:
        values["order_id"] = names["recorded_id"]
    values["id"] = names[_IDS.get(route.service, "order_id")]
    if route.service == "commandes":
        values |= {"order_id": names["recorded_id"], "customer_id": "nobody", "status": "pending"}
    values["name"] = names["setting"] if route.service == "administering" else names["template"]
    if "credit-notes" in route.path:
        values["number"] = names["credit_note"]
    elif "invoices" in route.path:
        values["number"] = names["invoice"]
    else:
        values["number"] = names["tracking_number"]
    return values


async def make_objects(shop: Shop) -> Objects:
    """Two customers and a guest; an order, a cart and all that comes of them for one customer and for the guest."""
    ada, bob = [await _registered(shop, name) for name in ("ada", "bob")]
    sku = await shop.product(100)
    of_shop = await _of_shop(shop, sku)
    theirs = await _of_buyer(shop, sku, customer(ada))
    address = {**ADDRESS, "street": SECRET_STREET}
    kept = await shop.post("profiling", f"/customers/{ada}/addresses", address, by=customer(ada))
    theirs |= {"customer_id": ada, "customer": ada, "address_id": kept["id"]}
    guests = await _of_buyer(shop, sku, ANONYMOUS)
    async with shop.sql() as connection:
        letters = await _letters(connection, list(shop.services.process.services))
    return Objects(
        owner=customer(ada),
        other=customer(bob),
        token=guests.pop("token"),
        of_customer=_in_other_words({**of_shop, **theirs}),
        of_guest=_in_other_words({**of_shop, **theirs, **guests}),
        letters=letters,
    )


def _in_other_words(names: dict[str, str]) -> dict[str, str]:
    """With the words of dialects."""
    return {**names, "orderId": names["order_id"], "userId": names["customer_id"]}


async def _registered(shop: Shop, name: str) -> str:
    person = {"email": f"{name}.of.the.walk@example.org", "password": PASSWORD}
    await shop.post("profiling", "/customers", person, by=ANONYMOUS)
    listed = await shop.services.call("profiling", ADMIN)("GET", "/customers", query={"query": person["email"]})
    (found,) = listed.json()["items"]
    identity: str = found["id"]
    return identity


async def _of_buyer(shop: Shop, sku: str, by: Principal) -> dict[str, str]:
    """What comes of an order that was delivered, partly sent back and partly refunded; and an open cart."""
    address = {**ADDRESS, "street": SECRET_STREET} if by.id else ADDRESS
    placed = await shop.order({sku: 3}, by=by, shipping_address=address, email=f"{by.id or 'guest'}@example.org")
    order_id = placed["id"]
    await shop.until(order_id, "completed")
    for move in ("dispatch", "deliver"):
        assert (await shop.move_parcel(order_id, move)).status == 200
    await shop.until_it(order_id, lambda order: order["fulfillment"]["status"] == "delivered")
    back = await shop.post(
        "ordering", "/returns", {"order_id": order_id, "lines": [{"sku": sku, "quantity": 1}], "reason": "too small"}
    )
    refund = await shop.post(
        "paying", "/refunds", {"order_id": order_id, "amount": {"amount": 5, "currency": "EUR"}, "reason": "kindness"}
    )
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "partially_refunded")
    await shop.settled()
    cart = await shop.post("carting", "/carts", {"items": [{"sku": sku, "quantity": 1}]}, by=by)
    parcel = await shop.shipment(order_id)
    (note,) = await shop.items("billing", "/credit-notes", order_id)
    told = await shop.items("notifying", "/notifications", order_id)
    return {
        "order_id": order_id,
        "order_number": str(placed["number"]),
        "token": placed.get("access_token") or "",
        "return_id": back["id"],
        "cart_id": cart["id"],
        "intent_id": order_id,
        "refund_id": refund["id"],
        "invoice": (await shop.invoice(order_id))["number"],
        "credit_note": note["number"],
        "shipment_id": parcel["id"],
        "tracking_number": parcel["tracking_number"],
        "notification_id": next(message["id"] for message in told if message["status"] == "sent"),
    }


async def _of_shop(shop: Shop, sku: str) -> dict[str, str]:
    """What belongs to nobody in particular."""
    await shop.services.call("profiling", ADMIN)("PUT", "/roles/walkers", {"permissions": ["orders.read"]})
    member = await shop.post("profiling", "/staff", {"email": "eve@comanda.example"}, by=ADMIN)
    signed_in = Principal("admin", member["id"], session=new_id())
    token = await shop.post("profiling", "/api-tokens", {"name": "Of the walk"}, by=signed_in)
    seller = await shop.post("administering", "/sellers", {"name": "A seller of the walk"})
    category = await shop.post("cataloging", "/categories", {"slug": "of-the-walk", "name": "Of the walk"})
    reserved = await shop.post("stocking", "/reservations", {"lines": [{"sku": sku, "quantity": 1}]})
    recorded = await shop.post("ordering", "/orders/recorded", {"currency": "EUR", "total": 1})
    return {
        "email": "ada.of.the.walk@example.org",
        "recorded_id": recorded["id"],
        "recorded_number": str(recorded["number"]),
        "sku": sku,
        "seller_id": seller["id"],
        "slug": category["slug"],
        "reservation_id": reserved["id"],
        "task_id": new_id(),
        "session_id": new_id(),
        "staff_id": member["id"],
        "token_id": token["id"],
        "role": "walkers",
        "code": "parcel",
        "provider": "built-in",
        "channel": "email",
        "language": "en",
        "template": "confirmed",
        "setting": "stocking.low_stock_threshold",
    }


async def _letters(connection: Connection, consumers: list[str]) -> dict[str, str]:
    """A letter for each service, as if its consumer could not have handled the last event."""
    rows = await connection.fetch(_FOREIGN_LETTER, consumers)
    return {row["consumer"]: row["id"] for row in rows}
