"""Contacts of orders, the messages about them, templates and preferences."""

from alembic import op

from comanda.messaging import settings
from comanda.platform import idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of notifying."""
    op.execute(idempotency.TABLE)
    op.execute(settings.TABLE)
    op.execute(
        """
        create table templates (
            id int generated always as identity primary key,
            name text not null,
            channel text not null check (channel in ('email', 'sms')),
            language text not null check (language in ('en', 'fr', 'pt')),
            version int not null check (version >= 1),
            subject text not null,
            text text not null,
            html text not null,
            author text,
            current boolean not null default true,
            created_at timestamptz not null default now(),
            unique (name, channel, language, version)
        );
        create unique index templates_current on templates (name, channel, language) where current;

        create table orders (
            order_id text collate "C" primary key,
            customer_id text,
            contact json,
            summary json,
            undone text check (undone in ('canceled', 'failed'))
        ) with (fillfactor = 90);
        create index orders_customer on orders (customer_id) where customer_id is not null;

        create table waiting (
            position bigint generated always as identity primary key,
            order_id text collate "C" not null,
            milestone text not null,
            cause text not null,
            data json,
            unique (order_id, milestone, cause)
        );

        create table notifications (
            id uuid primary key,
            about text collate "C" not null,
            milestone text not null,
            channel text not null check (channel in ('email', 'sms')),
            cause text not null,
            copy int not null default 0 check (copy >= 0),
            status text not null check (status in ('sent', 'skipped', 'failed', 'withdrawn')),
            reason text not null default '',
            template_id int,
            address text,
            data json,
            created_at timestamptz not null default now(),
            unique (about, milestone, channel, cause, copy)
        );
        create index notifications_failed on notifications (id) where status = 'failed';

        create table customers (
            customer_id text collate "C" primary key,
            muted text[] not null default '{}',
            erased boolean not null default false
        );
        """
    )
