"""Orders, how far they are, their lines, timeline, notes and returns."""

from alembic import op

from comanda.messaging import settings
from comanda.platform import idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of ordering."""
    op.execute(idempotency.TABLE)
    op.execute(settings.TABLE)
    op.execute(
        """
        create sequence order_numbers;

        -- What was ordered: written once. What happens to it since: progress, small and rewritten in place.
        create table orders (
            id uuid primary key,
            number bigint not null unique,
            kind text not null check (kind in ('managed', 'recorded')),
            reference text unique check (length(reference) between 1 and 50),
            customer_id text check (length(customer_id) <= 50),
            cart_id text,
            email text,
            language text not null default 'en',
            currency text not null check (currency ~ '^[A-Z]{3}$'),
            subtotal bigint not null,
            shipping bigint not null,
            tax bigint not null,
            total bigint not null,
            shipping_address json,
            billing_address json,
            sms text,
            shipping_method text,
            payment_method text,
            metadata json,
            trace uuid,
            created_at timestamptz not null,
            check (total = subtotal + shipping),
            check (kind = 'recorded' or (subtotal >= 0 and shipping >= 0 and tax >= 0)),
            check (kind = 'recorded' or payment_method in ('card', 'bank_transfer', 'on_delivery'))
        );
        create index orders_by_customer on orders (customer_id, number desc) where customer_id is not null;
        create index orders_by_email on orders (email, number desc) where email is not null;
        create index orders_by_time on orders (created_at);

        -- Written in the statement that writes the order, so that no foreign key has to be looked up.
        create table lines (
            order_id uuid not null,
            line int not null,
            sku text not null,
            name text not null,
            quantity int not null check (quantity <> 0),
            unit_price bigint not null,
            net bigint not null,
            tax bigint not null,
            gross bigint not null,
            rate_bp int not null default 0,
            weight_g int not null default 0,
            primary key (order_id, line),
            check (gross = unit_price * quantity),
            check (net + tax = gross)
        );

        create table progress (
            order_id uuid primary key,
            number bigint not null,
            status text not null check (status in (
                'created', 'reserved', 'paid', 'shipping_scheduled', 'completed', 'failed', 'canceled')),
            payment text not null default 'pending' check (payment in (
                'pending', 'approved', 'outstanding', 'declined', 'voided', 'partially_refunded', 'refunded')),
            inventory text not null default 'pending' check (inventory in (
                'pending', 'reserved', 'insufficient', 'committed', 'released')),
            fulfillment text not null default 'pending' check (fulfillment in (
                'pending', 'scheduled', 'shipped', 'delivered', 'returned', 'canceled')),
            invoice text not null default 'none' check (invoice in ('none', 'draft', 'issued', 'credited', 'void')),
            confirmation text not null default 'pending' check (confirmation in (
                'pending', 'sent', 'skipped', 'failed')),
            payment_certain boolean not null default false,
            delivered boolean not null default false,
            cancel_requested boolean not null default false,
            setting_asks boolean not null default false,
            reason text,
            tracking_number text,
            invoice_number text,
            entries int not null default 1,
            deadline timestamptz,
            updated_at timestamptz not null,
            completed_at timestamptz,
            version int not null default 1,
            hidden boolean not null default false
        ) with (fillfactor = 60);
        create index progress_deadline on progress (deadline) where deadline is not null;

        create table timeline (
            order_id uuid not null,
            entry int not null,
            at timestamptz not null,
            cause text not null,
            changes json not null,
            actor text,
            trace uuid,
            note text,
            primary key (order_id, entry)
        );

        -- A cart has at most one live order; the row goes when the order has failed.
        create table live_carts (
            cart_id text primary key,
            order_id uuid not null unique
        );

        create table returns (
            id uuid primary key,
            order_id uuid not null references orders (id),
            status text not null check (status in ('requested', 'approved', 'rejected', 'received')),
            reason text not null,
            lines json not null,
            value bigint not null check (value >= 0),
            created_at timestamptz not null,
            decided_at timestamptz,
            decided_by text,
            note text
        );
        create index returns_by_order on returns (order_id);

        create table credits (
            reference text primary key,
            order_id uuid not null references orders (id),
            total bigint not null,
            lines json not null,
            created_at timestamptz not null
        );
        create index credits_by_order on credits (order_id);

        create table staff_tasks (
            id uuid primary key default uuidv7(),
            order_id uuid not null,
            kind text not null,
            detail text not null,
            created_at timestamptz not null default clock_timestamp(),
            done_at timestamptz,
            unique (order_id, kind)
        );

        create table secrets (
            name text primary key,
            value text not null
        );
        """
    )
