"""Forgetting customers in pieces."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Say of whom there is still something to forget."""
    op.execute(
        """
        alter table customers add column done boolean not null default false;
        create index customers_to_forget on customers (customer_id) where erased and not done;
        comment on column customers.done is 'of an erased customer: nothing is left';
        """
    )
