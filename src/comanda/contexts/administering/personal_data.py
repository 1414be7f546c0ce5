"""What administering holds about a customer: what staff did to their account."""

from comanda.messaging.personal_data import Section, personal_data_router

_AUDIT = Section(
    "audit_entry",
    """
    select id::text as key,
        json_build_object('time', time, 'type', type, 'details', details) as data
    from audit_log
    where subject = $1
    and ($2::text is null or id > $2::bigint)
    order by id
    limit $3
    """,
)

router = personal_data_router((_AUDIT,))
