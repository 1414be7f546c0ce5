"""Stages that foreign services keep, and the calls to them."""

from alembic import op

from comanda.messaging import intents

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add what asking foreign services takes."""
    op.execute(intents.TABLE)
    op.execute(
        """
        alter table progress add column foreign_stages text[] check (cardinality(foreign_stages) > 0);
        comment on column progress.foreign_stages is 'kept by foreign services since the order was placed; mostly null';

        create table foreign_stages (
            order_id uuid not null,
            stage text not null check (stage in ('inventory', 'payment', 'shipping', 'mail')),
            state text not null default 'open' check (state in (
                'open', 'asked', 'done', 'refused', 'undoing', 'undone')),
            token text not null default '',
            updated_at timestamptz not null default clock_timestamp(),
            primary key (order_id, stage)
        ) with (fillfactor = 70);
        comment on column foreign_stages.token is 'the card''s, kept until the payment is settled';
        """
    )
