"""What notifying holds about a customer: what they do not want, and every message to them."""

from comanda.messaging.personal_data import Section, personal_data_router

_PREFERENCES = Section(
    "preferences",
    """
    select customer_id as key, json_build_object('muted', muted) as data
    from customers
    where customer_id = $1
    and not erased
    and ($2::text is null or customer_id > $2)
    order by customer_id
    limit $3
    """,
)

_ORDER_MESSAGES = Section(
    "message",
    """
    select n.id::text as key,
        json_build_object(
            'id', n.id, 'about', n.about, 'milestone', n.milestone, 'channel', n.channel, 'status', n.status,
            'reason', n.reason, 'to', coalesce(n.address, o.contact ->> n.channel), 'data', n.data,
            'created_at', n.created_at
        ) as data
    from orders o
    join notifications n on n.about = o.order_id
    where o.customer_id = $1
    and ($2::text is null or n.id > $2::uuid)
    order by n.id
    limit $3
    """,
)

_ACCOUNT_MESSAGES = Section(
    "message",
    """
    select id::text as key,
        json_build_object(
            'id', id, 'about', about, 'milestone', milestone, 'channel', channel, 'status', status, 'reason', reason,
            'to', address, 'data', data, 'created_at', created_at
        ) as data
    from notifications
    where about = $1
    and ($2::text is null or id > $2::uuid)
    order by id
    limit $3
    """,
)

router = personal_data_router((_PREFERENCES, _ORDER_MESSAGES, _ACCOUNT_MESSAGES))
