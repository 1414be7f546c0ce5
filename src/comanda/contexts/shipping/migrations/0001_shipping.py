"""Carriers with their rates, and shipments."""

from alembic import op

from comanda.messaging import settings
from comanda.platform import idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create shipping's tables."""
    op.execute(idempotency.TABLE)
    op.execute(settings.TABLE)
    op.execute(_CARRIERS)
    op.execute(_SHIPMENTS)
    op.execute(_ERASED)


_CARRIERS = """
    create table carriers (
        code text collate "C" primary key check (code ~ '^[a-z0-9-]{1,40}$'),
        document json not null,
        version int not null default 1
    );

    insert into carriers (code, document)
    values (
        'parcel',
        '{"code":"parcel","name":"Parcel service","methods":[{"code":"standard","name":"Standard delivery","days":3}]}'
    );
"""

_SHIPMENTS = """
    -- One outbound row an order, which is what its reactions lock, and one for each approved return. `withdrawn` is
    -- only a mark, without a document: the order was undone before it had a shipment. Not `managed`: sent by hand for
    -- an order that another system runs; nothing is published about it.
    create table shipments (
        id uuid primary key,
        order_id uuid not null,
        kind text not null default 'outbound' check (kind in ('outbound', 'return')),
        return_id text,
        status text not null default 'scheduled' check (
            status in (
                'expected', 'scheduled', 'dispatched', 'delivered', 'returned', 'canceled', 'failed', 'withdrawn'
            )
        ),
        managed boolean not null default true,
        customer_id text,
        tracking_number text collate "C",
        document json,
        recipient json,
        reason text not null default '',
        restocked json,
        created_at timestamptz not null default clock_timestamp(),
        dispatched_at timestamptz,
        delivered_at timestamptz,
        ended_at timestamptz,
        check ((kind = 'return') = (return_id is not null)),
        check ((status = 'withdrawn') = (document is null)),
        check (kind = 'outbound' or status in ('expected', 'returned')),
        check (kind = 'return' or status <> 'expected')
    ) with (fillfactor = 75);

    -- At most one outbound shipment an order.
    create unique index shipments_outbound on shipments (order_id) where kind = 'outbound';
    create unique index shipments_return on shipments (return_id) where kind = 'return';
    create index shipments_returns_of_order on shipments (order_id) where kind = 'return';
    create index shipments_to_dispatch on shipments (id) where status = 'scheduled';
    create index shipments_of_customer on shipments (customer_id, id) where customer_id is not null;
"""

_ERASED = """
    -- Customers whose personal data is to go; `done` once it has gone from every shipment.
    create table erased_customers (
        customer_id text collate "C" primary key,
        done boolean not null default false
    );
"""
