"""Carts, the orders made from them, and the customers who are gone."""

from alembic import op

from comanda.messaging import settings
from comanda.platform import idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create carting's tables."""
    op.execute(
        """
        create table carts (
            id text collate "C" primary key check (length(id) between 1 and 64),
            customer_id text collate "C" check (length(customer_id) between 1 and 50),
            status text not null default 'open' check (status in ('open', 'checked_out', 'merged', 'expired')),
            currency text check (currency ~ '^[A-Z]{3}$'),
            version int not null default 1 check (version >= 1),
            skus text[] not null,
            quantities int[] not null,
            merged_into text collate "C",
            abandoned boolean not null default false,
            created_at timestamptz not null default clock_timestamp(),
            updated_at timestamptz not null default clock_timestamp(),
            check (cardinality(skus) = cardinality(quantities)),
            check (1 <= all (quantities) and 1000000 >= all (quantities)),
            check ((currency is null) = (skus = '{}')),
            check ((merged_into is null) = (status <> 'merged'))
        ) with (fillfactor = 80);
        comment on table carts is 'skus and quantities are the lines, in the order they were put in';
        create unique index carts_open_of_customer on carts (customer_id)
            where status = 'open' and customer_id is not null;
        create index carts_of_customer on carts (customer_id) where customer_id is not null;
        create index carts_to_abandon on carts (updated_at) where status = 'open' and not abandoned;
        create index carts_to_expire on carts (updated_at) where status = 'open' and abandoned;

        create table cart_orders (
            order_id uuid primary key,
            cart_id text collate "C",
            failed boolean not null default false,
            check (cart_id is not null or failed)
        ) with (fillfactor = 80);
        comment on column cart_orders.cart_id is 'null: a tombstone, the order failed before carting knew of it';
        create index cart_orders_of_cart on cart_orders (cart_id) where cart_id is not null;

        create table erased_customers (
            customer_id text collate "C" primary key,
            erased_at timestamptz not null default clock_timestamp()
        );
        """
    )
    op.execute(settings.TABLE)
    op.execute(idempotency.TABLE)
