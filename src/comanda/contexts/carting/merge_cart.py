"""Merge a guest's cart into the one of the customer they turned out to be."""

from dataclasses import dataclass

import asyncpg

from comanda.contexts.carting import store
from comanda.contexts.carting.cart import OPEN, Cart
from comanda.contexts.carting.errors import CartNotFound, CustomerGone
from comanda.contexts.carting.settings import limits
from comanda.messaging.service import Call
from comanda.messaging.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCart:
    """A guest's cart and the customer who is to have what is in it."""

    cart_id: str
    customer_id: str
    expected: frozenset[int] | None


async def merge_cart(command: MergeCart, call: Call) -> Cart:
    """The customer's open cart, which holds every line of both now; repeating the merge answers the same.

    A customer without an open cart gets the guest's as theirs.
    Raises CartNotFound, CartChanged, CartClosed, NotToBeMerged (both carts stay as they are), CustomerGone.
    """
    while True:
        try:
            async with call.begin() as work:
                merged = await _merge(command, call, work)
        except asyncpg.UniqueViolationError:  # the customer opened a cart in this very moment
            continue
        if merged is not None:
            return merged


async def _merge(command: MergeCart, call: Call, work: UnitOfWork) -> Cart | None:
    """One try; None when the customer's cart was closed between finding and locking it."""
    target_id = await _target_id(command, work)
    named = [command.cart_id, *filter(None, [target_id])]
    carts = await store.lock_carts(work.connection, named, command.customer_id)
    guest = carts.get(command.cart_id)
    if guest is None:
        raise CartNotFound
    if guest.merged_into is not None:
        return await _where_it_went(command, guest.merged_into, work)
    guest.expect(command.expected)
    guest.check_open()
    if guest.customer_id is not None:
        return guest
    if await store.is_erased(work.connection, command.customer_id):
        raise CustomerGone
    if target_id is None:
        adopted = guest.adopted(command.customer_id, at=work.now)
        await store.save(work.connection, adopted)
        return adopted
    target = carts.get(target_id)
    if target is None or target.status != OPEN or target.customer_id != command.customer_id:
        return None
    changed = target.take_over(guest, limits(call.service.settings), at=work.now)
    if changed is not target:
        await store.save(work.connection, changed)
    await store.save(work.connection, guest.merged(target.id, at=work.now))
    return changed


async def _target_id(command: MergeCart, work: UnitOfWork) -> str | None:
    target = await store.open_cart_of(work.connection, command.customer_id)
    return None if target is None else target.id


async def _where_it_went(command: MergeCart, cart_id: str, work: UnitOfWork) -> Cart:
    """The cart that took over the lines, for the customer whose it is."""
    cart = await store.read_cart(work.connection, cart_id, command.customer_id)
    if cart is None or cart.customer_id is None:
        raise CartNotFound
    return cart
