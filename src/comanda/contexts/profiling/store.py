"""Profiling's SQL on customers. The owner's condition is part of every statement that a customer can cause."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from comanda.contexts.profiling.account import Account
from comanda.contexts.profiling.contract.events import Contact
from comanda.contexts.profiling.contract.views import CustomerView
from comanda.contexts.profiling.errors import CustomerNotFound
from comanda.messaging.log import Connection


async def add_customer(connection: Connection, customer: CustomerView, email_key: str, password_hash: str) -> bool:
    """Write a new customer; False, and nothing written, when the e-mail is known."""
    added = await connection.fetchval(
        """
        insert into customers (
            id, email, email_key, password_hash, name, phone, language, status, created_at, updated_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
        on conflict (email_key) do nothing
        returning true
        """,
        customer.id,
        customer.email,
        email_key,
        password_hash,
        customer.name,
        customer.phone,
        customer.language,
        customer.status,
        customer.created_at,
    )
    return added is True


async def customer_with_email(connection: Connection, email_key: str) -> CustomerView | None:
    """The customer with an e-mail."""
    row = await connection.fetchrow(
        """
        select id, email, name, phone, language, status, created_at, updated_at
        from customers
        where email_key = $1
        """,
        email_key,
    )
    return None if row is None else _view(row)


async def account_with_email(connection: Connection, email_key: str) -> Account | None:
    """Who signs in with an e-mail."""
    row = await connection.fetchrow(
        """
        select id, 'customer', email_key, password_hash
        from customers
        where email_key = $1
        union all
        select id, 'staff', email_key, password_hash
        from staff
        where email_key = $1
        and disabled_at is null
        """,
        email_key,
    )
    return None if row is None else Account(*row)


async def account(connection: Connection, customer_id: str) -> Account | None:
    """What a customer signs in with."""
    row = await connection.fetchrow(
        "select id, 'customer', email_key, password_hash from customers where id = $1", customer_id
    )
    return None if row is None else Account(*row)


async def is_password(connection: Connection, customer_id: str, password_hash: str) -> bool:
    """Whether a hash is still the customer's; locks the customer."""
    found = await connection.fetchval(
        "select password_hash = $2 from customers where id = $1 for no key update", customer_id, password_hash
    )
    return found is True


async def set_password(connection: Connection, customer_id: str, password_hash: str, now: datetime) -> CustomerView:
    """Write a customer's password. Raises CustomerNotFound."""
    row = await connection.fetchrow(
        """
        update customers
        set password_hash = $2, updated_at = $3
        where id = $1
        returning id, email, name, phone, language, status, created_at, updated_at
        """,
        customer_id,
        password_hash,
        now,
    )
    if row is None:
        raise CustomerNotFound
    return _view(row)


async def set_email(connection: Connection, customer_id: str, email: str, email_key: str, now: datetime) -> None:
    """Write a customer's e-mail. Raises UniqueViolationError when somebody else has it."""
    await connection.execute(
        "update customers set email = $2, email_key = $3, updated_at = $4 where id = $1",
        customer_id,
        email,
        email_key,
        now,
    )


async def read_customer(connection: Connection, customer_id: str, owner: str | None) -> CustomerView | None:
    """A customer whom the caller may see: themselves, or anybody where `owner` is None."""
    row = await connection.fetchrow(
        """
        select id, email, name, phone, language, status, created_at, updated_at
        from customers
        where id = $1
        and ($2::text is null or id = $2)
        """,
        customer_id,
        owner,
    )
    return None if row is None else _view(row)


async def lock_customer(connection: Connection, customer_id: str, owner: str | None) -> CustomerView | None:
    """The same, and nobody else changes them or their addresses until the transaction ends."""
    row = await connection.fetchrow(
        """
        select id, email, name, phone, language, status, created_at, updated_at
        from customers
        where id = $1
        and ($2::text is null or id = $2)
        for no key update
        """,
        customer_id,
        owner,
    )
    return None if row is None else _view(row)


async def save_customer(connection: Connection, customer: CustomerView) -> None:
    """Write a customer that this transaction has locked."""
    await connection.execute(
        """
        update customers
        set name = $2, phone = $3, language = $4, status = $5, updated_at = $6
        where id = $1
        """,
        customer.id,
        customer.name,
        customer.phone,
        customer.language,
        customer.status,
        customer.updated_at,
    )


async def list_customers(
    connection: Connection,
    *,
    query: str | None,
    status: str | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[CustomerView]:
    """Customers, newest first. `query` is a full-text query; `before` is the sort key of the page before."""
    created_at, id = before or (None, None)
    rows = await connection.fetch(
        """
        select id, email, name, phone, language, status, created_at, updated_at
        from customers
        where ($1::text is null or words @@ to_tsquery('simple', $1))
        and ($2::text is null or status = $2)
        and ($3::timestamptz is null or (created_at, id) < ($3, $4))
        order by created_at desc, id desc
        limit $5
        """,
        query,
        status,
        created_at,
        id,
        limit,
    )
    return [_view(row) for row in rows]


def contact_of(customer: CustomerView) -> Contact:
    """How to reach a customer."""
    return Contact(email=customer.email, name=customer.name, phone=customer.phone)


def _view(row: asyncpg.Record) -> CustomerView:
    return CustomerView(**dict(row))
