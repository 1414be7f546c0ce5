"""What sending a parcel costs: the carriers' methods, and their rates by zone, weight and value. Pure."""

from collections.abc import Iterable

import msgspec

from comanda.kernel.money import Money


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A price for some places and parcels.

    No countries: every one; no prefixes: every postal code there. Weights are a band with both ends in it; no upper
    end: no limit. From a goods' value of `free_from`, in minor units of the price's currency, it is free.
    """

    countries: list[str] = []
    postal_prefixes: list[str] = []
    from_weight_g: int = 0
    to_weight_g: int | None = None
    amount: int
    currency: str
    free_from: int | None = None

    def serves(self, parcel: "ParcelToRate") -> bool:
        """Whether the parcel is one this price is for."""
        return (
            self.currency == parcel.value.currency
            and (not self.countries or parcel.country in self.countries)
            and (not self.postal_prefixes or parcel.postal_code.startswith(tuple(self.postal_prefixes)))
            and self.from_weight_g <= parcel.weight_g
            and (self.to_weight_g is None or parcel.weight_g <= self.to_weight_g)
        )

    def price(self, value: int) -> int:
        """What it costs for goods of this value."""
        return 0 if self.free_from is not None and value >= self.free_from else self.amount


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A way a carrier ships. Without rates it goes everywhere, free in every currency."""

    code: str
    name: str
    days: int
    rates: list[Rate] = []

    def price(self, parcel: "ParcelToRate") -> Money | None:
        """What it costs; None when it does not take this parcel.

        Of the rates that serve it the most exact one counts: one that names postal codes before one that names
        countries before one for everywhere; among equals the cheapest.
        """
        currency = parcel.value.currency
        if not self.rates:
            return Money(0, currency)
        serving = [
            (not rate.postal_prefixes, not rate.countries, rate.price(parcel.value.amount))
            for rate in self.rates
            if rate.serves(parcel)
        ]
        return Money(min(serving)[2], currency) if serving else None


class Carrier(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier and its methods. An inactive one is offered no more; what it has under way goes on."""

    code: str
    name: str
    active: bool = True
    tracking_url: str | None = None
    methods: list[Method] = []


class ParcelToRate(msgspec.Struct, frozen=True, kw_only=True):
    """What a price depends on. `postal_code` in capitals without blanks."""

    country: str
    postal_code: str
    weight_g: int
    value: Money


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One way to send a parcel. `id` is `<carrier>:<method>`."""

    id: str
    carrier: str
    name: str
    price: Money
    days: int


BUILT_IN = Carrier(
    code="parcel",
    name="Parcel service",
    methods=[Method(code="standard", name="Standard delivery", days=3)],
)
"""What a fresh installation has: one carrier that serves every country, free until rates are set."""


def offers(carriers: Iterable[Carrier], parcel: ParcelToRate) -> list[Offer]:
    """The ways to send a parcel: the cheapest first, then the quickest."""
    found = [
        Offer(
            id=f"{carrier.code}:{method.code}",
            carrier=carrier.code,
            name=method.name,
            price=price,
            days=method.days,
        )
        for carrier in carriers
        if carrier.active
        for method in carrier.methods
        if (price := method.price(parcel)) is not None
    ]
    return sorted(found, key=lambda offer: (offer.price.amount, offer.days, offer.id))


def plain_postal_code(text: str) -> str:
    """A postal code in capitals without blanks, so that `sw1a 1aa` and `SW1A1AA` are the same."""
    return "".join(text.upper().split())


def carrier_of(method: str) -> str:
    """The carrier's code in an order's shipping method; the built-in carrier's when it names none."""
    return method.partition(":")[0] or BUILT_IN.code
