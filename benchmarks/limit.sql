-- The fewest durable rows of the order process, written by PostgreSQL alone.
--
-- `call lim.run(1)` takes one order of two lines through every step in seven transactions: the row-at-a-time limit.
-- `call lim.run(500)` takes 500 orders through the same statements and transactions at once: the batch limit.
-- No HTTP, no JSON to read, no message text, no timeline, no ledger: what remains is what any such system must write.

drop schema if exists lim cascade;
create schema lim;

create table lim.orders (
    id uuid primary key,
    customer_id text not null,
    status text not null,
    total bigint not null,
    address jsonb not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index on lim.orders (customer_id, created_at desc);

create table lim.lines (
    order_id uuid not null,
    sku text not null,
    quantity int not null,
    unit_price bigint not null,
    primary key (order_id, sku)
);

create table lim.stock (
    sku text primary key,
    on_hand int not null,
    reserved int not null default 0
) with (fillfactor = 50);

create table lim.reservations (
    order_id uuid not null,
    sku text not null,
    quantity int not null,
    state text not null,
    primary key (order_id, sku)
);

create table lim.payments (
    id uuid primary key,
    order_id uuid unique not null,
    amount bigint not null,
    status text not null
);

create table lim.invoices (
    number bigint primary key,
    order_id uuid unique not null,
    total bigint not null,
    tax bigint not null,
    status text not null
);
create sequence lim.invoice_number;

create table lim.shipments (
    id uuid primary key,
    order_id uuid unique not null,
    carrier text not null,
    tracking text not null,
    status text not null
);

create table lim.notifications (
    order_id uuid not null,
    kind text not null,
    sent_at timestamptz,
    primary key (order_id, kind)
);

create table lim.log (
    position bigint generated always as identity primary key,
    key uuid not null,
    type text not null,
    payload jsonb not null,
    at timestamptz not null default now()
);

insert into lim.stock
select 'SKU-' || i, 2000000000
from generate_series(1, 1000) i;


-- Ordering: n orders of two lines, each sku of its own half of the 1,000 products, and OrderCreated.
create function lim.place(n int) returns uuid[]
language plpgsql as $$
declare
    ids uuid[];
begin
    select array_agg(uuidv7()) into ids
    from generate_series(1, n);

    insert into lim.orders (id, customer_id, status, total, address)
    select i, 'c-' || (random() * 10000)::int, 'created', 8997,
        '{"street": "Rua Exemplo", "number": "10A", "city": "Sao Paulo", "state": "SP", "country": "BR", "zipcode": "01000000"}'
    from unnest(ids) i;

    insert into lim.lines
    select i, 'SKU-' || (1 + (random() * 499)::int), 2, 1999
    from unnest(ids) i;

    insert into lim.lines
    select i, 'SKU-' || (501 + (random() * 499)::int), 1, 4999
    from unnest(ids) i;

    insert into lim.log (key, type, payload)
    select i, 'OrderCreated', jsonb_build_object('order_id', i, 'total', 8997, 'lines', (
        select jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity))
        from lim.lines l
        where l.order_id = i
    ))
    from unnest(ids) i;
    return ids;
end $$;


create procedure lim.run(n int)
language plpgsql as $$
declare
    ids uuid[];
begin
    ids := lim.place(n);
    commit;

    -- stocking reserves
    insert into lim.reservations
    select order_id, sku, quantity, 'reserved'
    from lim.lines
    where order_id = any(ids);

    update lim.stock s
    set reserved = s.reserved + d.quantity
    from (
        select sku, sum(quantity) quantity
        from lim.reservations
        where order_id = any(ids)
        group by sku
        order by sku
    ) d
    where s.sku = d.sku;

    insert into lim.log (key, type, payload)
    select i, 'StockReserved', jsonb_build_object('order_id', i)
    from unnest(ids) i;
    commit;

    -- paying takes the payment
    insert into lim.payments
    select uuidv7(), i, 8997, 'captured'
    from unnest(ids) i;

    insert into lim.log (key, type, payload)
    select i, 'PaymentSucceeded', jsonb_build_object('order_id', i, 'amount', 8997)
    from unnest(ids) i;
    commit;

    -- ordering confirms
    update lim.orders
    set status = 'paid', updated_at = now()
    where id = any(ids);

    insert into lim.log (key, type, payload)
    select i, 'OrderConfirmed', jsonb_build_object('order_id', i)
    from unnest(ids) i;
    commit;

    -- stocking commits
    update lim.reservations
    set state = 'committed'
    where order_id = any(ids);

    update lim.stock s
    set reserved = s.reserved - d.quantity, on_hand = s.on_hand - d.quantity
    from (
        select sku, sum(quantity) quantity
        from lim.reservations
        where order_id = any(ids)
        group by sku
        order by sku
    ) d
    where s.sku = d.sku;
    commit;

    -- billing issues the invoice
    insert into lim.invoices
    select nextval('lim.invoice_number'), i, 8997, 1500, 'issued'
    from unnest(ids) i;

    insert into lim.log (key, type, payload)
    select i, 'InvoiceIssued', jsonb_build_object('order_id', i)
    from unnest(ids) i;
    commit;

    -- shipping makes the shipment
    insert into lim.shipments
    select uuidv7(), i, 'post', 'T' || i, 'scheduled'
    from unnest(ids) i;

    insert into lim.log (key, type, payload)
    select i, 'ShipmentScheduled', jsonb_build_object('order_id', i)
    from unnest(ids) i;
    commit;

    -- notifying sends, ordering completes
    insert into lim.notifications
    select i, 'confirmed', now()
    from unnest(ids) i;

    update lim.orders
    set status = 'completed', updated_at = now()
    where id = any(ids);

    insert into lim.log (key, type, payload)
    select i, 'OrderCompleted', jsonb_build_object('order_id', i)
    from unnest(ids) i;
    commit;
end $$;
