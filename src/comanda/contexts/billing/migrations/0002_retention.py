"""Issued invoices let go of their buyers, and of nothing else, once the law does."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Let the buyer be taken out of an invoice; remember of whom invoices are still kept."""
    op.execute(
        """
        create or replace function never_changes() returns trigger language plpgsql as $$
        begin
            if tg_op = 'UPDATE' then
                if tg_table_name = 'invoices' then
                    if to_jsonb(new) - 'document' = to_jsonb(old) - 'document'
                        and new.document::jsonb = old.document::jsonb - 'buyer'
                    then
                        return new;
                    end if;
                end if;
            end if;
            raise exception '% never change', tg_table_name using errcode = 'restrict_violation';
        end $$;
        comment on function never_changes() is 'but for the buyer of an invoice, who may be taken out of it';

        alter table erased_customers add column invoices_kept boolean not null default true;
        comment on column erased_customers.invoices_kept is 'some may still name the customer, as the law asks';
        """
    )
