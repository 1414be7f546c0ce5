"""What Alembic runs to bring one schema up to date; `migrations.py` prepares it and hands in the connection."""

from alembic import context
from alembic.operations import Operations
from alembic.operations.ops import ExecuteSQLOp


@Operations.implementation_for(ExecuteSQLOp, replace=True)
def _execute_as_written(operations: Operations, operation: ExecuteSQLOp) -> None:
    """Give the text to PostgreSQL as it is: SQLAlchemy would take a colon or a percent sign for a parameter."""
    connection = operations.get_bind().connection.dbapi_connection
    if connection is None:
        raise RuntimeError("a revision is run on a closed connection")
    connection.cursor().execute(str(operation.sqltext))


attributes = context.config.attributes
context.configure(connection=attributes["connection"], version_table_schema=attributes["schema"])
with context.begin_transaction():
    context.run_migrations()
    attributes["finish"]()
