"""Routes about carriers and what they charge."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from pydantic import Field, StringConstraints
from starlette.requests import Request

from comanda.contexts.shipping import carriers
from comanda.contexts.shipping.carriers import KnownCarrier
from comanda.contexts.shipping.contract.views import CarrierView, MethodView, RateRow, RatesView
from comanda.contexts.shipping.tariff import Carrier, Method, ParcelToRate, Rate, offers, plain_postal_code
from comanda.kernel.errors import Invalid
from comanda.kernel.money import Money
from comanda.messaging.service import CallDep, call_of, json_response
from comanda.platform.http.fields import Amount, Body, CountryCode, Line, MoneyBody, Printable
from comanda.platform.http.pages import Page
from comanda.platform.http.routing import CheckedRoute, HotRoute

router = APIRouter(route_class=CheckedRoute)
_hot = APIRouter(route_class=HotRoute)

LARGEST_WEIGHT_G = 2**31 - 1

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
WeightG = Annotated[int, Field(ge=0, le=LARGEST_WEIGHT_G)]
PostalPrefix = Annotated[str, StringConstraints(min_length=1, max_length=20), Printable]
PostalCode = Annotated[str, StringConstraints(max_length=20), Printable]


class ParcelBody(Body):
    """A parcel to be sent: where it goes, its weight in grams, and what its goods cost."""

    country: CountryCode
    postal_code: PostalCode = ""
    weight_g: WeightG = 0
    value: MoneyBody


class RateBody(Body):
    """A price; what is left out does not narrow it."""

    countries: list[CountryCode] = Field(default_factory=list, max_length=300)
    postal_prefixes: list[PostalPrefix] = Field(default_factory=list, max_length=1_000)
    from_weight_g: WeightG = 0
    to_weight_g: WeightG | None = None
    price: MoneyBody
    free_from: Amount | None = None

    def rate(self) -> Rate:
        """As the tariff's word. Raises Invalid for a band of weights that holds none."""
        if self.to_weight_g is not None and self.to_weight_g < self.from_weight_g:
            raise Invalid("A band of weights ends before it begins.")
        return Rate(
            countries=self.countries,
            postal_prefixes=[plain_postal_code(prefix) for prefix in self.postal_prefixes],
            from_weight_g=self.from_weight_g,
            to_weight_g=self.to_weight_g,
            amount=self.price.amount,
            currency=self.price.currency,
            free_from=self.free_from,
        )


class MethodBody(Body):
    """A way to ship. Without rates it goes everywhere, free in every currency."""

    code: Code
    name: Line
    days: Annotated[int, Field(ge=0, le=365)]
    rates: list[RateBody] = Field(default_factory=list, max_length=1_000)


class CarrierChangeBody(Body):
    """A carrier with all its methods and rates."""

    name: Line
    active: bool = True
    tracking_url: (
        Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://[^\s\"<>]*\{number\}[^\s\"<>]*$")] | None
    ) = None
    methods: Annotated[list[MethodBody], Field(max_length=50)]

    def carrier(self, code: str) -> Carrier:
        """As the tariff's word. Raises Invalid for two methods of one code."""
        codes = [method.code for method in self.methods]
        if len(codes) != len(set(codes)):
            raise Invalid("Two methods of a carrier have the same code.")
        methods = [
            Method(code=method.code, name=method.name, days=method.days, rates=[rate.rate() for rate in method.rates])
            for method in self.methods
        ]
        return Carrier(code=code, name=self.name, active=self.active, tracking_url=self.tracking_url, methods=methods)


class CarrierBody(CarrierChangeBody):
    """A new carrier."""

    code: Code


IfMatch = Annotated[str | None, Header(description='The version to change, such as "3".')]


@_hot.post("/rates", response_model=RatesView)
async def quote_rates(request: Request, body: ParcelBody) -> Response:
    """The ways to send a parcel, cheapest first; empty when nobody goes there."""
    parcel = ParcelToRate(
        country=body.country,
        postal_code=plain_postal_code(body.postal_code),
        weight_g=body.weight_g,
        value=body.value.money(),
    )
    return json_response({"items": offers(carriers.known(call_of(request).service), parcel)})


@router.get("/carriers")
async def list_carriers(call: CallDep) -> Page[CarrierView]:
    """All carriers and their rates."""
    async with call.service.database.acquire() as connection:
        return Page(items=[_view(known) for known in await carriers.everyone(connection)])


@router.get("/carriers/{code}")
async def get_carrier(code: str, call: CallDep) -> CarrierView:
    """One carrier and its rates."""
    async with call.service.database.acquire() as connection:
        return _view(await carriers.find(connection, code))


@router.post("/carriers", status_code=201, response_model=CarrierView)
async def add_carrier(body: CarrierBody, call: CallDep) -> CarrierView:
    """A new carrier, offered at once if it is active."""
    async with call.begin() as work:
        added = await carriers.add(work.connection, body.carrier(body.code))
    await carriers.refresh(call.service)
    return _view(added)


@router.put("/carriers/{code}")
async def change_carrier(code: Code, body: CarrierChangeBody, call: CallDep, if_match: IfMatch = None) -> CarrierView:
    """Change a carrier, with all its methods and rates."""
    async with call.begin() as work:
        changed = await carriers.replace(work.connection, body.carrier(code), _version(if_match))
    await carriers.refresh(call.service)
    return _view(changed)


@router.delete("/carriers/{code}", status_code=204, response_class=Response)
async def remove_carrier(code: str, call: CallDep) -> None:
    """Remove a carrier. Parcels it has under way go on; to stop offering it, `active: false` is enough."""
    async with call.begin() as work:
        await carriers.remove(work.connection, code)
    await carriers.refresh(call.service)


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match == "*":
        return None
    plain = if_match.removeprefix("W/").strip('"')
    if not plain.isascii() or not plain.isdigit() or len(plain) > 9:
        raise Invalid('If-Match must be a version, such as "3".')
    return int(plain)


def _view(known: KnownCarrier) -> CarrierView:
    carrier = known.carrier
    return CarrierView(
        code=carrier.code,
        name=carrier.name,
        active=carrier.active,
        tracking_url=carrier.tracking_url,
        methods=[
            MethodView(code=way.code, name=way.name, days=way.days, rates=[_rate_row(rate) for rate in way.rates])
            for way in carrier.methods
        ],
        version=known.version,
    )


def _rate_row(rate: Rate) -> RateRow:
    return RateRow(
        countries=rate.countries,
        postal_prefixes=rate.postal_prefixes,
        from_weight_g=rate.from_weight_g,
        to_weight_g=rate.to_weight_g,
        price=Money(rate.amount, rate.currency),
        free_from=rate.free_from,
    )


router.routes[:0] = _hot.routes
