"""API tokens: of customers and of staff, for programs that act for them."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        create table api_tokens (
            id text collate "C" primary key,
            hash bytea not null unique check (length(hash) = 32),
            customer_id text collate "C" references customers on delete cascade,
            staff_id text collate "C" references staff on delete cascade,
            owner text collate "C" not null generated always as (coalesce(customer_id, staff_id)) stored,
            name text not null check (length(name) between 1 and 50),
            role text not null check (role in ('customer', 'staff', 'admin')),
            permissions text[] not null,
            created_at timestamptz not null,
            expires_at timestamptz not null check (expires_at > created_at),
            last_used_at timestamptz,
            check (num_nonnulls(customer_id, staff_id) = 1),
            check ((role = 'customer') = (customer_id is not null)),
            check (role = 'staff' or permissions = '{}')
        );
        create index api_tokens_of_owner on api_tokens (owner, id);
        create index api_tokens_age on api_tokens (expires_at);
        """
    )
