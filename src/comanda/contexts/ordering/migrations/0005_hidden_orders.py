"""An index of the few hidden orders, so that long lists leave them out without reading every order's progress."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the index. `hidden` changes once at most: updates of progress stay within their page."""
    op.execute("create index progress_hidden on progress (number) where hidden")
