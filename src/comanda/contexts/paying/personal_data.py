"""What paying holds about a customer: payments, with what was given back of them."""

from comanda.messaging.personal_data import Section, personal_data_router

_PAYMENTS = Section(
    "payment",
    """
    select order_id::text as key,
        json_build_object(
            'order_id', order_id, 'method', method, 'token', token, 'amount', amount, 'currency', currency,
            'captured', captured, 'refunded', refunded, 'status', status, 'reason', reason, 'created_at', created_at,
            'refunds', (
                select json_agg(
                    json_build_object(
                        'id', id, 'amount', refunds.amount, 'currency', refunds.currency, 'cause', cause,
                        'status', refunds.status, 'reason', refunds.reason, 'created_at', refunds.created_at
                    )
                    order by id
                )
                from refunds
                where refunds.order_id = payment_intents.order_id
            )
        ) as data
    from payment_intents
    where customer_id = $1
    and ($2::text is null or order_id > $2::uuid)
    order by order_id
    limit $3
    """,
)

router = personal_data_router((_PAYMENTS,))
