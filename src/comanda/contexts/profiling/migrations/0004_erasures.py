"""Who was erased, and how far that is."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        create table erasures (
            customer_id text collate "C" primary key check (length(customer_id) between 1 and 50),
            asked_at timestamptz not null,
            actor text,
            erased_at timestamptz,
            log_done boolean not null default false,
            check (erased_at is not null or not log_done)
        );
        create index erasures_to_do on erasures (asked_at) where not log_done;
        comment on table erasures is
            'the tombstones: without erased_at it was asked for and is not decided yet; log_done: nor in the event log';
        """
    )
