"""What cataloging publishes. The subject is the sku."""

from comanda.kernel.event import Event
from comanda.kernel.money import Money


class ProductCreated(Event, version=1, subject="sku"):
    """A product can be found and bought."""

    sku: str
    name: str
    price: Money
    tax_category: str
    seller_id: str | None = None


class ProductChanged(Event, version=1, subject="sku"):
    """Something of a product changed; the values are the present ones.

    `available` is false while its seller is suspended.
    """

    sku: str
    name: str
    price: Money
    tax_category: str
    available: bool
    seller_id: str | None = None


class ProductRetired(Event, version=1, subject="sku"):
    """A product is sold no more; orders that name it go on."""

    sku: str
