"""Products, categories, suspended sellers, and the version of it all."""

from alembic import op

from comanda.messaging import settings
from comanda.platform import idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create cataloging's tables."""
    op.execute(
        """
        create table categories (
            slug text collate "C" primary key check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 64),
            name text not null check (length(name) between 1 and 200),
            parent text collate "C" references categories check (parent <> slug),
            position int not null default 0,
            version int not null default 1,
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now()
        );
        create index categories_parent on categories (parent);

        create table products (
            sku text collate "C" primary key check (length(sku) between 1 and 64),
            name text not null check (length(name) between 1 and 200),
            description text not null,
            amount bigint not null check (amount >= 0),
            currency text not null check (currency ~ '^[A-Z]{3}$'),
            category text collate "C" references categories,
            tax_category text not null check (length(tax_category) between 1 and 50),
            weight_g int not null check (weight_g >= 0),
            seller_id text collate "C" check (length(seller_id) between 1 and 50),
            status text not null check (status in ('draft', 'active', 'retired')),
            version int not null default 1,
            sort_name text collate "C" not null,
            search tsvector not null,
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now()
        );
        comment on table products is
            'amount in minor units of currency; search and sort_name are made from the texts by the program';
        create index products_search on products using gin (search);
        create index products_category on products (category, sku);
        create index products_seller on products (seller_id, sku) where seller_id is not null;
        create index products_name on products (sort_name, sku);
        create index products_price on products (amount, sku);
        create index products_newest on products (created_at desc, sku desc);

        create table suspended_sellers (
            seller_id text collate "C" primary key,
            since timestamptz not null default now()
        );

        create table seller_jobs (
            seller_id text collate "C" primary key,
            after text collate "C" not null default '',
            updated_at timestamptz not null default now()
        );
        comment on table seller_jobs is
            'whose availability changed and is still to be told, product by product, after this sku';

        create table catalogue (
            one boolean primary key default true check (one),
            version bigint not null
        );
        comment on table catalogue is 'grows with every write, so that what was read before is known to be old';
        insert into catalogue (version) values (1);
        """
    )
    op.execute(idempotency.TABLE)
    op.execute(settings.TABLE)
