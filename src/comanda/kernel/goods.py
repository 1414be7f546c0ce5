"""Pieces of a product: what ordering, stocking, paying and shipping count in the same way."""

import msgspec


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """Some pieces of one product."""

    sku: str
    quantity: int
