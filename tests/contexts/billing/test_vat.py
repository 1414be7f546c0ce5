"""Taking VAT out of prices: nothing is lost, nothing is invented, and it is rounded once for each rate."""

from hypothesis import given
from hypothesis import strategies as st

from comanda.contexts.billing.contract.vat import TaxableLine, is_reverse_charge, rate_of, tax_of
from comanda.contexts.billing.rates import tax_rates
from comanda.kernel.money import allocate, tax_contained

amounts = st.integers(0, 10_000_000)
rates_bp = st.sampled_from([0, 210, 550, 700, 1_900, 2_000, 2_550, 2_700])
taxable_lines = st.lists(st.builds(TaxableLine, amounts, rates_bp), min_size=1, max_size=12)


@given(taxable_lines, amounts)
def test_net_and_tax_make_the_gross_of_every_line_and_of_the_order(lines: list[TaxableLine], shipping: int) -> None:
    taxed = tax_of(lines, shipping)
    assert [net + tax for net, tax in taxed.lines] == [line.gross for line in lines]
    assert all(0 <= tax <= line.gross for line, (_, tax) in zip(lines, taxed.lines, strict=True))
    assert 0 <= taxed.shipping_tax <= shipping
    assert sum(tax for _, tax in taxed.lines) + taxed.shipping_tax == taxed.tax
    assert sum(net + tax for _, net, tax in taxed.by_rate) == sum(line.gross for line in lines) + shipping
    assert sum(tax for _, _, tax in taxed.by_rate) == taxed.tax


@given(taxable_lines, amounts)
def test_vat_is_rounded_once_for_each_rate(lines: list[TaxableLine], shipping: int) -> None:
    taxed = tax_of(lines, shipping)
    for rate_bp, net, tax in taxed.by_rate:
        assert tax == tax_contained(net + tax, rate_bp)
        assert abs(tax - net * rate_bp / 10_000) <= 1, "EN 16931 BR-CO-17 allows one minor unit"
    assert [rate_bp for rate_bp, _, _ in taxed.by_rate] == sorted({line.rate_bp for line in lines})


@given(taxable_lines, amounts)
def test_no_line_is_further_than_one_minor_unit_from_its_share(lines: list[TaxableLine], shipping: int) -> None:
    taxed = tax_of(lines, shipping)
    of_rate = {rate_bp: (net + tax, tax) for rate_bp, net, tax in taxed.by_rate}
    for line, (_, tax) in zip(lines, taxed.lines, strict=True):
        gross_of_rate, tax_of_rate = of_rate[line.rate_bp]
        if gross_of_rate:
            assert abs(tax - tax_of_rate * line.gross / gross_of_rate) < 1


@given(taxable_lines, st.integers(1, 100_000))
def test_shipping_takes_the_goods_rates_by_value(lines: list[TaxableLine], shipping: int) -> None:
    taxed = tax_of(lines, shipping)
    rates = sorted({line.rate_bp for line in lines})
    goods = [sum(line.gross for line in lines if line.rate_bp == rate) for rate in rates]
    shares = allocate(shipping, goods)
    assert [net + tax for _, net, tax in taxed.by_rate] == [a + b for a, b in zip(goods, shares, strict=True)]


@given(taxable_lines, amounts)
def test_one_rate_is_taxed_like_many(lines: list[TaxableLine], shipping: int) -> None:
    """The short way for orders of one rate gives what the long way gives."""
    same = [TaxableLine(line.gross, 1_900) for line in lines]
    with_another = tax_of([*same, TaxableLine(0, 700)], 0)
    assert tax_of(same, 0).lines == with_another.lines[:-1]
    assert tax_of(same, shipping).by_rate[0][0] == 1_900


def test_an_order_of_two_rates() -> None:
    taxed = tax_of([TaxableLine(3_998, 1_900), TaxableLine(1_000, 700)], 490)
    assert taxed.by_rate == [(700, 1_026, 72), (1_900, 3_689, 701)]
    assert taxed.lines == [(3_360, 638), (934, 66)]
    assert (taxed.shipping_tax, taxed.tax) == (69, 773)


def test_an_order_without_lines_has_no_vat() -> None:
    assert tax_of([], 0) == tax_of([], 0)
    assert tax_of([], 500).tax == 0
    assert tax_of([], 500).by_rate == [(0, 500, 0)]


def test_the_destination_decides_the_rate() -> None:
    rates = tax_rates()
    assert rate_of(rates, "DE", "standard") == 1_900
    assert rate_of(rates, "FR", "reduced") == 550
    assert rate_of(rates, "DK", "reduced") == 2_500, "Denmark has one rate"
    assert rate_of(rates, "FR", "no such category") == 2_000
    assert rate_of(rates, "US", "standard") == 0, "an export"


def test_companies_in_other_eu_countries_owe_the_vat_themselves() -> None:
    rates = tax_rates()
    assert is_reverse_charge(rates, "FR", "DE", "Beispiel GmbH", "DE 123 456 789")
    assert is_reverse_charge(rates, "FR", "GR", "Παράδειγμα ΑΕ", "EL123456789")
    assert not is_reverse_charge(rates, "DE", "DE", "Beispiel GmbH", "DE123456789"), "in the shop's own country"
    assert not is_reverse_charge(rates, "FR", "DE", "", "DE123456789"), "not a company"
    assert not is_reverse_charge(rates, "FR", "DE", "Beispiel GmbH", ""), "no number"
    assert not is_reverse_charge(rates, "FR", "DE", "Beispiel GmbH", "ATU12345678"), "a number of another country"
    assert not is_reverse_charge(rates, "FR", "US", "Example Inc.", "US123456789"), "an export"
    assert not is_reverse_charge(rates, "", "DE", "Beispiel GmbH", "DE123456789"), "the shop has set no country"
