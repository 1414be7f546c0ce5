"""Finding products: by words, category, price, seller, in the order asked for, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import asyncpg

from comanda.contexts.cataloging.contract.views import MoneyView, PriceRangeView, ProductPageView
from comanda.contexts.cataloging.search import query_of
from comanda.messaging.log import Connection
from comanda.platform.http.pages import InvalidCursor, decode_cursor, encode_cursor

Sort = Literal["relevance", "newest", "name", "-name", "price", "-price"]

SORTS: tuple[str, ...] = get_args(Sort)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; None: whatever it is. Prices in minor units. A category includes all below it."""

    query: str | None = None
    category: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    currency: str | None = None
    seller: str | None = None
    status: str | None = "active"
    available: bool = False


@dataclass(frozen=True, slots=True)
class _Order:
    key: str
    after: str
    by: str


# Each parameter is named once in `asked`, so that it has a type where no condition uses it.
_ASKED = """
    with asked as (
        select $1::text, $2::text, $3::bigint, $4::bigint, $5::text, $6::text, $7::text
    )
"""

_CONDITIONS = {
    "query": "search @@ $1::text::tsquery",
    "category": """category = any (array(
        with recursive below as (
            select slug
            from categories
            where slug = $2
            union all
            select categories.slug
            from categories
            join below on categories.parent = below.slug
        )
        select slug
        from below
    ))""",
    "min_price": "amount >= $3",
    "max_price": "amount <= $4",
    "currency": "currency = $5",
    "seller": "products.seller_id = $6",
    "status": "status = $7",
}

_AVAILABLE = "status = 'active' and suspended_sellers.seller_id is null"

_FROM = """
    from products
    left join suspended_sellers on suspended_sellers.seller_id = products.seller_id
"""

_RANK = "(1000000 * ts_rank(search, $1::text::tsquery))::int"

_ORDERS = {
    "relevance": _Order(_RANK, "(-" + _RANK + ", sku) > (-$9::bigint, $10)", "-" + _RANK + ", sku"),
    "newest": _Order("created_at", "(created_at, sku) < ($9::timestamptz, $10)", "created_at desc, sku desc"),
    "name": _Order("sort_name", "(sort_name, sku) > ($9, $10)", "sort_name, sku"),
    "-name": _Order("sort_name", "(sort_name, sku) < ($9, $10)", "sort_name desc, sku desc"),
    "price": _Order("amount", "(amount, sku) > ($9::bigint, $10)", "amount, sku"),
    "-price": _Order("amount", "(amount, sku) < ($9::bigint, $10)", "amount desc, sku desc"),
}


async def find_products(
    connection: Connection, wanted: Wanted, *, sort: Sort | None, cursor: str | None, limit: int
) -> tuple[list[ProductPageView], str | None]:
    """A page of products and the cursor of the next one. Without a sort: by relevance to the words, else newest first.

    Raises InvalidCursor.
    """
    words = None if wanted.query is None else query_of(wanted.query)
    if wanted.query is not None and words is None:
        return [], None
    if sort is None or (sort == "relevance" and words is None):
        sort = "newest" if words is None else "relevance"
    order = _ORDERS[sort]
    arguments: list[object] = [*_arguments(wanted, words), limit + 1]
    conditions = _conditions(wanted, words)
    if cursor is not None:
        arguments += _after(cursor, sort)
        conditions = [*conditions, order.after]
    rows = await connection.fetch(_page(order, conditions), *arguments)
    more = len(rows) > limit
    views = [product_view(row) for row in rows[:limit]]
    if not more:
        return views, None
    last = rows[limit - 1]
    key = last["key"].isoformat() if isinstance(last["key"], datetime) else last["key"]
    return views, encode_cursor(sort, key, last["sku"])


async def get_product(connection: Connection, sku: str) -> ProductPageView | None:
    """One product, whatever its status."""
    row = await connection.fetchrow(_ONE, sku)
    return None if row is None else product_view(row)


async def count_by_category(connection: Connection, wanted: Wanted) -> dict[str, int]:
    """How many of the products looked for are directly in each category."""
    rows = await _counted(connection, wanted, _BY_CATEGORY)
    return {row["category"]: row["count"] for row in rows}


async def price_ranges(connection: Connection, wanted: Wanted) -> list[PriceRangeView]:
    """The lowest and highest price of the products looked for, in each currency."""
    return [PriceRangeView(**row) for row in await _counted(connection, wanted, _BY_CURRENCY)]


def product_view(row: asyncpg.Record) -> ProductPageView:
    """A product as it is shown."""
    return ProductPageView(
        sku=row["sku"],
        name=row["name"],
        description=row["description"],
        price=MoneyView(amount=row["amount"], currency=row["currency"]),
        category=row["category"],
        tax_category=row["tax_category"],
        weight_g=row["weight_g"],
        seller_id=row["seller_id"],
        status=row["status"],
        available=row["available"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


_VALUES = (
    "sku, name, description, amount, currency, category, tax_category, weight_g, products.seller_id, status, version,"
    " created_at, updated_at, " + _AVAILABLE + " as available"
)

_ONE = " ".join(["select", _VALUES, _FROM, "where sku = $1"])

_BY_CATEGORY = ("select category, count(*) as count", "and category is not null group by category")

_BY_CURRENCY = (
    "select currency, min(amount) as lowest, max(amount) as highest, count(*) as count",
    "group by currency order by currency",
)


def _page(order: _Order, conditions: Sequence[str]) -> str:
    """The statement of a page; every part of it is written in this file."""
    where = " and ".join(conditions)
    return " ".join(
        [_ASKED, "select", _VALUES, ",", order.key, "as key", _FROM, "where", where, "order by", order.by, "limit $8"]
    )


async def _counted(connection: Connection, wanted: Wanted, parts: tuple[str, str]) -> list[asyncpg.Record]:
    words = None if wanted.query is None else query_of(wanted.query)
    if wanted.query is not None and words is None:
        return []
    where = " and ".join(_conditions(wanted, words))
    statement = " ".join([_ASKED, parts[0], _FROM, "where", where, parts[1]])
    return await connection.fetch(statement, *_arguments(wanted, words))


def _conditions(wanted: Wanted, words: str | None) -> list[str]:
    asked = {"query": words} | {name: getattr(wanted, name) for name in _CONDITIONS if name != "query"}
    conditions = [condition for name, condition in _CONDITIONS.items() if asked[name] is not None]
    if wanted.available:
        conditions.append(_AVAILABLE)
    return conditions or ["true"]


def _arguments(wanted: Wanted, words: str | None) -> list[object]:
    return [
        words,
        wanted.category,
        wanted.min_price,
        wanted.max_price,
        wanted.currency,
        wanted.seller,
        wanted.status,
    ]


def _after(cursor: str, sort: Sort) -> list[object]:
    kind = str if sort in ("newest", "name", "-name") else int
    cursor_sort, key, sku = decode_cursor(cursor, str, kind, str)
    if cursor_sort != sort:
        raise InvalidCursor("This cursor was given by a list in another order.")
    if sort != "newest":
        return [key, sku]
    try:
        return [datetime.fromisoformat(str(key)), sku]
    except ValueError as error:
        raise InvalidCursor("This cursor was not given by this list.") from error
