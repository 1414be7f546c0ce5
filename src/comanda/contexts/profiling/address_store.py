"""Profiling's SQL on addresses. Whoever writes one has locked the customer, which keeps count and defaults right."""

from collections.abc import Sequence

import asyncpg

from comanda.contexts.profiling.contract.views import AddressView
from comanda.messaging.log import Connection


async def read_addresses(connection: Connection, customer_id: str) -> Sequence[AddressView]:
    """A customer's addresses, in the order they were written down."""
    rows = await connection.fetch(
        """
        select id, recipient, street, number, line2, city, state, postal_code, country, phone, company, vat_id,
            default_shipping, default_billing, created_at, updated_at
        from addresses
        where customer_id = $1
        order by id
        """,
        customer_id,
    )
    return [_view(row) for row in rows]


async def clear_defaults(connection: Connection, customer_id: str, kept: str, *, shipping: bool, billing: bool) -> None:
    """Let go of the customer's other defaults, where another address becomes one."""
    await connection.execute(
        """
        update addresses
        set default_shipping = default_shipping and not $3, default_billing = default_billing and not $4
        where customer_id = $1
        and id <> $2
        and (default_shipping and $3 or default_billing and $4)
        """,
        customer_id,
        kept,
        shipping,
        billing,
    )


async def write_address(connection: Connection, customer_id: str, address: AddressView) -> None:
    """Write an address, a new one or over the one with its id."""
    await connection.execute(
        """
        insert into addresses (
            id, customer_id, recipient, street, number, line2, city, state, postal_code, country, phone, company,
            vat_id, default_shipping, default_billing, created_at, updated_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        on conflict (id) do update
        set recipient = excluded.recipient, street = excluded.street, number = excluded.number,
            line2 = excluded.line2, city = excluded.city, state = excluded.state,
            postal_code = excluded.postal_code, country = excluded.country, phone = excluded.phone,
            company = excluded.company, vat_id = excluded.vat_id, default_shipping = excluded.default_shipping,
            default_billing = excluded.default_billing, updated_at = excluded.updated_at
        """,
        address.id,
        customer_id,
        address.recipient,
        address.street,
        address.number,
        address.line2,
        address.city,
        address.state,
        address.postal_code,
        address.country,
        address.phone,
        address.company,
        address.vat_id,
        address.default_shipping,
        address.default_billing,
        address.created_at,
        address.updated_at,
    )


async def delete_address(connection: Connection, customer_id: str, address_id: str) -> bool:
    """Remove an address; whether it was there."""
    found = await connection.fetchval(
        "delete from addresses where id = $1 and customer_id = $2 returning true", address_id, customer_id
    )
    return found is True


def _view(row: asyncpg.Record) -> AddressView:
    return AddressView(**dict(row))
