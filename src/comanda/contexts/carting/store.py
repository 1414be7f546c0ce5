"""Carting's SQL on carts. The owner's condition is part of every statement that a customer can cause.

Carts are locked before the orders made from them, in the order of their ids (collate "C").
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import asyncpg

from comanda.contexts.carting.cart import Cart
from comanda.contexts.carting.contract.views import CartContents
from comanda.kernel.goods import Pieces
from comanda.messaging.log import Connection


async def open_carts(connection: Connection, carts: Sequence[Cart]) -> set[str]:
    """Write new carts, and answer the ids of those written: not one whose customer is erased or has an open cart.

    The lines of each cart travel as the text of an array, because an array of arrays cannot have rows of two lengths.
    """
    rows = await connection.fetch(
        """
        insert into carts (id, customer_id, currency, skus, quantities, created_at, updated_at)
        select id, customer_id, currency, skus::text[], quantities::int[], at, at
        from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
            as cart (id, customer_id, currency, skus, quantities, at)
        where customer_id is null
        or not exists (select from erased_customers erased where erased.customer_id = cart.customer_id)
        on conflict do nothing
        returning id
        """,
        [cart.id for cart in carts],
        [cart.customer_id for cart in carts],
        [cart.currency for cart in carts],
        [_array_of_text(cart.quantities) for cart in carts],
        [_array_of_int(cart.quantities.values()) for cart in carts],
        [cart.created_at for cart in carts],
    )
    written = {row["id"] for row in rows}
    missing = [cart.id for cart in carts if cart.id not in written]
    return written | (await _present(connection, missing) if missing else set())


async def _present(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Which of these are there: written by a try whose answer was lost."""
    return {row["id"] for row in await connection.fetch("select id from carts where id = any ($1::text[])", ids)}


async def read_cart(connection: Connection, cart_id: str, owner: str | None) -> Cart | None:
    """A cart that the caller may see: a guest's by its id alone, a customer's if `owner` is that customer or None."""
    row = await connection.fetchrow(
        """
        select id, customer_id, status, currency, version, skus, quantities, merged_into, created_at, updated_at
        from carts
        where id = $1
        and (customer_id is null or $2::text is null or customer_id = $2)
        """,
        cart_id,
        owner,
    )
    return None if row is None else _cart(row)


async def lock_cart(connection: Connection, cart_id: str, owner: str | None) -> Cart | None:
    """The same, and nobody else changes it until the transaction ends."""
    row = await connection.fetchrow(
        """
        select id, customer_id, status, currency, version, skus, quantities, merged_into, created_at, updated_at
        from carts
        where id = $1
        and (customer_id is null or $2::text is null or customer_id = $2)
        for update
        """,
        cart_id,
        owner,
    )
    return None if row is None else _cart(row)


async def lock_carts(connection: Connection, ids: Iterable[str], owner: str) -> dict[str, Cart]:
    """Several carts, of guests or of this customer, locked in the order of their ids."""
    rows = await connection.fetch(
        """
        select id, customer_id, status, currency, version, skus, quantities, merged_into, created_at, updated_at
        from carts
        where id = any ($1::text[])
        and (customer_id is null or customer_id = $2)
        order by id
        for update
        """,
        list(ids),
        owner,
    )
    return {row["id"]: _cart(row) for row in rows}


async def open_cart_of(connection: Connection, customer_id: str) -> Cart | None:
    """The open cart of a customer."""
    row = await connection.fetchrow(
        """
        select id, customer_id, status, currency, version, skus, quantities, merged_into, created_at, updated_at
        from carts
        where customer_id = $1
        and status = 'open'
        """,
        customer_id,
    )
    return None if row is None else _cart(row)


async def save(connection: Connection, cart: Cart) -> None:
    """Write a cart that this transaction has locked. Raises UniqueViolationError for a customer's second open one."""
    await connection.execute(
        """
        update carts
        set customer_id = $2, status = $3, currency = $4, version = $5, skus = $6, quantities = $7,
            merged_into = $8, updated_at = $9
        where id = $1
        """,
        cart.id,
        cart.customer_id,
        cart.status,
        cart.currency,
        cart.version,
        list(cart.quantities),
        list(cart.quantities.values()),
        cart.merged_into,
        cart.updated_at,
    )


async def is_erased(connection: Connection, customer_id: str) -> bool:
    """Whether the customer asked to be forgotten."""
    found = await connection.fetchval("select true from erased_customers where customer_id = $1", customer_id)
    return found is True


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


async def abandon(connection: Connection, before: datetime, most: int) -> list[asyncpg.Record]:
    """Mark open carts untouched since `before`, each once. Rows of `id`, `customer_id` and whether it is `filled`."""
    rows: list[asyncpg.Record] = await connection.fetch(
        """
        with idle as (
            select id
            from carts
            where status = 'open'
            and not abandoned
            and updated_at < $1
            order by updated_at
            limit $2
            for update skip locked
        )
        update carts
        set abandoned = true
        from idle
        where carts.id = idle.id
        returning carts.id, carts.customer_id, carts.skus <> '{}' as filled
        """,
        before,
        most,
    )
    return rows


async def expire(connection: Connection, before: datetime, at: datetime, most: int) -> int:
    """Close abandoned carts that nobody has touched since `before`; how many they were."""
    rows = await connection.fetch(
        """
        with idle as (
            select id
            from carts
            where status = 'open'
            and abandoned
            and updated_at < $1
            order by updated_at
            limit $3
            for update skip locked
        )
        update carts
        set status = 'expired', version = version + 1, updated_at = $2
        from idle
        where carts.id = idle.id
        returning carts.id
        """,
        before,
        at,
        most,
    )
    return len(rows)


async def forget_erased(connection: Connection, at: datetime) -> None:
    """Take the carts of erased customers from them, those opened while the erasure was under way included."""
    await connection.execute(
        """
        update carts
        set customer_id = null, version = version + 1, updated_at = $1,
            status = case status when 'merged' then status else 'expired' end
        from erased_customers erased
        where carts.customer_id = erased.customer_id
        """,
        at,
    )


def _array_of_text(values: Iterable[str]) -> str:
    """The text of an array as PostgreSQL reads it: each value in quotes, quotes and backslashes escaped."""
    return "{" + ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values) + "}"


def _array_of_int(values: Iterable[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _cart(row: asyncpg.Record) -> Cart:
    return Cart(
        id=row["id"],
        customer_id=row["customer_id"],
        status=row["status"],
        currency=row["currency"],
        version=row["version"],
        quantities=dict(zip(row["skus"], row["quantities"], strict=True)),
        merged_into=row["merged_into"],
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
