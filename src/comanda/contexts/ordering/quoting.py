"""The checkout quote: what an order would cost now, how it could be sent, and what stands in its way.

Nothing is taken or set aside. Requests that arrive while a lookup is under way share the next one.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from comanda.contexts.billing.contract.vat import TaxableLine, tax_of
from comanda.contexts.cataloging.contract.views import ProductView
from comanda.contexts.ordering.answers import AnsweredLine, AnsweredTotals, encode, line_of
from comanda.contexts.ordering.payment_rules import check_payment
from comanda.contexts.ordering.placement import CartUnavailable, NoSuchShippingMethod, ProductUnavailable, Totals
from comanda.contexts.ordering.pricing import Basket, Pricing
from comanda.contexts.shipping.contract.views import RateView
from comanda.kernel.errors import ComandaError
from comanda.kernel.goods import Pieces
from comanda.kernel.money import Money
from comanda.platform.auth import Principal

Vips = Callable[[Iterable[str | None]], Awaitable[frozenset[str]]]
"""Tells which of some customers are VIPs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskQuote:
    """The question what a cart, or lines, would cost. Without a country there are prices only."""

    principal: Principal
    cart_id: str | None
    lines: tuple[Pieces, ...]
    country: str | None
    postal_code: str
    shipping_method: str | None
    payment_method: str | None
    company: str = ""
    vat_id: str = ""
    vip: bool = False


class AnsweredProblem(msgspec.Struct, frozen=True):
    """Why the order could not be placed like this."""

    code: str
    detail: str
    skus: Sequence[str] = ()


class AnsweredOffer(msgspec.Struct, frozen=True):
    """A way to send the order."""

    id: str
    carrier: str
    name: str
    price: Money
    days: int


class AnsweredRate(msgspec.Struct, frozen=True):
    """The VAT contained in what is taxed at one rate."""

    rate_bp: int
    net: Money
    tax: Money
    gross: Money


class AnsweredQuote(msgspec.Struct, frozen=True):
    """A quote."""

    valid: bool
    problems: Sequence[AnsweredProblem]
    lines: Sequence[AnsweredLine] = ()
    totals: AnsweredTotals | None = None
    tax: Sequence[AnsweredRate] = ()
    shipping_method: str | None = None
    shipping_offers: Sequence[AnsweredOffer] = ()


class Quoter:
    """Answers groups of quotes with one call to each service."""

    def __init__(self, pricing: Pricing, settings: Mapping[str, Any], vips: Vips) -> None:
        self._pricing = pricing
        self._settings = settings
        self._vips = vips

    async def quote_group(self, questions: Sequence[AskQuote]) -> list[bytes | Exception]:
        """The answer (JSON) to each question, in their order."""
        carts = await self._pricing.carts([q.cart_id for q in questions if q.cart_id is not None])
        questions = await self._with_status(questions, carts)
        problems: list[list[AnsweredProblem]] = [[] for _ in questions]
        pieces = [_pieces(question, carts, found) for question, found in zip(questions, problems, strict=True)]
        products = await self._pricing.products([Basket(wanted, "", "") for wanted in pieces])
        answers: list[bytes | Exception] = []
        for question, wanted, found in zip(questions, pieces, problems, strict=True):
            try:
                answers.append(encode(await self._quote(question, wanted, products, found)))
            except ComandaError as error:
                answers.append(error)
        return answers

    async def _with_status(self, questions: Sequence[AskQuote], carts: Mapping[str, Any]) -> Sequence[AskQuote]:
        """The questions, those for VIPs marked."""
        customers = [_customer_of(question, carts) for question in questions]
        vips = await self._vips(customers)
        if not vips:
            return questions
        return [
            replace(question, vip=customer in vips) for question, customer in zip(questions, customers, strict=True)
        ]

    async def _quote(
        self,
        question: AskQuote,
        wanted: tuple[Pieces, ...],
        products: dict[str, ProductView],
        problems: list[AnsweredProblem],
    ) -> AnsweredQuote:
        pieces = _available(wanted, products, problems)
        if not pieces:
            return AnsweredQuote(False, problems)
        if question.country is None:
            problems.append(AnsweredProblem("address-missing", "Where the order goes decides VAT and shipping."))
            return AnsweredQuote(False, problems, lines=[_unpriced(piece, products[piece.sku]) for piece in pieces])
        offers = await self._offers(pieces, question, products)
        if not offers:
            problems.append(AnsweredProblem("no-such-shipping-method", "Nobody ships there."))
            return AnsweredQuote(False, problems, lines=[_unpriced(piece, products[piece.sku]) for piece in pieces])
        totals = await self._totals(pieces, question, products, problems)
        self._check_payment(question, totals, problems)
        return _answer(totals, offers, problems)

    async def _offers(
        self, pieces: tuple[Pieces, ...], question: AskQuote, products: dict[str, ProductView]
    ) -> list[AnsweredOffer]:
        weight_g = sum(products[piece.sku].weight_g * piece.quantity for piece in pieces)
        value = sum(products[piece.sku].price.amount * piece.quantity for piece in pieces)
        goods = Money(value, products[pieces[0].sku].price.currency)
        offers: Sequence[RateView] = await self._pricing.ways(
            question.country or "", question.postal_code, weight_g, goods
        )
        if question.vip:
            offers = self._pricing.for_vip(offers, goods)
        return [AnsweredOffer(offer.id, offer.carrier, offer.name, offer.price, offer.days) for offer in offers]

    async def _totals(
        self,
        pieces: tuple[Pieces, ...],
        question: AskQuote,
        products: dict[str, ProductView],
        problems: list[AnsweredProblem],
    ) -> Totals:
        """With the shipping method asked for, or with the cheapest one when that does not serve the address."""
        basket = Basket(
            pieces,
            question.country or "",
            question.postal_code,
            question.shipping_method,
            question.company,
            question.vat_id,
            vip=question.vip,
        )
        try:
            return await self._pricing.totals(basket, products)
        except NoSuchShippingMethod as error:
            problems.append(AnsweredProblem(error.code, error.detail))
            return await self._pricing.totals(replace(basket, shipping_method=None), products)

    def _check_payment(self, question: AskQuote, totals: Totals, problems: list[AnsweredProblem]) -> None:
        if question.payment_method is None:
            return
        try:
            check_payment(
                self._settings, question.payment_method, totals.total, totals.currency, question.country or ""
            )
        except ComandaError as error:
            problems.append(AnsweredProblem(error.code, error.detail))


def _customer_of(question: AskQuote, carts: Mapping[str, Any]) -> str | None:
    """Whom the order would be for: the customer who asks; when staff ask, the one whose cart it is."""
    if question.principal.owner is not None:
        return question.principal.owner or None
    cart = carts.get(question.cart_id or "")
    return None if cart is None else cart.customer_id


def _pieces(question: AskQuote, carts: dict[str, Any], problems: list[AnsweredProblem]) -> tuple[Pieces, ...]:
    """What is to be quoted; what is wrong with the cart becomes a problem."""
    if question.cart_id is None:
        return question.lines
    cart = carts.get(question.cart_id)
    owner = question.principal.owner
    if cart is None or (owner is not None and cart.customer_id not in (None, owner)):
        problems.append(AnsweredProblem(CartUnavailable.code, "There is no such open cart."))
        return ()
    if cart.status != "open":
        problems.append(AnsweredProblem(CartUnavailable.code, "The cart is closed."))
    elif not cart.items:
        problems.append(AnsweredProblem(CartUnavailable.code, "The cart is empty."))
    return tuple(cart.items)


def _available(
    wanted: tuple[Pieces, ...], products: dict[str, ProductView], problems: list[AnsweredProblem]
) -> tuple[Pieces, ...]:
    """The pieces that can be bought now, in one currency, the first one's."""
    gone = [piece.sku for piece in wanted if piece.sku not in products or not products[piece.sku].available]
    if gone:
        problems.append(AnsweredProblem(ProductUnavailable.code, "A product cannot be bought now.", gone))
        wanted = tuple(piece for piece in wanted if piece.sku not in gone)
    if not wanted:
        return wanted
    currency = products[wanted[0].sku].price.currency
    foreign = [piece.sku for piece in wanted if products[piece.sku].price.currency != currency]
    if foreign:
        problems.append(AnsweredProblem("currency-mixed", "An order has one currency.", foreign))
        wanted = tuple(piece for piece in wanted if piece.sku not in foreign)
    return wanted


def _unpriced(piece: Pieces, product: ProductView) -> AnsweredLine:
    """A line whose VAT is not known, because nobody knows where it goes."""
    gross = product.price * piece.quantity
    return AnsweredLine(piece.sku, product.name, piece.quantity, product.price, gross, Money(0, gross.currency), gross)


def _answer(totals: Totals, offers: Sequence[AnsweredOffer], problems: Sequence[AnsweredProblem]) -> AnsweredQuote:
    currency = totals.currency
    taxed = tax_of([TaxableLine(line.gross, line.rate_bp) for line in totals.lines], totals.shipping)
    return AnsweredQuote(
        not problems,
        problems,
        lines=[line_of(line, currency) for line in totals.lines],
        totals=AnsweredTotals(
            Money(totals.subtotal, currency),
            Money(totals.shipping, currency),
            Money(totals.tax, currency),
            Money(totals.total, currency),
        ),
        tax=[
            AnsweredRate(rate, Money(net, currency), Money(tax, currency), Money(net + tax, currency))
            for rate, net, tax in taxed.by_rate
        ],
        shipping_method=totals.shipping_method,
        shipping_offers=offers,
    )
