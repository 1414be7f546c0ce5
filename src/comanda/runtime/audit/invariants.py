"""What must hold at rest: nine invariants, each a few statements that answer one line for every breach.

A statement selects one column, `breach`, and takes `$1`, the orders parked behind a dead letter or with events that are
not read yet, where those are excused from what a service could not finish; the audit lists the parked ones.
`LEGAL_MOVES` is the order's own table.
"""

from dataclasses import dataclass

from comanda.contexts.ordering.order import TRANSITIONS
from comanda.runtime.audit import foreign_stages


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule, by number, with its statements and the one that is held against `LEGAL_MOVES`, if any."""

    number: int
    title: str
    statements: tuple[str, ...]
    of_moves: str | None = None


LEGAL_MOVES = [f"{old} {new}" for old, moves in TRANSITIONS.items() for new in moves]
"""From and to of every transition there is."""

_ORDERS_END = """
    select format('order %s is %s and past its time (%s)', order_id, status, coalesce(deadline::text, 'no deadline'))
        as breach
    from ordering.progress
    where managed
    and status not in ('completed', 'failed', 'canceled')
    and (deadline is null or deadline < clock_timestamp() - interval '5 minutes')
    and not order_id::text = any ($1::text[])
"""

_ORDERS_WERE_PLACED = """
    select format('order %s has %s OrderCreated events', o.id, count(l.position)) as breach
    from ordering.orders o
    left join messaging.log l on l.type = 'comanda.ordering.OrderCreated.v1' and l.subject = o.id::text
    where o.kind = 'managed'
    group by o.id
    having count(l.position) <> 1
    union all
    select format('OrderCreated names order %s, which does not exist', l.subject)
    from messaging.log l
    left join ordering.orders o on o.id::text = l.subject
    where l.type = 'comanda.ordering.OrderCreated.v1'
    and o.id is null
    union all
    select format('order %s has no progress', o.id)
    from ordering.orders o
    left join ordering.progress p on p.order_id = o.id
    where p.order_id is null
"""

_STOCK_IS_ITS_LEDGER = """
    select format('%s: %s on hand, the ledger says %s', sku, coalesce(l.on_hand, 0), coalesce(m.on_hand, 0)) as breach
    from stocking.levels l
    full join (select sku, sum(delta) as on_hand from stocking.movements group by sku) m using (sku)
    where coalesce(l.on_hand, 0) <> coalesce(m.on_hand, 0)
"""

_RESERVED_IS_OPEN_RESERVATIONS = """
    select format('%s: %s reserved, open reservations say %s', sku, coalesce(l.reserved, 0), coalesce(r.reserved, 0))
        as breach
    from stocking.levels l
    full join (select sku, sum(quantity) as reserved from stocking.open_reservations group by sku) r using (sku)
    where coalesce(l.reserved, 0) <> coalesce(r.reserved, 0)
    union all
    select format('%s: %s reserved of %s on hand', sku, reserved, on_hand)
    from stocking.levels
    where reserved < 0
    or reserved > on_hand
"""

_NO_RESERVATION_OUTLIVES_ITS_ORDER = """
    select format('order %s is %s, its stock is still reserved', p.order_id, p.status) as breach
    from stocking.reservations r
    join ordering.progress p on p.order_id = r.id
    where r.state = 'reserved'
    and p.status not in ('created', 'reserved')
    and not p.order_id::text = any ($1::text[])
    union all
    select format('order %s is %s, its goods are not back', p.order_id, p.status)
    from stocking.reservations r
    join ordering.progress p on p.order_id = r.id
    where r.state = 'committed'
    and p.status in ('failed', 'canceled')
    and not p.order_id::text = any ($1::text[])
"""

_MONEY = """
    with refunds as (
        select order_id,
            coalesce(sum(amount) filter (where status = 'failed' and cause <> 'staff'), 0) as listed,
            bool_or(status = 'pending') as pending
        from paying.refunds
        group by order_id
    ),
    credited as (
        select order_id, sum(amount) as amount
        from billing.credit_notes
        group by order_id
    ),
    money as (
        select p.order_id, p.status, i.captured, i.refunded,
            case when i.status = 'outstanding' then i.amount else 0 end as outstanding,
            coalesce(v.total, 0) as invoiced, coalesce(c.amount, 0) as credited,
            coalesce(r.listed, 0) as listed
        from ordering.progress p
        join paying.payment_intents i on i.order_id = p.order_id
        left join refunds r on r.order_id = p.order_id
        left join billing.invoices v on v.order_id = p.order_id
        left join credited c on c.order_id = p.order_id
        where p.managed
        and p.status in ('completed', 'failed', 'canceled')
        and i.ask = 'none'
        and not coalesce(r.pending, false)
        and not p.order_id::text = any ($1::text[])
    )
    select format(
        'order %s (%s): captured %s, outstanding %s, refunded %s, invoiced %s, credited %s, listed for staff %s',
        order_id, status, captured, outstanding, refunded, invoiced, credited, listed
    ) as breach
    from money
    where refunded > captured
    or (status = 'completed' and captured + outstanding - refunded <> invoiced - credited)
    or (status in ('failed', 'canceled') and captured - refunded > listed)
    or (status in ('failed', 'canceled') and outstanding > 0)
    or (status in ('failed', 'canceled') and invoiced <> credited)
"""

_PROVIDER_AGREES = """
    select format(
        'order %s: captured %s and refunded %s, the provider says %s and %s',
        i.order_id, i.captured, i.refunded, coalesce(c.captured, 0), coalesce(c.refunded, 0)
    ) as breach
    from paying.payment_intents i
    left join (
        select key, case when status = 'captured' then amount else 0 end as captured, refunded
        from paying.provider_charges
    ) c on c.key = i.order_id::text
    left join (
        select order_id, sum(amount) as amount
        from paying.refunds
        where status in ('pending', 'settled')
        group by order_id
    ) open on open.order_id = i.order_id
    where i.method = 'card'
    and i.ask = 'none'
    and not i.order_id::text = any ($1::text[])
    and (i.captured <> coalesce(c.captured, 0)
        or i.refunded - coalesce(c.refunded, 0) not between -coalesce(open.amount, 0) and coalesce(open.amount, 0))
"""

_SUMS = """
    select format('order %s: lines %s, subtotal %s, shipping %s, total %s', o.id, l.gross, o.subtotal, o.shipping,
        o.total) as breach
    from ordering.orders o
    join (
        select order_id, sum(gross) as gross, sum(tax) as tax, bool_and(net + tax = gross) as adds_up
        from ordering.lines
        group by order_id
    ) l on l.order_id = o.id
    where l.gross <> o.subtotal
    or o.total <> o.subtotal + o.shipping
    or not l.adds_up
    or (o.kind = 'managed' and l.tax > o.tax)
"""

_GAPLESS = """
    select format('%s %s-%s: %s papers, numbers from %s to %s, the counter stands at %s', paper, p.series, p.year, n,
        first, highest, c.last) as breach
    from (
        select 'invoices' as paper, series, year, count(*) as n, min(serial) as first, max(serial) as highest
        from billing.invoices
        group by series, year
        union all
        select 'credit notes', series, year, count(*), min(serial), max(serial)
        from billing.credit_notes
        group by series, year
    ) p
    left join billing.counters c on c.series = p.series and c.year = p.year
    where first <> 1
    or n <> highest
    or highest is distinct from c.last
"""

_ONE_OF_EACH = """
    select format('order %s has %s outbound shipments', order_id, count(*)) as breach
    from shipping.shipments
    where kind = 'outbound'
    and managed
    group by order_id
    having count(*) > 1
    union all
    select format('%s about %s: told %s times on %s', milestone, about, count(*), channel)
    from notifying.notifications
    where copy = 0
    group by about, milestone, cause, channel
    having count(*) > 1
    union all
    select format('order %s is completed and has %s invoices and %s shipments', p.order_id, count(distinct v.order_id),
        count(distinct s.id))
    from ordering.progress p
    left join billing.invoices v on v.order_id = p.order_id
    left join shipping.shipments s on s.order_id = p.order_id and s.kind = 'outbound'
    where p.managed
    and p.status = 'completed'
    and not p.order_id::text = any ($1::text[])
    group by p.order_id
    having count(distinct v.order_id) <> 1
    or count(distinct s.id) <> case when 'shipping' = any (p.foreign_stages) then 0 else 1 end
"""

_CONSUMED = """
    select format('%s has read %s events: %s applied, %s parked or discarded', c.consumer, c.consumed, c.applied,
        coalesce(l.n, 0)) as breach
    from messaging.cursors c
    left join (
        select consumer, count(*) as n
        from messaging.dead_letters
        where status <> 'replayed'
        group by consumer
    ) l using (consumer)
    where c.consumed <> c.applied + coalesce(l.n, 0)
    union all
    select format('%s has read %s events, the log holds %s of its types up to its cursor', c.consumer, c.consumed, l.n)
    from messaging.cursors c
    cross join lateral (
        select count(*) as n
        from messaging.log
        where log.type = any (c.types)
        and (log.era < c.era or pg_visible_in_snapshot(log.xid, c.seen))
    ) l
    where c.counted
    and c.seen::text = c.upto::text
    and c.consumed <> l.n
"""

_LETTERS_ARE_ACCOUNTED_FOR = """
    select format('letter %s names no event of the log', d.id) as breach
    from messaging.dead_letters d
    left join messaging.log l on l.era = d.era and l.position = d.position
    where l.position is null
    union all
    select format('%s of %s is parked without a letter', p.subject, p.consumer)
    from messaging.parked_subjects p
    where not exists (
        select 1
        from messaging.dead_letters d
        where d.consumer = p.consumer
        and d.subject = p.subject
        and d.status = 'parked'
    )
    union all
    select format('letter %s of %s is parked, its subject is not', d.id, d.consumer)
    from messaging.dead_letters d
    left join messaging.parked_subjects p on p.consumer = d.consumer and p.subject = d.subject
    where d.status = 'parked'
    and p.subject is null
"""

_TIMELINE_EXPLAINS = """
    with told as (
        select t.order_id, jsonb_object_agg(change.key, change.value order by t.entry) as state
        from ordering.timeline t
        cross join lateral json_each_text(t.changes) as change
        group by t.order_id
    )
    select format('order %s: the timeline says %s, the row %s %s %s %s %s %s', p.order_id, t.state, p.status,
        p.payment, p.inventory, p.fulfillment, p.invoice, p.confirmation) as breach
    from ordering.progress p
    join ordering.orders o on o.id = p.order_id and o.kind = 'managed'
    left join told t using (order_id)
    where p.status is distinct from t.state ->> 'status'
    or p.payment <> coalesce(t.state ->> 'payment', 'pending')
    or p.inventory <> coalesce(t.state ->> 'inventory', 'pending')
    or p.fulfillment <> coalesce(t.state ->> 'fulfillment', 'pending')
    or p.invoice <> coalesce(t.state ->> 'invoice', 'none')
    or p.confirmation <> coalesce(t.state ->> 'confirmation', 'pending')
"""

_MOVES_ARE_LEGAL = """
    with moves as (
        select t.order_id, lag(t.changes ->> 'status') over (partition by t.order_id order by t.entry) as old,
            t.changes ->> 'status' as new
        from ordering.timeline t
        join ordering.orders o on o.id = t.order_id and o.kind = 'managed'
        where t.changes ->> 'status' is not null
    )
    select format('order %s went from %s to %s', order_id, coalesce(old, 'nothing'), new) as breach
    from moves
    where (old is null and new <> 'created')
    or (old is not null and not old || ' ' || new = any ($1::text[]))
"""

_FACETS_AGREE = """
    select format('order %s: payment is %s, paying says %s (captured %s, refunded %s)', p.order_id, p.payment,
        i.status, i.captured, i.refunded) as breach
    from ordering.progress p
    join paying.payment_intents i on i.order_id = p.order_id
    where p.managed
    and p.status in ('completed', 'failed', 'canceled')
    and i.ask = 'none'
    and not p.order_id::text = any ($1::text[])
    and p.payment <> case
        when i.captured > 0 and i.refunded = 0 then 'approved'
        when i.captured > 0 and i.refunded = i.captured then 'refunded'
        when i.captured > 0 then 'partially_refunded'
        when i.status in ('created', 'expected') then 'pending'
        when i.status = 'failed' then 'declined'
        else i.status
    end
    union all
    select format('order %s: inventory is %s, stocking says %s', p.order_id, p.inventory, r.state)
    from ordering.progress p
    join stocking.reservations r on r.id = p.order_id
    where p.managed
    and p.status in ('completed', 'failed', 'canceled')
    and not p.order_id::text = any ($1::text[])
    and not coalesce('inventory' = any (p.foreign_stages), false)
    and p.inventory <> case
        when r.state = 'awaited' or (r.state = 'released' and r.skus = '{}') then 'pending'
        else r.state
    end
"""

INVARIANTS = (
    Invariant(
        1,
        "every order was placed once and ends, or is within its deadline",
        (_ORDERS_END, _ORDERS_WERE_PLACED),
    ),
    Invariant(
        2,
        "stock is what its ledger says, and reserved is what open reservations say",
        (
            _STOCK_IS_ITS_LEDGER,
            _RESERVED_IS_OPEN_RESERVATIONS,
            _NO_RESERVATION_OUTLIVES_ITS_ORDER,
            foreign_stages.AGREE,
            foreign_stages.LEFT_ALONE,
        ),
    ),
    Invariant(
        3,
        "money taken, promised, given back, invoiced and credited agree, also with the provider's list",
        (_MONEY, _PROVIDER_AGREES),
    ),
    Invariant(4, "an order's sums add up", (_SUMS,)),
    Invariant(5, "invoice and credit note numbers have no gap and no double", (_GAPLESS,)),
    Invariant(6, "one shipment, one invoice, one message of each kind", (_ONE_OF_EACH,)),
    Invariant(7, "every event had its effect exactly once in every consumer", (_CONSUMED, _LETTERS_ARE_ACCOUNTED_FOR)),
    Invariant(
        8,
        "the timeline explains the row, and every transition is legal",
        (_TIMELINE_EXPLAINS, _FACETS_AGREE),
        of_moves=_MOVES_ARE_LEGAL,
    ),
    Invariant(9, "rebuilt reports equal the live ones", ()),
)
