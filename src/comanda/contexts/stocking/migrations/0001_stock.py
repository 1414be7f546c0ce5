"""Stock levels, reservations, what comes back, and the ledger."""

from alembic import op

from comanda.messaging import settings
from comanda.platform import idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create stocking's tables. Only what never changes is indexed, so that updates stay within their page."""
    op.execute(
        """
        create table levels (
            sku text collate "C" primary key check (length(sku) between 1 and 64),
            on_hand int not null default 0 check (on_hand <= 1000000000),
            reserved int not null default 0,
            low_stock_threshold int check (low_stock_threshold >= 0),
            check (0 <= reserved and reserved <= on_hand)
        ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1);
        comment on table levels is
            'on_hand is the sum of the movements; reserved that of open_reservations; no threshold: the setting';

        create table reservations (
            id uuid primary key,
            state text not null check (state in ('awaited', 'reserved', 'insufficient', 'committed', 'released')),
            has_returns boolean not null default false,
            expires_at timestamptz,
            held_by text,
            skus text[] not null,
            quantities int[] not null,
            created_at timestamptz not null default now(),
            check (cardinality(skus) = cardinality(quantities)),
            check (0 < all (quantities))
        ) with (fillfactor = 50);
        comment on table reservations is
            'by order; held_by names one that belongs to no order; awaited: news of the order came before it';
        create index reservations_due on reservations (expires_at);

        create view open_reservations as
        select id, sku, quantity, expires_at, held_by
        from reservations, unnest(skus, quantities) as line (sku, quantity)
        where state = 'reserved';

        create table returns (
            reservation_id uuid not null,
            cause text collate "C" not null,
            sku text collate "C" not null,
            quantity int not null check (quantity > 0),
            received_at timestamptz not null default now(),
            primary key (reservation_id, cause, sku)
        );
        comment on table returns is
            'what was given back to restock, as it was said; no more goes back than the order took';

        create table movements (
            id bigint generated always as identity,
            sku text collate "C" not null,
            delta int not null,
            kind text not null,
            order_id uuid,
            reason text,
            actor text,
            at timestamptz not null default now(),
            primary key (sku, id),
            check (
                case kind
                    when 'sold' then delta < 0 and order_id is not null
                    when 'adjusted' then delta <> 0 and order_id is null
                    else kind in ('returned', 'undone') and delta > 0 and order_id is not null
                end
            )
        );

        create table holds (
            reservation_id uuid primary key references reservations,
            expires_at timestamptz not null
        );
        comment on table holds is 'the open reservations that expire by themselves: those that belong to no order';
        create index holds_due on holds (expires_at);

        create table overdue (
            reservation_id uuid primary key references reservations,
            expires_at timestamptz not null,
            found_at timestamptz not null default now()
        );

        create table sweeps (
            name text primary key,
            upto timestamptz not null
        );
        """
    )
    op.execute(idempotency.TABLE)
    op.execute(settings.TABLE)
