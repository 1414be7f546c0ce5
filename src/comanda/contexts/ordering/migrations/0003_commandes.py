"""A view of the orders for who reads them from the database in the words and columns of the `commandes` dialect."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the view."""
    op.execute(
        """
        create view commandes as
        select o.number as id,
            coalesce(o.reference, o.id::text)::varchar(50) as order_id,
            coalesce(o.customer_id, 'guest')::varchar(50) as customer_id,
            o.created_at,
            case
                when p.status in ('created', 'reserved') then 'pending'
                when p.status in ('paid', 'shipping_scheduled') then 'processing'
                when p.status in ('failed', 'canceled') then 'cancelled'
                else p.status
            end::varchar(50) as status,
            case
                when o.currency <> coalesce(set_currency.code, 'EUR') then null
                when o.currency in (
                    'ADP', 'AFN', 'ALL', 'BIF', 'BYR', 'CLP', 'DJF', 'ESP', 'GNF', 'IQD', 'IRR', 'ISK', 'ITL', 'JPY',
                    'KMF', 'KPW', 'KRW', 'LAK', 'LBP', 'LUF', 'MGA', 'MGF', 'MMK', 'MRO', 'PYG', 'RSD', 'RWF', 'SLL',
                    'SOS', 'STD', 'SYP', 'TMM', 'TRL', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'YER', 'ZMK',
                    'ZWD'
                ) then o.total::numeric
                when o.currency in ('BHD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then o.total * 0.001
                when o.currency in ('CLF', 'UYW') then o.total * 0.0001
                else o.total * 0.01
            end as total_amount,
            p.updated_at
        from orders o
        join progress p on p.order_id = o.id
        left join (
            select value #>> '{}' as code
            from settings
            where name = 'ordering.commandes_currency'
        ) set_currency on true
        where not p.hidden;
        comment on view commandes is 'every order in seven columns; total_amount is null in another currency than the'
            ' one of the setting ordering.commandes_currency';
        """
    )
