"""What ordering knows of customers: the status that staff gave them."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table, with the statuses that were given before there was one."""
    op.execute(
        """
        create table customer_statuses (
            customer_id text primary key,
            status text not null
        );
        comment on table customer_statuses is 'who is not standard; as profiling has said';

        insert into customer_statuses (customer_id, status)
        select subject, status
        from (
            select distinct on (subject) subject, data ->> 'status' as status
            from messaging.log
            where type = 'comanda.profiling.CustomerStatusChanged.v1'
            order by subject, era desc, position desc
        ) newest
        where status <> 'standard';
        """
    )
