"""Entries → products: the name most used, the latest price."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from comanda.cli.imports.entry import Entry, Kind, Listed


@dataclass(slots=True)
class Product:
    """A product as it is sold. `unit_price` in minor units; `pieces` sold in the file: its demand."""

    sku: str
    unit_price: int
    names: Counter[str] = field(default_factory=Counter)
    priced_at: tuple[datetime, str, int] | None = None
    pieces: int = 0
    category: str = ""
    weight_g: int = 0

    @property
    def name(self) -> str:
        """The most frequent description, of equally frequent ones the first in the alphabet; else the code."""
        if not self.names:
            return self.sku
        return min(self.names, key=lambda name: (-self.names[name], name))


class Catalogue:
    """Collects what the sales of a file say about its products."""

    def __init__(self) -> None:
        self.products: dict[str, Product] = {}

    def add(self, entry: Entry) -> None:
        """Learn from a sale; credits, postage, charges and discounts say nothing about products."""
        if entry.credit or entry.kind is not Kind.GOODS:
            return
        product = self._named(entry.sku, entry.name, entry.price)
        moment = (entry.time, entry.row.file, entry.row.number)
        if product.priced_at is None or moment >= product.priced_at:
            product.unit_price, product.priced_at = entry.price, moment
        product.pieces += entry.quantity

    def add_listed(self, listed: Listed) -> None:
        """Learn from a row of a product list: the last one counts."""
        product = self._named(listed.sku, listed.name, listed.price)
        product.unit_price = listed.price
        product.category = listed.category or product.category
        product.weight_g = listed.weight_g or product.weight_g

    def _named(self, sku: str, name: str, price: int) -> Product:
        product = self.products.get(sku)
        if product is None:
            product = self.products[sku] = Product(sku, price)
        if name:
            product.names[name] += 1
        return product
