"""What ordering holds about a customer: orders with all that happened to them, returns, and their status."""

from comanda.messaging.personal_data import Section, personal_data_router

_ORDERS = Section(
    "order",
    """
    select o.number::text as key,
        json_build_object(
            'id', o.id, 'number', o.number, 'reference', coalesce(o.reference, o.id::text), 'kind', o.kind,
            'customer_id', o.customer_id, 'email', o.email, 'sms', o.sms, 'language', o.language,
            'currency', o.currency, 'subtotal', o.subtotal, 'shipping', o.shipping, 'tax', o.tax, 'total', o.total,
            'shipping_address', o.shipping_address, 'billing_address', o.billing_address,
            'shipping_method', o.shipping_method, 'payment_method', o.payment_method, 'metadata', o.metadata,
            'created_at', o.created_at, 'status', p.status, 'reason', p.reason,
            'lines', (
                select json_agg(
                    json_build_object(
                        'sku', sku, 'name', name, 'quantity', quantity, 'unit_price', unit_price, 'net', net,
                        'tax', tax, 'gross', gross
                    )
                    order by line
                )
                from lines
                where order_id = o.id
            ),
            'timeline', (
                select json_agg(
                    json_build_object('at', at, 'cause', cause, 'changes', changes, 'note', note) order by entry
                )
                from timeline
                where order_id = o.id
            )
        ) as data
    from orders o
    join progress p on p.order_id = o.id
    where o.customer_id = $1
    and ($2::text is null or o.number > $2::bigint)
    order by o.number
    limit $3
    """,
)

_RETURNS = Section(
    "return",
    """
    select r.id::text as key,
        json_build_object(
            'id', r.id, 'order_id', r.order_id, 'status', r.status, 'reason', r.reason, 'lines', r.lines,
            'value', r.value, 'note', r.note, 'created_at', r.created_at, 'decided_at', r.decided_at
        ) as data
    from orders o
    join returns r on r.order_id = o.id
    where o.customer_id = $1
    and ($2::text is null or r.id > $2::uuid)
    order by r.id
    limit $3
    """,
)

router = personal_data_router((_ORDERS, _RETURNS))
