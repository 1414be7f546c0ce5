"""What profiling holds about a customer."""

from comanda.messaging.personal_data import Section, personal_data_router

_CUSTOMER = Section(
    "customer",
    """
    select id as key,
        json_build_object(
            'id', id, 'email', email, 'name', name, 'phone', phone, 'language', language, 'status', status,
            'created_at', created_at, 'updated_at', updated_at
        ) as data
    from customers
    where id = $1
    and ($2::text is null or id > $2)
    order by id
    limit $3
    """,
)

_ADDRESSES = Section(
    "address",
    """
    select id as key, to_json(addresses) as data
    from addresses
    where customer_id = $1
    and ($2::text is null or id > $2)
    order by id
    limit $3
    """,
)

_SESSIONS = Section(
    "session",
    """
    select id as key,
        json_build_object(
            'id', id, 'user_agent', user_agent, 'created_at', created_at, 'last_used_at', last_used_at,
        'expires_at', expires_at, 'revoked_at', revoked_at
        ) as data
    from sessions
    where subject = $1
    and role = 'customer'
    and ($2::text is null or id > $2)
    order by id
    limit $3
    """,
)

_LINKS = Section(
    "link",
    """
    select encode(hash, 'hex') as key,
        json_build_object(
            'purpose', purpose, 'email', email, 'created_at', created_at, 'expires_at', expires_at
        ) as data
    from mail_tokens
    where customer_id = $1
    and ($2::text is null or hash > decode($2, 'hex'))
    order by hash
    limit $3
    """,
)

_API_TOKENS = Section(
    "api_token",
    """
    select id as key,
        json_build_object(
            'id', id, 'name', name, 'created_at', created_at, 'expires_at', expires_at, 'last_used_at', last_used_at
        ) as data
    from api_tokens
    where customer_id = $1
    and ($2::text is null or id > $2)
    order by id
    limit $3
    """,
)

router = personal_data_router((_CUSTOMER, _ADDRESSES, _SESSIONS, _LINKS, _API_TOKENS))
