"""Carting's SQL on carts. The owner's condition is part of every statement that a customer can cause."""

from collections.abc import Iterable, Sequence

import asyncpg

from comanda.contexts.carting.cart import Cart
from comanda.contexts.carting.contract.views import CartContents
from comanda.kernel.goods import Pieces
from comanda.messaging.log import Connection

LONGEST_ID = 64


async def open_cart(connection: Connection, cart: Cart) -> bool:
    """Write a new cart; False, and nothing written, when its customer has an open one already or is erased."""
    return (
        await connection.fetchval(
            """
            insert into carts (id, customer_id, currency, skus, quantities, created_at, updated_at)
            select $1, $2, $3, $4, $5, $6, $6
            where $2::text is null
            or not exists (select from erased_customers where customer_id = $2)
            on conflict (customer_id) where status = 'open' and customer_id is not null do nothing
            returning true
            """,
            cart.id,
            cart.customer_id,
            cart.currency,
            list(cart.quantities),
            list(cart.quantities.values()),
            cart.created_at,
        )
        is True
    )


async def read_cart(connection: Connection, cart_id: str, owner: str | None) -> Cart | None:
    """A cart that the caller may see: a guest's by its id alone, a customer's if `owner` is that customer or None."""
    row = await connection.fetchrow(
        """
        select id, customer_id, status, currency, version, skus, quantities, created_at, updated_at
        from carts
        where id = $1
        and (customer_id is null or $2::text is null or customer_id = $2)
        """,
        cart_id,
        owner,
    )
    return None if row is None else _cart(row)


async def contents(connection: Connection, ids: Iterable[str]) -> list[CartContents]:
    """What is in these carts, whatever their status; absent ones are left out."""
    rows = await connection.fetch(
        """
        select id, status, customer_id, currency, version, skus, quantities
        from carts
        where id = any ($1::text[])
        """,
        list(ids),
    )
    return [_contents(row) for row in rows]


def _cart(row: asyncpg.Record) -> Cart:
    return Cart(
        id=row["id"],
        customer_id=row["customer_id"],
        status=row["status"],
        currency=row["currency"],
        version=row["version"],
        quantities=dict(zip(row["skus"], row["quantities"], strict=True)),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _contents(row: asyncpg.Record) -> CartContents:
    return CartContents(
        id=row["id"],
        status=row["status"],
        customer_id=row["customer_id"],
        currency=row["currency"],
        version=row["version"],
        items=_pieces(row["skus"], row["quantities"]),
    )


def _pieces(skus: Sequence[str], quantities: Sequence[int]) -> list[Pieces]:
    return [Pieces(sku=sku, quantity=quantity) for sku, quantity in zip(skus, quantities, strict=True)]
