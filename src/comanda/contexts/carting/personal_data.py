"""What carting holds about a customer: their carts."""

from comanda.messaging.personal_data import Section, personal_data_router

_CARTS = Section(
    "cart",
    """
    select id as key,
        json_build_object(
            'id', id, 'status', status, 'currency', currency, 'skus', skus, 'quantities', quantities,
            'created_at', created_at, 'updated_at', updated_at
        ) as data
    from carts
    where customer_id = $1
    and ($2::text is null or id > $2)
    order by id
    limit $3
    """,
)

router = personal_data_router((_CARTS,))
