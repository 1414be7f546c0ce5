"""Drafts, issued invoices, credit notes, and the counters of their numbers."""

from alembic import op

from comanda.messaging import settings
from comanda.platform import idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create billing's tables."""
    op.execute(idempotency.TABLE)
    op.execute(settings.TABLE)
    op.execute(_DRAFTS)
    op.execute(_INVOICES)
    op.execute(_CREDIT_NOTES)
    op.execute(_COUNTERS)
    op.execute(_NEVER_CHANGES)
    op.execute(_ERASED)


_DRAFTS = """
    -- One row an order: its draft, and what its reactions lock. Without an id it is only a mark: the order was
    -- undone, or credits wait, before the order itself was read.
    create table drafts (
        order_id uuid primary key,
        id uuid unique,
        customer_id text,
        document json,
        void boolean not null default false,
        waiting json,
        created_at timestamptz not null default clock_timestamp(),
        check ((id is null) = (document is null)),
        check (not void or waiting is null)
    );

    create index drafts_of_customer on drafts (customer_id, id) where customer_id is not null;
    create index drafts_void on drafts (id) where void;
"""

_INVOICES = """
    -- What was issued, with all that is printed on it. Inserted once, never changed; id and customer are the draft's.
    create table invoices (
        order_id uuid primary key,
        series text collate "C" not null,
        year int not null,
        serial bigint not null check (serial > 0),
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        total bigint not null check (total >= 0),
        tax bigint not null check (tax between 0 and total),
        document json not null,
        issued_at timestamptz not null,
        unique (series, year, serial)
    );
"""

_CREDIT_NOTES = """
    -- `nth` note of the order's invoice; `credited` is the sum up to and with this one.
    create table credit_notes (
        order_id uuid not null,
        nth int not null check (nth > 0),
        id uuid not null unique,
        series text collate "C" not null,
        year int not null,
        serial bigint not null check (serial > 0),
        cause text not null check (cause in ('undone', 'staff', 'return', 'not_delivered')),
        refund_id text,
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        amount bigint not null check (amount > 0),
        tax bigint not null check (tax between 0 and amount),
        credited bigint not null,
        invoice_total bigint not null,
        document json not null,
        issued_at timestamptz not null,
        primary key (order_id, nth),
        unique (series, year, serial),
        unique (order_id, refund_id),
        check (amount <= credited and credited <= invoice_total)
    );
"""

_COUNTERS = """
    -- The last number given in a series and fiscal year: a row, not a sequence, so that a rollback leaves no gap.
    create table counters (
        series text collate "C" not null,
        year int not null,
        last bigint not null check (last >= 0),
        primary key (series, year)
    ) with (fillfactor = 10);
"""

_NEVER_CHANGES = """
    create function never_changes() returns trigger language plpgsql as $$
    begin
        raise exception '% never change', tg_table_name using errcode = 'restrict_violation';
    end $$;

    create trigger never_changes before update or delete on invoices
        for each row execute function never_changes();
    create trigger never_emptied before truncate on invoices
        for each statement execute function never_changes();
    create trigger never_changes before update or delete on credit_notes
        for each row execute function never_changes();
    create trigger never_emptied before truncate on credit_notes
        for each statement execute function never_changes();
"""

_ERASED = """
    -- Customers whose personal data is to go; `done` once it has gone from every draft.
    create table erased_customers (
        customer_id text collate "C" primary key,
        done boolean not null default false
    );
"""
