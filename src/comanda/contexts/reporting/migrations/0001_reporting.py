"""The read model: a row an order, in generations, so that a rebuilt one can take the place of the live one at once."""

from alembic import op

from comanda.messaging import settings
from comanda.platform import idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of reporting. Only what never changes is indexed, so that updates stay within their page."""
    op.execute(idempotency.TABLE)
    op.execute(settings.TABLE)
    op.execute(
        """
        create table orders (
            generation int not null,
            order_id text collate "C" not null,
            recorded boolean not null default false,
            created_at timestamptz,
            currency text not null default '',
            total bigint not null default 0,
            refunded bigint not null default 0,
            reached smallint not null default 0 check (reached between 0 and 6),
            ended text check (ended in ('canceled', 'failed')),
            hidden boolean not null default false,
            lines json,
            primary key (generation, order_id)
        ) with (fillfactor = 70);
        create index orders_by_time on orders (generation, created_at);
        comment on column orders.reached is
            '0 created, 1 reserved, 2 paid, 3 shipping_scheduled, 4 completed, 5 shipped, 6 delivered';
        comment on column orders.created_at is 'null: an event about the order came before the one that made it';

        create table refunded_pieces (
            generation int not null,
            order_id text collate "C" not null,
            sku text collate "C" not null,
            quantity int not null check (quantity > 0),
            primary key (generation, order_id, sku)
        );

        create table abandoned_carts (
            generation int not null,
            cart_id text collate "C" not null,
            abandoned_at timestamptz not null,
            primary key (generation, cart_id)
        );

        create table live (
            generation int not null,
            only_row boolean primary key default true check (only_row)
        );
        insert into live (generation) values (1);

        create table rebuilds (
            id uuid primary key default uuidv7(),
            generation int not null unique,
            status text not null default 'running' check (status in ('running', 'done', 'failed')),
            requested_by text,
            era int not null default 0,
            seen text not null default '',
            upto text not null default '',
            position bigint not null default 0,
            last bigint not null default 0,
            n bigint not null default 0,
            events bigint not null default 0,
            progress real not null default 0 check (progress between 0 and 1),
            differences int,
            error text not null default '',
            started_at timestamptz not null default now(),
            finished_at timestamptz
        );
        create unique index rebuilds_running on rebuilds (status) where status = 'running';
        """
    )
