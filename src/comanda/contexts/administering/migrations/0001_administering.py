"""Sellers, values of settings, and the audit log."""

from alembic import op

from comanda.messaging import settings
from comanda.platform import idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of administering."""
    op.execute(idempotency.TABLE)
    op.execute(settings.TABLE)
    op.execute(
        """
        create table sellers (
            id uuid primary key default uuidv7(),
            name text not null check (length(name) between 1 and 200),
            email text not null default '',
            description text not null default '',
            status text not null default 'active' check (status in ('active', 'suspended', 'removed')),
            reason text not null default '',
            version int not null default 1,
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now()
        );
        create unique index sellers_name on sellers (lower(name)) where status <> 'removed';

        create table setting_values (
            name text primary key,
            value json not null,
            changed_by text,
            changed_at timestamptz not null default now()
        );

        create table audit_log (
            id bigint generated always as identity primary key,
            time timestamptz not null,
            actor text not null,
            type text not null,
            subject text not null,
            trace text not null default '',
            details json not null
        );
        create index audit_log_actor on audit_log (actor, id);
        create index audit_log_subject on audit_log (subject, id);
        create index audit_log_time on audit_log (time);
        """
    )
