"""The SQL of the hot path: contacts of orders, and the messages about them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from comanda.contexts.notifying.correspondence import Contact, Correspondence, Message, Waiting
from comanda.messaging.unit_of_work import UnitOfWork


class Customer(NamedTuple):
    """What a customer does not want (channels and milestones), and whether all about them is to be forgotten."""

    muted: frozenset[str]
    erased: bool


OrderRow = tuple[str, str | None, str, str]
"""order id, customer id, contact and summary as JSON"""

_INSERT_ORDERS = """
    insert into orders (order_id, customer_id, contact, summary)
    select *
    from unnest($1::text[], $2::text[], $3::json[], $4::json[])
    on conflict (order_id) do nothing
"""

_ORDERS = """
    select o.order_id, o.contact, o.undone, c.muted, told.facts
    from orders o
    left join customers c on c.customer_id = o.customer_id
    left join lateral (
        select array_agg(n.milestone || ' ' || n.cause) as facts
        from notifications n
        where n.about = o.order_id
        and n.channel = 'email'
        and n.copy = 0
    ) told on true
    where o.order_id = any ($1::text[])
"""

_WAITING = """
    select order_id, milestone, cause, data
    from waiting
    where order_id = any ($1::text[])
    order by position
"""

# Most messages of a batch differ in nothing but their id and order: an array element costs asyncpg a microsecond, so
# the rest is sent once for each kind, and its template is found once.
_INSERT_MESSAGES = """
    with kinds as (
        select kind.*, t.id as template_id
        from unnest(
            $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::json[]
        ) as kind (kind, milestone, channel, cause, status, reason, language, address, data)
        left join templates t
            on t.current
            and t.name = kind.milestone
            and t.channel = kind.channel
            and t.language = kind.language
    )
    insert into notifications (id, about, milestone, channel, cause, status, reason, template_id, address, data)
    select message.id::uuid, about, milestone, channel, cause, status, reason, template_id, address, data
    from unnest($1::text[], $2::text[], $3::int[]) as message (id, about, kind)
    join kinds using (kind)
"""

_SET_UNDONE = """
    update orders o
    set undone = ended.undone
    from unnest($1::text[], $2::text[]) as ended (order_id, undone)
    where o.order_id = ended.order_id
"""

_FILL_IN = """
    update orders o
    set customer_id = met.customer_id, contact = met.contact, summary = met.summary
    from unnest($1::text[], $2::text[], $3::json[], $4::json[]) as met (order_id, customer_id, contact, summary)
    where o.order_id = met.order_id
"""


async def insert_orders(work: UnitOfWork, rows: Sequence[OrderRow]) -> int:
    """Write the contacts of new orders; how many were new."""
    status: str = await work.connection.execute(_INSERT_ORDERS, *map(list, zip(*rows, strict=True)))
    return int(status.rpartition(" ")[2])


async def orders(work: UnitOfWork, order_ids: Iterable[str]) -> dict[str, Correspondence]:
    """What is known of these orders; those never heard of are missing."""
    rows = await work.connection.fetch(_ORDERS, sorted(order_ids))
    found = {}
    for order_id, contact, undone, muted, facts in rows:
        found[order_id] = Correspondence(
            order_id,
            None if contact is None else _decode_contact(contact),
            frozenset(muted or ()),
            undone,
            "stranger" if contact is None else "known",
            _pairs(facts),
        )
    strangers = [order.order_id for order in found.values() if order.contact is None]
    if strangers:
        for order_id, milestone, cause, data in await work.connection.fetch(_WAITING, strangers):
            found[order_id].waiting.append(Waiting(milestone, cause, data))
            found[order_id].told.add((milestone, cause))
    return found


def _pairs(facts: list[str] | None) -> set[tuple[str, str]]:
    pairs = set()
    for fact in facts or ():
        milestone, _, cause = fact.partition(" ")
        pairs.add((milestone, cause))
    return pairs


async def save_messages(work: UnitOfWork, messages: Sequence[Message]) -> None:
    """Write messages, each with the template that is current now."""
    kinds: dict[tuple[str | None, ...], int] = {}
    kind_of = [kinds.setdefault(message[2:], len(kinds)) for message in messages]
    await work.connection.execute(
        _INSERT_MESSAGES,
        [message.id for message in messages],
        [message.about for message in messages],
        kind_of,
        list(kinds.values()),
        *map(list, zip(*kinds, strict=True)),
    )


async def save_orders(work: UnitOfWork, touched: Sequence[Correspondence], rows: Mapping[str, OrderRow]) -> None:
    """Write what came out of the usual order: contacts that came late, undoing, and what waits for a contact."""
    new = [order for order in touched if order.stored == "new"]
    if new:
        await work.connection.execute(
            "insert into orders (order_id, undone) select * from unnest($1::text[], $2::text[])",
            [order.order_id for order in new],
            [order.undone for order in new],
        )
    undone = [order for order in touched if order.undo_came and order.stored != "new"]
    if undone:
        await work.connection.execute(
            _SET_UNDONE, [order.order_id for order in undone], [order.undone for order in undone]
        )
    met = [rows[order.order_id] for order in touched if order.stored == "stranger" and order.contact is not None]
    if met:
        await work.connection.execute(_FILL_IN, *map(list, zip(*met, strict=True)))
    strangers = [order for order in touched if order.stored != "known"]
    if strangers:
        await _save_waiting(work, strangers)


async def _save_waiting(work: UnitOfWork, strangers: Sequence[Correspondence]) -> None:
    await work.connection.execute(
        "delete from waiting where order_id = any ($1::text[])", [order.order_id for order in strangers]
    )
    rows = [(order.order_id, *fact) for order in strangers for fact in order.waiting]
    if rows:
        await work.connection.execute(
            """
            insert into waiting (order_id, milestone, cause, data)
            select *
            from unnest($1::text[], $2::text[], $3::text[], $4::json[])
            """,
            *map(list, zip(*rows, strict=True)),
        )


async def customers(work: UnitOfWork, customer_ids: Iterable[str]) -> dict[str, Customer]:
    """The preferences of those customers who have any, and tombstones."""
    rows = await work.connection.fetch(
        "select customer_id, muted, erased from customers where customer_id = any ($1::text[])",
        sorted(customer_ids),
    )
    return {row["customer_id"]: Customer(frozenset(row["muted"]), row["erased"]) for row in rows}


async def account_told(work: UnitOfWork, customer_ids: Iterable[str]) -> set[tuple[str, str, str]]:
    """What the owners of these accounts have been told: customer, milestone, cause."""
    rows = await work.connection.fetch(
        "select about, milestone, cause from notifications where about = any ($1::text[])", sorted(customer_ids)
    )
    return {tuple(row) for row in rows}


async def forget(work: UnitOfWork, customer_ids: Sequence[str]) -> None:
    """Keep a tombstone of these customers, so that nothing brings them back; a task forgets what there is."""
    await work.connection.execute(
        """
        insert into customers (customer_id, erased)
        select unnest($1::text[]), true
        on conflict (customer_id) do update set erased = true, done = false, muted = '{}'
        """,
        customer_ids,
    )


_decode_contact = msgspec.json.Decoder(Contact).decode
