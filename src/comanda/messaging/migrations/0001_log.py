"""The event log, its cursors, dead letters and eras."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of the event path."""
    op.execute(
        """
        create table messaging.eras (
            era int primary key,
            system_identifier text not null,
            timeline int not null,
            started_at timestamptz not null default clock_timestamp()
        );

        create table messaging.log (
            position bigint generated always as identity (cache 1),
            era int not null default 1,
            xid xid8 not null default pg_current_xact_id(),
            id uuid not null default uuidv7(),
            time timestamptz not null default clock_timestamp(),
            type text not null,
            subject text not null,
            trace uuid,
            actor text,
            person text,
            data json not null,
            personal json,
            primary key (era, position)
        );
        create index log_xid on messaging.log (era, xid, position);
        create index log_person on messaging.log (person) where person is not null;

        create table messaging.cursors (
            consumer text primary key,
            era int not null,
            seen pg_snapshot not null,
            upto pg_snapshot not null,
            position bigint not null,
            last bigint not null,
            n bigint not null default 0,
            consumed bigint not null default 0,
            applied bigint not null default 0,
            types text[] not null default '{}',
            counted boolean not null default true,
            updated_at timestamptz not null default clock_timestamp()
        ) with (fillfactor = 50);

        create table messaging.parked_subjects (
            consumer text not null,
            subject text collate "C" not null,
            parked_at timestamptz not null default clock_timestamp(),
            primary key (consumer, subject)
        );

        create table messaging.dead_letters (
            id uuid primary key default uuidv7(),
            consumer text not null,
            era int not null,
            position bigint not null,
            type text not null,
            subject text collate "C" not null,
            time timestamptz not null,
            trace uuid,
            actor text,
            data text not null,
            personal text,
            reason text not null,
            status text not null default 'parked' check (status in ('parked', 'replayed', 'discarded')),
            parked_at timestamptz not null default clock_timestamp(),
            settled_at timestamptz,
            settled_by text,
            unique (consumer, era, position)
        );
        create index dead_letters_open on messaging.dead_letters (consumer, subject, position) where status = 'parked';
        """
    )
