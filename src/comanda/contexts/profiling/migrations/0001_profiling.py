"""Customers, their addresses and sessions, and the keys that tokens are signed with."""

from alembic import op

from comanda.messaging import settings
from comanda.platform import idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create profiling's tables."""
    op.execute(
        """
        create table signing_keys (
            kid text primary key,
            private_jwk text not null,
            created_at timestamptz not null default clock_timestamp(),
            not_after timestamptz
        );
        comment on column signing_keys.not_after is 'null: signs; else published and trusted until then';

        create table customers (
            id text collate "C" primary key check (length(id) between 1 and 50),
            email text not null check (length(email) between 3 and 254),
            email_key text collate "C" not null unique,
            password_hash text not null,
            name text not null default '' check (length(name) <= 200),
            phone text not null default '' check (length(phone) <= 40),
            language text not null default 'en' check (length(language) between 2 and 10),
            status text not null default 'standard' check (length(status) between 1 and 30),
            created_at timestamptz not null,
            updated_at timestamptz not null,
            words tsvector not null generated always as (
                to_tsvector('simple', name || ' ' || email || ' ' || translate(email, '@.+-_', '     '))
            ) stored
        ) with (fillfactor = 80);
        create index customers_newest on customers (created_at, id);
        create index customers_words on customers using gin (words);

        create table addresses (
            id text collate "C" primary key,
            customer_id text collate "C" not null references customers on delete cascade,
            recipient text not null,
            street text not null,
            number text not null,
            line2 text not null,
            city text not null,
            state text not null,
            postal_code text not null,
            country text collate "C" not null check (country ~ '^[A-Z]{2}$'),
            phone text not null,
            company text not null,
            vat_id text not null,
            default_shipping boolean not null,
            default_billing boolean not null,
            created_at timestamptz not null,
            updated_at timestamptz not null
        );
        create index addresses_of_customer on addresses (customer_id, id);
        create unique index addresses_default_shipping on addresses (customer_id) where default_shipping;
        create unique index addresses_default_billing on addresses (customer_id) where default_billing;

        create table sessions (
            id text collate "C" primary key,
            role text not null check (role in ('customer', 'staff', 'admin')),
            subject text collate "C" not null,
            created_at timestamptz not null,
            expires_at timestamptz not null,
            revoked_at timestamptz
        );
        create index sessions_of_subject on sessions (subject);
        create index sessions_age on sessions (expires_at);

        create table refresh_tokens (
            hash bytea primary key,
            session_id text collate "C" not null references sessions on delete cascade,
            created_at timestamptz not null,
            used_at timestamptz
        );
        create index refresh_tokens_of_session on refresh_tokens (session_id);

        create table attempts (
            key bytea primary key,
            count int not null check (count >= 1),
            window_ends_at timestamptz not null
        ) with (fillfactor = 70);
        comment on table attempts is 'what is limited: the key is a hash of what was tried and by whom';
        """
    )
    op.execute(settings.TABLE)
    op.execute(idempotency.TABLE)
