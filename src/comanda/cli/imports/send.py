"""Orders, credits and products → a running installation, in pieces that it takes."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from comanda.cli.imports.catalogue import Product
from comanda.cli.imports.ledger import Ledger
from comanda.cli.imports.orders import Credit, Line, Order
from comanda.cli.installation import CallRefused, CommandError, Service

MOST_ITEMS = 1_000
MOST_BYTES = 1024 * 1024
FRAME_BYTES = 100


@dataclass(slots=True)
class Sent:
    """What the installation said: created, changed, unchanged and refused, of products, orders and credits."""

    products: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    credits: Counter[str] = field(default_factory=Counter)

    @property
    def refused(self) -> int:
        """Everything that it refused."""
        return self.products["refused"] + self.orders["refused"] + self.credits["refused"]


@dataclass(slots=True)
class Piece:
    """One request's worth: the rendered orders and credits, and the objects by reference."""

    orders: list[bytes] = field(default_factory=list)
    credits: list[bytes] = field(default_factory=list)
    items: dict[str, Order | Credit] = field(default_factory=dict)
    size: int = FRAME_BYTES

    def body(self) -> bytes:
        """The JSON body."""
        return b'{"orders":[%b],"credits":[%b]}' % (b",".join(self.orders), b",".join(self.credits))


async def send_orders(items: Iterable[Order | Credit], ordering: Service, ledger: Ledger, sent: Sent) -> None:
    """Record orders and credits; what is refused ends as rejected in the ledger.

    Sending the same again changes nothing, because ordering knows them by their references.
    Raises CallRefused and Unreachable; what was sent before stays.
    """
    for piece in pieces(items, ledger, sent):
        answer = await ordering.post("/orders/import", piece.body())
        sent.orders.update(answer["orders"])
        sent.credits.update(answer["credits"])
        for refusal in answer["rejected"]:
            item = piece.items.get(refusal["reference"])
            if item is None:
                raise CommandError(f"ordering refused {refusal['reference']!r}, which it was not sent")
            refuse(item, str(refusal["reason"]), ledger, sent)


def pieces(items: Iterable[Order | Credit], ledger: Ledger, sent: Sent) -> Iterator[Piece]:
    """Requests of at most 1,000 orders and credits and 1 MiB."""
    piece = Piece()
    for item in items:
        rendered = msgspec.json.encode(as_json(item))
        if len(rendered) > MOST_BYTES - FRAME_BYTES:
            refuse(item, f"it is too large: {len(rendered):,} bytes", ledger, sent)
            continue
        if len(piece.items) == MOST_ITEMS or piece.size + len(rendered) + 1 > MOST_BYTES:
            yield piece
            piece = Piece()
        (piece.credits if isinstance(item, Credit) else piece.orders).append(rendered)
        piece.items[item.reference] = item
        piece.size += len(rendered) + 1
    if piece.items:
        yield piece


def refuse(item: Order | Credit, reason: str, ledger: Ledger, sent: Sent) -> None:
    """An order or credit that will not be there: its rows are rejected after all."""
    (sent.credits if isinstance(item, Credit) else sent.orders)["refused"] += 1
    ledger.refuse(item.rows, item.reference, reason)


def as_json(item: Order | Credit) -> dict[str, Any]:
    """The member of POST /orders/import for an order or a credit."""
    common: dict[str, Any] = {
        "reference": item.reference,
        "customer_id": item.customer_id,
        "created_at": item.created_at.isoformat().replace("+00:00", "Z"),
        "currency": item.currency,
        "country": item.country,
        "lines": [line_as_json(line) for line in item.lines],
        "shipping": item.shipping,
    }
    if isinstance(item, Credit):
        return {**common, "order_reference": item.order_reference}
    if item.total is not None:
        common |= {"lines": None, "total": item.total}
    return {**common, "email": None, "status": item.status, "metadata": item.metadata}


def line_as_json(line: Line) -> dict[str, Any]:
    """A line of an order or a credit; the price in minor units."""
    return {
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
    }


async def send_products(
    products: Collection[Product], currency: str, cataloging: Service, sent: Sent
) -> dict[str, str]:
    """Put products into the catalogue, or change those that differ; returns the refused ones with the reason.

    Categories that are not there yet are made. Raises CallRefused and Unreachable.
    """
    for name in sorted({product.category for product in products if product.category}):
        await make_category(name, cataloging)
    refused: dict[str, str] = {}
    batch: list[bytes] = []
    size = FRAME_BYTES
    for product in products:
        rendered = msgspec.json.encode(product_as_json(product, currency))
        if len(batch) == MOST_ITEMS or size + len(rendered) + 1 > MOST_BYTES:
            await _send_batch(batch, cataloging, sent, refused)
            batch, size = [], FRAME_BYTES
        batch.append(rendered)
        size += len(rendered) + 1
    if batch:
        await _send_batch(batch, cataloging, sent, refused)
    return refused


async def _send_batch(batch: list[bytes], cataloging: Service, sent: Sent, refused: dict[str, str]) -> None:
    answer = await cataloging.post("/products/import", b'{"products":[%b]}' % b",".join(batch))
    for count in ("created", "changed", "unchanged"):
        sent.products[count] += answer[count]
    sent.products["refused"] += len(answer["rejected"])
    refused.update({refusal["sku"]: str(refusal["reason"]) for refusal in answer["rejected"]})


def product_as_json(product: Product, currency: str) -> dict[str, Any]:
    """The member of POST /products/import for a product."""
    body: dict[str, Any] = {
        "sku": product.sku,
        "name": product.name,
        "price": {"amount": product.unit_price, "currency": currency},
    }
    if product.category:
        body["category"] = slug(product.category)
    if product.weight_g:
        body["weight_g"] = product.weight_g
    return body


async def make_category(name: str, cataloging: Service) -> None:
    """A category for the catalogue's root; one that is there stays as it is."""
    body = msgspec.json.encode({"slug": slug(name), "name": name})
    try:
        await cataloging.post("/categories", body)
    except CallRefused as refused:
        if refused.status != 409:
            raise


def slug(name: str) -> str:
    """A category's name as it stands in URLs: `Küche & Bad` → `kuche-bad`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-") or "other"
