"""What must hold of orders whose stages foreign services keep: statements as in `invariants.py`.

What the foreign services themselves keep is out of reach: ordering's record of their answers is held against the order.
"""

AGREE = """
    with stages as (
        select f.order_id, f.stage, f.state, p.status, p.payment, p.inventory, p.fulfillment, p.confirmation,
            exists (select from ordering.intents i where i.subject = f.order_id::text || '/' || f.stage) as goes_on
        from ordering.foreign_stages f
        join ordering.progress p using (order_id)
        where not f.order_id::text = any ($1::text[])
    )
    select format('order %s is %s, its %s at the foreign service is %s and nobody asks for it', order_id, status, stage,
        state) as breach
    from stages
    where not goes_on
    and (
        (state in ('asked', 'undoing') and not (stage = 'mail' and status in ('failed', 'canceled')))
        or (status = 'completed' and state <> 'done' and not (stage = 'mail' and state = 'refused'))
        or (status in ('failed', 'canceled') and stage <> 'mail' and state = 'done' and fulfillment <> 'shipped')
    )
    union all
    select format('order %s: the foreign %s is %s, the order says %s %s %s', order_id, stage, state, inventory, payment,
        fulfillment)
    from stages
    where not goes_on
    and (
        (stage = 'inventory' and (state = 'done') <> (inventory in ('reserved', 'committed')))
        or (stage = 'payment' and (state = 'done') <> (payment in ('approved', 'outstanding')))
        or (stage = 'shipping' and (state = 'done') <> (fulfillment not in ('pending', 'canceled')))
    )
"""

LEFT_ALONE = """
    select format('order %s: its %s is in foreign hands, and Comanda''s own service has a row', p.order_id, kept.stage)
        as breach
    from ordering.progress p
    cross join unnest(p.foreign_stages) as kept (stage)
    where kept.stage = 'payment'
    and exists (select from paying.payment_intents i where i.order_id = p.order_id)
    or kept.stage = 'inventory'
    and exists (select from stocking.reservations r where r.id = p.order_id and r.state <> 'awaited')
    or kept.stage = 'shipping'
    and exists (select from shipping.shipments s where s.order_id = p.order_id and s.kind = 'outbound' and s.managed)
"""
