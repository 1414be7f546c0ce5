"""What a file's columns mean: a mapping from our fields to its columns, and the habits of its shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from comanda.cli.installation import CommandError

FIELDS = {
    "order": "the order's or invoice's number",
    "sku": "the product's code",
    "name": "the product's description",
    "quantity": "pieces",
    "price": "price of one piece, as 2.55",
    "time": "when it was sold",
    "customer": "the customer's number in the other system",
    "country": "the country in words or as a code",
    "total": "what the whole order cost, as 150.50, in files with an order a row",
    "status": "the order's status, in files with an order a row",
    "category": "the product's category",
    "weight_g": "the product's weight in grams",
}
"""The fields that a column can be mapped to."""

FOR_ORDERS = ("order", "sku", "quantity", "price", "time")
FOR_TOTALS = ("order", "total", "time")
FOR_PRODUCTS = ("sku", "price")


class WrongMapping(CommandError):
    """The mapping does not fit the file; the message is one line for who typed it."""


@dataclass(frozen=True, slots=True)
class Codes:
    """Product codes that are no products, in upper case (see `rules` for what becomes of each)."""

    shipping: frozenset[str] = frozenset()
    charge: frozenset[str] = frozenset()
    discount: frozenset[str] = frozenset()
    own_costs: frozenset[str] = frozenset()
    bad_debt: frozenset[str] = frozenset()
    samples: frozenset[str] = frozenset()


STATUSES = {
    status: status
    for status in (
        *("created", "reserved", "paid", "shipping_scheduled", "completed"),
        *("failed", "canceled", "shipped", "delivered"),
    )
}
"""The statuses that can be recorded, called what they are."""


@dataclass(frozen=True, slots=True)
class Format:
    """How to read a shop's file. `columns`: our field → its column.

    `guest` stands for no customer, `statuses` are its words for ours, `kept` are columns that go into the metadata of
    the order, under the format's `name`. `dumped` are the columns of a table of that name, in a dump that names none.
    """

    columns: Mapping[str, str]
    currency: str = "EUR"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    time_formats: tuple[str, ...] = ()
    credit_prefix: str | None = None
    codes: Codes = field(default_factory=Codes)
    upper_case_sku: bool = False
    whole_customer: bool = False
    name: str = ""
    guest: str = ""
    statuses: Mapping[str, str] = field(default_factory=lambda: STATUSES)
    kept: tuple[str, ...] = ()
    dumped: tuple[str, ...] = ()

    @property
    def of_totals(self) -> bool:
        """Whether a row is an order of which only the total is known."""
        return "total" in self.columns and "sku" not in self.columns

    def positions(self, header: Sequence[str], needed: Sequence[str]) -> dict[str, int]:
        """Our field → index of its column. Raises WrongMapping when a needed one is not there."""
        missing = [name for name in needed if name not in self.columns]
        if missing:
            raise WrongMapping(f"No column is mapped to {', '.join(missing)} (--map {missing[0]}=COLUMN).")
        absent = [column for column in self.columns.values() if column not in header]
        if absent:
            raise WrongMapping(f"The file has no column {', '.join(absent)}; it has {', '.join(header)}.")
        twice = [column for column in self.columns.values() if header.count(column) > 1]
        if twice:
            raise WrongMapping(f"The file has more than one column {twice[0]}.")
        return {name: header.index(column) for name, column in self.columns.items()}


ONLINE_RETAIL = Format(
    columns={
        "order": "InvoiceNo",
        "sku": "StockCode",
        "name": "Description",
        "quantity": "Quantity",
        "time": "InvoiceDate",
        "price": "UnitPrice",
        "customer": "CustomerID",
        "country": "Country",
    },
    currency="GBP",
    timezone=ZoneInfo("Europe/London"),
    time_formats=("%m/%d/%Y %H:%M",),  # the data set's own; ISO 8601 is always read
    credit_prefix="C",
    codes=Codes(
        shipping=frozenset({"POST", "DOT", "C2"}),
        charge=frozenset({"M"}),
        discount=frozenset({"D"}),
        own_costs=frozenset({"AMAZONFEE", "BANK CHARGES", "CRUK"}),
        bad_debt=frozenset({"B"}),
        samples=frozenset({"S"}),
    ),
    upper_case_sku=True,
    whole_customer=True,
)
"""The UCI "Online Retail" data set: a British gift shop, 2010–2011, mostly wholesale."""

COMMANDES = Format(
    name="commandes",
    columns={
        "order": "order_id",
        "customer": "customer_id",
        "time": "created_at",
        "status": "status",
        "total": "total_amount",
    },
    guest="guest",
    statuses={"pending": "created", "processing": "paid", "completed": "completed", "cancelled": "canceled"},
    kept=("id", "updated_at"),
    dumped=("id", "order_id", "customer_id", "created_at", "status", "total_amount", "updated_at"),
)
"""The table of a `commandes` service, or its list of commandes: an order a row, times without an offset in UTC."""

FORMATS = {"online-retail": ONLINE_RETAIL, "commandes": COMMANDES}


def parse_mapping(text: str) -> dict[str, str]:
    """`order=InvoiceNo,sku=StockCode` → a mapping. Raises WrongMapping on anything else."""
    columns: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, column = part.partition("=")
        if not equals or not column.strip():
            raise WrongMapping(f"--map takes FIELD=COLUMN, not {part!r}.")
        if name.strip() not in FIELDS:
            raise WrongMapping(f"{name.strip()!r} is no field; there are {', '.join(FIELDS)}.")
        columns[name.strip()] = column.strip()
    return columns
