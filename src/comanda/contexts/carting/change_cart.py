"""Put products into a cart, and take them out."""

from dataclasses import dataclass

from comanda.contexts.carting import prices, store
from comanda.contexts.carting.cart import Cart
from comanda.contexts.carting.errors import CartNotFound
from comanda.contexts.carting.settings import limits
from comanda.messaging.service import Call
from comanda.messaging.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change to one line of a cart, as its owner saw it: None of the expected versions means any."""

    cart_id: str
    sku: str
    expected: frozenset[int] | None


async def put_line(change: Change, quantity: int, call: Call) -> Cart:
    """The cart with this absolute quantity of the product.

    Raises CartNotFound, CartChanged, CartClosed, UnknownProduct, ProductUnavailable, OtherCurrency, TooManyLines,
    TooManyPieces.
    """
    products = await prices.look_up(call.service, [change.sku])
    async with call.begin() as work:
        cart = await _lock(change, call, work)
        currencies = prices.currencies_of([change.sku], products)
        changed = cart.put({change.sku: quantity}, currencies, limits(call.service.settings), at=work.now)
        if changed is not cart:
            await store.save(work.connection, changed)
        return changed


async def remove_line(change: Change, call: Call) -> Cart:
    """The cart without the product. Raises CartNotFound, CartChanged, CartClosed, NoSuchLine."""
    async with call.begin() as work:
        cart = (await _lock(change, call, work)).remove(change.sku, at=work.now)
        await store.save(work.connection, cart)
        return cart


async def _lock(change: Change, call: Call, work: UnitOfWork) -> Cart:
    cart = await store.lock_cart(work.connection, change.cart_id, call.principal.owner)
    if cart is None:
        raise CartNotFound
    cart.expect(change.expected)
    cart.check_open()
    return cart
