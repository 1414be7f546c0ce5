"""What sessions tell of themselves, one-time tokens that go out by mail, and requests for a new password."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Widen sessions; create the tables."""
    op.execute(
        """
        alter table sessions
            add column user_agent text not null default '' check (length(user_agent) <= 200),
            add column last_used_at timestamptz;

        create table mail_tokens (
            hash bytea primary key check (length(hash) = 32),
            purpose text not null check (purpose in ('password_reset', 'email_change')),
            customer_id text collate "C" not null references customers on delete cascade,
            email text check (length(email) between 3 and 254),
            created_at timestamptz not null,
            expires_at timestamptz not null,
            check ((purpose = 'email_change') = (email is not null))
        );
        create index mail_tokens_of_customer on mail_tokens (customer_id);
        create index mail_tokens_age on mail_tokens (expires_at);
        comment on table mail_tokens is 'sent by mail and good for one use: a row goes when it is used';

        create table password_reset_requests (
            id bigint generated always as identity primary key,
            email_key text collate "C" not null check (length(email_key) <= 1000),
            trace text not null,
            requested_at timestamptz not null
        );
        comment on table password_reset_requests is
            'written alike for known and unknown e-mails, and taken off within seconds by the one who sends the links';
        """
    )
