"""Recorded orders beside managed ones, refunds and credits, tasks that can come back, erased customers."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what keeping, finding and checking orders takes."""
    op.execute(
        """
        -- Recorded orders are no part of the process: nobody's events move them.
        alter table progress
            add column managed boolean not null default true,
            add column currency text,
            add column total bigint,
            add check (not managed or deadline is not null or status in ('completed', 'failed', 'canceled'));
        update progress
        set currency = orders.currency, total = orders.total
        from orders
        where orders.id = progress.order_id;
        alter table progress
            alter column currency set not null,
            alter column total set not null;
        comment on column progress.total is 'the order''s, so that all orders are summed up without reading them';
        create index progress_recorded on progress (number) where not managed;
        comment on index progress_deadline is 'all open managed orders are in it';

        drop index orders_by_email;
        -- Not partial: the planner has no use for the statistics of a partial index over an expression.
        create index orders_by_email on orders (lower(email), number desc);
        drop index orders_by_time;
        create index orders_by_time on orders (created_at, number);

        alter table credits
            add column customer_id text check (length(customer_id) <= 50),
            add column country text,
            add column shipping bigint not null default 0 check (shipping >= 0),
            add check (length(reference) between 1 and 50),
            add check (total >= 0);
        comment on table credits is 'what was given back of a recorded order, in pieces and postage; amounts positive';

        create table refunds (
            order_id uuid not null,
            refund_id text not null,
            amount bigint not null check (amount > 0),
            at timestamptz not null,
            primary key (order_id, refund_id)
        );
        comment on table refunds is 'what went back of a managed order, as paying said: sales are net of it';

        alter table returns add column requested_by text;

        alter table staff_tasks drop constraint staff_tasks_order_id_kind_key;
        alter table staff_tasks add column done_by text;
        create unique index staff_tasks_to_do on staff_tasks (order_id, kind, detail) where done_at is null;
        comment on table staff_tasks is 'a task that was done and is still there comes back as a new one';

        create table erased_customers (
            customer_id text primary key,
            done boolean not null default false
        );

        create table compared (
            only_row boolean primary key default true check (only_row),
            upto bigint not null
        );
        comment on table compared is 'the number of the order up to which the reconciler has come';
        """
    )
