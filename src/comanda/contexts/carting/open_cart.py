"""Open a cart, with or without lines."""

from collections.abc import Mapping, Sequence

from comanda.contexts.carting import prices, store
from comanda.contexts.carting.cart import OPEN, Cart, common_currency
from comanda.contexts.carting.errors import CustomerGone
from comanda.contexts.carting.prices import Products
from comanda.contexts.carting.settings import limits
from comanda.kernel.ids import new_secret
from comanda.messaging.intake import Intake
from comanda.messaging.service import Call, Service

_STATE = "carting.intake"


async def open_cart(call: Call, customer_id: str | None, quantities: Mapping[str, int]) -> tuple[Cart, Products, bool]:
    """An open cart with these lines, the products in it, and whether it is a new one.

    A customer has one open cart: if it is there already, its lines get these quantities, as if each were put; so
    repeating the request does no harm.
    Raises UnknownProduct, ProductUnavailable, OtherCurrency, TooManyLines, TooManyPieces, CustomerGone.
    """
    service = call.service
    limits(service.settings).check(quantities)
    products = await prices.look_up(service, quantities)
    currencies = prices.currencies_of(quantities, products)
    now = service.clock()
    cart = Cart(
        id=new_secret(),
        customer_id=customer_id,
        currency=common_currency(None, currencies.values()),
        quantities=quantities,
        created_at=now,
        updated_at=now,
    )
    while True:
        if await _intake_of(service).submit(cart, cart.id):
            return cart, products, True
        assert customer_id is not None
        async with service.database.acquire() as connection:
            if await store.is_erased(connection, customer_id):
                raise CustomerGone
        present = await _put_into_present(call, customer_id, quantities, currencies)
        if present is not None:
            return present, products, False


async def _put_into_present(
    call: Call, customer_id: str, quantities: Mapping[str, int], currencies: Mapping[str, str]
) -> Cart | None:
    """The customer's open cart with these quantities; None when it has just been closed."""
    async with call.begin() as work:
        found = await store.open_cart_of(work.connection, customer_id)
        cart = found and await store.lock_cart(work.connection, found.id, customer_id)
        if cart is None or cart.status != OPEN:
            return None
        changed = cart.put(quantities, currencies, limits(call.service.settings), at=work.now)
        if changed is not cart:
            await store.save(work.connection, changed)
        return changed


def _intake_of(service: Service) -> Intake[Cart, bool]:
    """Where new carts wait for each other, so that those that come together are written together."""
    found = service.state.get(_STATE)
    if found is None:

        async def write(carts: Sequence[Cart]) -> Sequence[bool]:
            async with service.database.acquire() as connection:
                written = await store.open_carts(connection, carts)
            return [cart.id in written for cart in carts]

        found = service.state[_STATE] = Intake(write)
    assert isinstance(found, Intake)
    return found
