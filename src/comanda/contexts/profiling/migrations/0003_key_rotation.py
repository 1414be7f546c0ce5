"""When a key begins to sign, and when the last token that it has signed ends."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Widen signing_keys."""
    op.execute(
        """
        alter table signing_keys
            add column signs_from timestamptz not null default clock_timestamp(),
            add column tokens_until timestamptz;
        update signing_keys set signs_from = created_at;
        create unique index signing_keys_turn on signing_keys (signs_from);
        comment on column signing_keys.signs_from is 'published before; signs until the next one begins';
        comment on column signing_keys.tokens_until is 'when the last of its tokens ends, of those that live long';
        comment on column signing_keys.not_after is 'null: the newest; else published and trusted until then';
        """
    )
