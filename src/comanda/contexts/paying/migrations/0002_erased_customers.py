"""Who was erased: what identifies their cards is dropped."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        create table erased_customers (
            customer_id text collate "C" primary key,
            erased_at timestamptz not null default clock_timestamp(),
            done boolean not null default false
        );
        create index erased_customers_to_do on erased_customers (customer_id) where not done;
        comment on column erased_customers.done is 'a day has passed, and nothing of them is left or still to come';
        """
    )
