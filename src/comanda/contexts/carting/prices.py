"""Carts at live prices: what cataloging says now, put beside what the cart holds."""

from collections.abc import Iterable, Mapping

from comanda.contexts.carting.cart import Cart
from comanda.contexts.carting.contract.views import CartLineView, CartTotalsView, CartView
from comanda.contexts.carting.errors import ProductUnavailable, UnknownProduct
from comanda.contexts.cataloging.contract.client import CatalogingClient
from comanda.contexts.cataloging.contract.views import ProductView
from comanda.kernel.money import Money
from comanda.messaging.service import Service

Products = Mapping[str, ProductView]


async def look_up(service: Service, skus: Iterable[str]) -> Products:
    """The products with these skus, in one call; none for none. Raises Unavailable."""
    wanted = list(skus)
    return await CatalogingClient(service.outbound("cataloging")).lookup(wanted) if wanted else {}


def currencies_of(skus: Iterable[str], products: Products) -> dict[str, str]:
    """The currency each product is sold in. Raises UnknownProduct, ProductUnavailable."""
    currencies = {}
    for sku in skus:
        product = products.get(sku)
        if product is None:
            raise UnknownProduct(sku)
        if not product.available:
            raise ProductUnavailable(sku)
        currencies[sku] = product.price.currency
    return currencies


def priced(cart: Cart, products: Products) -> CartView:
    """The cart as its owner sees it."""
    lines = [_line(cart, sku, quantity, products.get(sku)) for sku, quantity in cart.quantities.items()]
    return CartView(
        id=cart.id,
        status=cart.status,
        customer_id=cart.customer_id,
        currency=cart.currency,
        version=cart.version,
        items=lines,
        totals=_totals(cart.currency, lines),
        created_at=cart.created_at,
        updated_at=cart.updated_at,
    )


def no_cart(customer_id: str) -> CartView:
    """What a customer without an open cart sees."""
    return CartView(
        id=None,
        status="open",
        customer_id=customer_id,
        currency=None,
        version=0,
        items=[],
        totals=None,
        created_at=None,
        updated_at=None,
    )


def _line(cart: Cart, sku: str, quantity: int, product: ProductView | None) -> CartLineView:
    if product is None:
        return CartLineView(
            sku=sku, name=None, quantity=quantity, unit_price=None, total=None, available=False, problem="unavailable"
        )
    problem = None
    if not product.available:
        problem = "unavailable"
    elif product.price.currency != cart.currency:
        problem = "currency"
    return CartLineView(
        sku=sku,
        name=product.name,
        quantity=quantity,
        unit_price=product.price,
        total=product.price * quantity,
        available=problem is None,
        problem=problem,
    )


def _totals(currency: str | None, lines: Iterable[CartLineView]) -> CartTotalsView | None:
    if currency is None:
        return None
    subtotal, pieces = 0, 0
    for line in lines:
        if line.available and line.total is not None:
            subtotal += line.total.amount
            pieces += line.quantity
    return CartTotalsView(subtotal=Money(subtotal, currency), quantity=pieces)
