"""What shipping holds about a customer: their parcels."""

from comanda.messaging.personal_data import Section, personal_data_router

_SHIPMENTS = Section(
    "shipment",
    """
    select id::text as key,
        json_build_object(
            'id', id, 'order_id', order_id, 'kind', kind, 'status', status, 'tracking_number', tracking_number,
            'parcel', document, 'recipient', recipient, 'reason', reason, 'created_at', created_at,
            'dispatched_at', dispatched_at, 'delivered_at', delivered_at, 'ended_at', ended_at
        ) as data
    from shipments
    where customer_id = $1
    and ($2::text is null or id > $2::uuid)
    order by id
    limit $3
    """,
)

router = personal_data_router((_SHIPMENTS,))
