"""Bodies for the walk: what the documents say, with the objects of the shop in place of the examples'."""

from collections.abc import Callable, Mapping
from typing import Any

from comanda.kernel.ids import new_id
from comanda.platform.auth import Principal
from tests.support.routes import Route
from tests.support.samples import sample_body
from tests.support.shop import ADDRESS

Names = Mapping[str, str]

PASSWORD = "correct horse battery staple"


def body_for(route: Route, names: Names, by: Principal | None) -> Any:
    """A body that is valid and speaks of the objects that `names` names; None when the route takes none."""
    if route.name == "carting POST /carts/{cart_id}/merge" and by is not None and by.is_staff:
        return {"customer_id": names["customer_id"]}
    special = _SPECIAL.get(route.name)
    if special is not None:
        return special(names)
    return _named(sample_body(route.document, route.method, route.path), names)


def _named(value: Any, names: Names) -> Any:
    """The value with the names of what there is in the members that are called so."""
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: names[name] if isinstance(one, str) and name in names else _named(one, names)
        for name, one in value.items()
    }


def _lines(names: Names) -> list[dict[str, Any]]:
    return [{"sku": names["sku"], "quantity": 1}]


def _order(names: Names) -> dict[str, Any]:
    return {
        "cart_id": names["cart_id"],
        "email": "walker@example.org",
        "shipping_address": ADDRESS,
        "payment_method": {"type": "card"},
    }


def _pedido(names: Names) -> dict[str, Any]:
    address = {"street": "Rua Exemplo", "city": "Lisboa", "country": "Portugal", "zipcode": "1000-001"}
    return {"itens": [{"id": names["sku"], "quantity": 1}], "delivery": {"address": address}}


def _refund(names: Names) -> dict[str, Any]:
    return {"order_id": names["order_id"], "amount": {"amount": 1, "currency": "EUR"}, "reason": "walked"}


def _return(names: Names) -> dict[str, Any]:
    return {"order_id": names["order_id"], "lines": _lines(names), "reason": "walked"}


def _product(names: Names) -> dict[str, Any]:
    return {"sku": f"W-{new_id()}", "name": "Walked", "price": {"amount": 100, "currency": "EUR"}}


def _template(names: Names) -> dict[str, Any]:
    return {"subject": "Walked", "text": "Hello"}


_SPECIAL: Mapping[str, Callable[[Names], Any]] = {
    "administering POST /products": lambda names: {**_product(names), "seller_id": names["seller_id"]},
    "administering PUT /settings/{name}": lambda names: {"value": 4},
    "carting POST /carts": lambda names: {"items": [{"sku": names["sku"], "quantity": 1}]},
    "carting POST /carts/{cart_id}/merge": lambda names: None,
    "cataloging POST /categories": lambda names: {"slug": f"w-{new_id()}", "name": "Walked"},
    "cataloging POST /products": _product,
    "notifying POST /notifications": lambda names: {"order_id": names["order_id"], "subject": "Hi", "text": "Hello"},
    "notifying POST /templates": lambda names: {
        **_template(names),
        "name": f"w{new_id().replace('-', '')[:20]}",
        "channel": "email",
        "language": "en",
    },
    "notifying POST /templates/{name}/{channel}/{language}/preview": _template,
    "notifying PUT /templates/{name}/{channel}/{language}": _template,
    "ordering POST /checkout": lambda names: {"cart_id": names["cart_id"]},
    "ordering POST /comparisons": lambda names: {"limit": 5},
    "paying POST /comparisons": lambda names: {},
    "ordering POST /orders": _order,
    "ordering POST /orders/recorded": lambda names: {"currency": "EUR", "total": 100},
    "ordering POST /returns": _return,
    "paying POST /refunds": _refund,
    "pedidos POST /orders": _pedido,
    "profiling POST /customers": lambda names: {"email": f"{new_id()}@example.org", "password": PASSWORD},
    "profiling POST /sessions": lambda names: {"email": names["email"], "password": PASSWORD},
    "profiling POST /staff": lambda names: {"email": f"{new_id()}@comanda.example"},
    "profiling PUT /roles/{role}": lambda names: {"permissions": ["orders.read"]},
    "profiling PUT /customers/{customer_id}/status": lambda names: {"status": "vip"},
    "workflow POST /orders": lambda names: {**_order(names), "cart_id": None, "lines": _lines(names)},
    "shipping POST /carriers": lambda names: {"code": f"w{new_id()[-12:]}", "name": "Walked", "methods": []},
}
"""Where the least that the document allows is not enough."""
