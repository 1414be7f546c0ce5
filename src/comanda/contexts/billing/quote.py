"""A tax quote: the VAT contained in prices, before anything is ordered. Pure."""

from collections.abc import Sequence

from comanda.contexts.billing.contract.vat import (
    TaxableLine,
    TaxRates,
    is_reverse_charge,
    rate_of,
    tax_of,
)
from comanda.contexts.billing.contract.views import QuotedLineView, TaxByRateView, TaxQuoteView
from comanda.contexts.billing.paper import Treatment


def quote(
    rates: TaxRates,
    seller_country: str,
    *,
    country: str,
    currency: str,
    lines: Sequence[tuple[str, int]],
    shipping: int,
    company: str = "",
    vat_id: str = "",
) -> TaxQuoteView:
    """The VAT in `lines` (tax category, gross) and in the shipping, for an order that goes to `country`."""
    treatment: Treatment = "standard" if country in rates else "export"
    if is_reverse_charge(rates, seller_country, country, company, vat_id):
        treatment = "reverse_charge"
    taxable = [
        TaxableLine(gross, rate_of(rates, country, category) if treatment == "standard" else 0)
        for category, gross in lines
    ]
    taxed = tax_of(taxable, shipping)
    total = shipping + sum(line.gross for line in taxable)
    return TaxQuoteView(
        country=country,
        currency=currency,
        treatment=treatment,
        lines=[
            QuotedLineView(tax_category=category, rate_bp=line.rate_bp, net=net, tax=tax, gross=line.gross)
            for (category, _), line, (net, tax) in zip(lines, taxable, taxed.lines, strict=True)
        ],
        shipping=shipping,
        shipping_tax=taxed.shipping_tax,
        net=total - taxed.tax,
        tax=taxed.tax,
        total=total,
        by_rate=[
            TaxByRateView(rate_bp=rate_bp, net=net, tax=tax, gross=net + tax) for rate_bp, net, tax in taxed.by_rate
        ],
    )
