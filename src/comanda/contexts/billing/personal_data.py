"""What billing holds about a customer: drafts, invoices and credit notes."""

from comanda.messaging.personal_data import Section, personal_data_router

_INVOICES = Section(
    "invoice",
    """
    select d.id::text as key,
        json_build_object(
            'id', d.id, 'order_id', d.order_id, 'series', i.series, 'year', i.year, 'serial', i.serial,
            'void', d.void, 'created_at', d.created_at, 'issued_at', i.issued_at,
            'document', coalesce(i.document, d.document)
        ) as data
    from drafts d
    left join invoices i on i.order_id = d.order_id
    where d.customer_id = $1
    and d.id is not null
    and ($2::text is null or d.id > $2::uuid)
    order by d.id
    limit $3
    """,
)

_CREDIT_NOTES = Section(
    "credit_note",
    """
    select n.id::text as key,
        json_build_object(
            'id', n.id, 'order_id', n.order_id, 'series', n.series, 'year', n.year, 'serial', n.serial,
            'cause', n.cause, 'currency', n.currency, 'amount', n.amount, 'tax', n.tax, 'document', n.document,
            'issued_at', n.issued_at
        ) as data
    from drafts d
    join credit_notes n on n.order_id = d.order_id
    where d.customer_id = $1
    and ($2::text is null or n.id > $2::uuid)
    order by n.id
    limit $3
    """,
)

router = personal_data_router((_INVOICES, _CREDIT_NOTES))
