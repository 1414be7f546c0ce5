"""Payments, refunds, calls to the provider, and the ledger of the built-in provider."""

from alembic import op

from comanda.messaging import intents, settings
from comanda.platform import idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create paying's tables."""
    op.execute(idempotency.TABLE)
    op.execute(settings.TABLE)
    op.execute(intents.TABLE)
    op.execute(
        """
        create table payment_intents (
            order_id uuid primary key,
            amount bigint not null default 0 check (amount >= 0),
            captured bigint not null default 0,
            refunded bigint not null default 0,
            deadline timestamptz,
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now(),
            version int not null default 0,
            managed boolean not null default true,
            stock_known boolean not null default false,
            undone boolean not null default false,
            expired boolean not null default false,
            status text not null default 'created'
                check (status in ('expected', 'created', 'outstanding', 'captured', 'failed', 'voided')),
            ask text not null default 'none' check (ask in ('none', 'due', 'asked', 'pending')),
            method text not null check (method in ('', 'card', 'bank_transfer', 'on_delivery')),
            currency text not null,
            token text not null default '',
            reason text not null default '',
            customer_id text,
            constraint captured_at_most_once check (captured in (0, amount)),
            constraint captured_says_so check (captured = 0 or status = 'captured'),
            constraint refunded_at_most_what_was_captured check (refunded between 0 and captured),
            constraint asked_while_open check (ask = 'none' or status = 'created'),
            constraint known_unless_expected check (status = 'expected' or (method <> '' and currency <> ''))
        ) with (fillfactor = 48);
        comment on table payment_intents is 'one row an order; expected: a fact came before the order itself';
        comment on column payment_intents.token is 'the provider''s word for the card, never a card number';
        create index payment_intents_deadline on payment_intents (deadline) where deadline is not null;
        create index payment_intents_customer on payment_intents (customer_id, order_id) where customer_id is not null;
        create index payment_intents_by_hand on payment_intents (method, order_id) where method <> 'card';

        create table refunds (
            id uuid primary key,
            order_id uuid not null references payment_intents,
            cause text not null check (cause in ('staff', 'return', 'undone')),
            status text not null default 'pending'
                check (status in ('pending', 'succeeded', 'failed', 'canceled', 'settled')),
            amount bigint not null check (amount > 0),
            called boolean not null default false,
            currency text not null,
            source text not null default '',
            reason text not null default '',
            problem text not null default '',
            tries int not null default 1,
            lines json not null default '[]',
            restock json not null default '[]',
            trace text not null default '',
            actor text,
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now()
        );
        comment on column refunds.called is 'the amount is fixed: the provider may have been asked for it';
        comment on column refunds.status is 'canceled: nothing was left; settled: staff paid it by other means';
        create unique index refunds_once on refunds (order_id, cause, source) where cause <> 'staff';
        create index refunds_order on refunds (order_id, id);
        create index refunds_status on refunds (status, id);

        create table provider_charges (
            key text collate "C" primary key,
            amount bigint not null check (amount >= 0),
            refunded bigint not null default 0,
            created_at timestamptz not null default now(),
            currency text not null,
            status text not null check (status in ('captured', 'declined', 'pending', 'voided')),
            reason text not null default '',
            token text not null default '',
            constraint refunded_at_most_what_was_captured check (refunded between 0 and amount),
            constraint refunded_only_what_was_captured check (refunded = 0 or status = 'captured')
        );
        comment on table provider_charges is 'the built-in provider''s own list';

        create table provider_refunds (
            key text collate "C" primary key,
            charge text collate "C" not null references provider_charges,
            amount bigint not null check (amount > 0),
            refused text not null default '',
            created_at timestamptz not null default now()
        );

        create table sweeps (
            name text primary key,
            judged_until timestamptz not null
        );
        insert into sweeps values ('payment_deadlines', now());

        create table compared (
            only_row boolean primary key default true check (only_row),
            upto text not null default ''
        );
        insert into compared default values;
        comment on table compared is 'the key in the provider''s list up to which payments have been compared';

        create table secrets (
            name text primary key,
            value text not null
        );
        """
    )
