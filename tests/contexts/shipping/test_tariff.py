"""What sending a parcel costs."""

from hypothesis import given
from hypothesis import strategies as st

from comanda.contexts.shipping.tariff import (
    BUILT_IN,
    Carrier,
    Method,
    Offer,
    ParcelToRate,
    Rate,
    carrier_of,
    offers,
    plain_postal_code,
)
from comanda.kernel.money import Money


def parcel(
    country: str = "DE", postal_code: str = "10115", weight_g: int = 500, value: int = 2_000, currency: str = "EUR"
) -> ParcelToRate:
    """A small parcel to Berlin, unless the test says otherwise."""
    return ParcelToRate(country=country, postal_code=postal_code, weight_g=weight_g, value=Money(value, currency))


def price(method: Method, to: ParcelToRate) -> int | None:
    """What a method costs; None when it does not go there."""
    found = method.price(to)
    return found.amount if found else None


def euro(amount: int, **narrowed: object) -> Rate:
    """A rate in euro."""
    return Rate(amount=amount, currency="EUR", **narrowed)  # type: ignore[arg-type]


@given(st.sampled_from(["DE", "BR", "JP", "AQ"]), st.integers(0, 10**6), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_fresh_installation_ships_everywhere_for_nothing(country: str, weight_g: int, currency: str) -> None:
    (offer,) = offers([BUILT_IN], parcel(country, "", weight_g, currency=currency))
    assert offer.price == Money(0, currency)
    assert (offer.id, offer.carrier) == ("parcel:standard", "parcel")


def test_with_rates_it_goes_only_where_there_is_one() -> None:
    method = Method(code="x", name="X", days=1, rates=[euro(490, countries=["DE", "AT"])])
    assert price(method, parcel("DE")) == 490
    assert price(method, parcel("FR")) is None
    assert price(method, parcel("DE", currency="CHF")) is None
    assert offers([Carrier(code="c", name="C", methods=[method])], parcel("FR")) == []


def test_weights_are_bands_with_both_ends() -> None:
    rates = [euro(300, to_weight_g=1_000), euro(700, from_weight_g=1_001, to_weight_g=31_500)]
    method = Method(code="x", name="X", days=1, rates=rates)
    prices = [price(method, parcel(weight_g=weight)) for weight in (0, 1_000, 1_001, 31_500, 31_501)]
    assert prices == [300, 300, 700, 700, None]


def test_the_most_exact_rate_counts() -> None:
    rates = [
        euro(990),
        euro(490, countries=["DE"]),
        euro(1_490, countries=["DE"], postal_prefixes=["25859", "259"]),
    ]
    method = Method(code="x", name="X", days=1, rates=rates)
    assert price(method, parcel("FR")) == 990
    assert price(method, parcel("DE", "10115")) == 490
    assert price(method, parcel("DE", "25992")) == 1_490, "an island"


def test_it_is_free_from_a_value_on() -> None:
    method = Method(code="x", name="X", days=1, rates=[euro(490, free_from=5_000)])
    assert [price(method, parcel(value=value)) for value in (4_999, 5_000)] == [490, 0]


def test_offers_come_cheapest_first_then_quickest() -> None:
    slow = Method(code="slow", name="Slow", days=5, rates=[euro(300)])
    quick = Method(code="quick", name="Quick", days=1, rates=[euro(300)])
    night = Method(code="night", name="Night", days=0, rates=[euro(2_000)])
    carrier = Carrier(code="c", name="C", methods=[night, slow, quick])
    gone = Carrier(code="gone", name="Gone", active=False, methods=[slow])
    found: list[Offer] = offers([carrier, gone], parcel())
    assert [offer.id for offer in found] == ["c:quick", "c:slow", "c:night"]


rates = st.builds(
    Rate,
    countries=st.lists(st.sampled_from(["DE", "FR"]), max_size=2),
    postal_prefixes=st.lists(st.sampled_from(["1", "10", "2"]), max_size=2),
    from_weight_g=st.integers(0, 1_000),
    to_weight_g=st.none() | st.integers(0, 2_000),
    amount=st.integers(0, 5_000),
    currency=st.sampled_from(["EUR", "CHF"]),
    free_from=st.none() | st.integers(0, 5_000),
)
parcels = st.builds(
    parcel,
    st.sampled_from(["DE", "FR", "IT"]),
    st.sampled_from(["10115", "20095", ""]),
    st.integers(0, 2_000),
    st.integers(0, 5_000),
    st.sampled_from(["EUR", "CHF"]),
)


@given(st.lists(rates, min_size=1, max_size=6), parcels)
def test_a_price_is_one_of_the_rates_that_serve_the_parcel(table: list[Rate], to: ParcelToRate) -> None:
    found = Method(code="x", name="X", days=1, rates=table).price(to)
    serving = [rate for rate in table if rate.serves(to)]
    assert (found is None) == (not serving)
    if found is not None:
        assert found.currency == to.value.currency
        assert found.amount in {
            0 if rate.free_from is not None and to.value.amount >= rate.free_from else rate.amount for rate in serving
        }


@given(st.lists(rates, min_size=1, max_size=6), parcels, st.integers(0, 5_000))
def test_more_valuable_goods_never_cost_more_to_send(table: list[Rate], to: ParcelToRate, more: int) -> None:
    method = Method(code="x", name="X", days=1, rates=table)
    before = method.price(to)
    dearer = ParcelToRate(
        country=to.country,
        postal_code=to.postal_code,
        weight_g=to.weight_g,
        value=Money(to.value.amount + more, to.value.currency),
    )
    after = method.price(dearer)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert after.amount <= before.amount


def test_an_orders_method_names_its_carrier() -> None:
    assert carrier_of("dhl:express") == "dhl"
    assert carrier_of("") == "parcel"


def test_postal_codes_are_compared_without_blanks() -> None:
    assert plain_postal_code(" sw1a 1aa") == "SW1A1AA"
