"""Open a cart, with or without lines."""

from comanda.contexts.carting import prices, store
from comanda.contexts.carting.cart import Cart, common_currency
from comanda.contexts.carting.contract.views import CartView
from comanda.contexts.carting.settings import limits
from comanda.kernel.ids import new_secret
from comanda.messaging.service import Service


async def open_cart(service: Service, customer_id: str | None, quantities: dict[str, int]) -> CartView:
    """A new open cart, of a guest or of a customer.

    Raises UnknownProduct, ProductUnavailable, OtherCurrency, TooManyLines, TooManyPieces.
    """
    limits(service.settings).check(quantities)
    products = await prices.look_up(service, quantities)
    now = service.clock()
    cart = Cart(
        id=new_secret(),
        customer_id=customer_id,
        currency=common_currency(None, prices.currencies_of(quantities, products).values()),
        quantities=quantities,
        created_at=now,
        updated_at=now,
    )
    async with service.database.acquire() as connection:
        await store.open_cart(connection, cart)
    return prices.priced(cart, products)
