"""Billing's routes: who sees what, and how it is found."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comanda.contexts.billing.contract.client import BillingClient
from comanda.contexts.billing.contract.events import CreditNoteIssued, InvoiceIssued
from comanda.contexts.billing.contract.vat import TaxableLine, tax_of
from comanda.kernel.address import Address
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_id
from comanda.platform.auth import Principal
from comanda.platform.outbound import InProcess
from tests.support.facts_of_orders import HOME, canceled, confirmed, created, line, refunded
from tests.support.one_service import OneService
from tests.support.services import SERVICE, STAFF, customer

ADA = customer("ada")


async def test_rates_are_there_for_everybody_and_for_ordering(billing: OneService) -> None:
    answer = (await billing.call("GET", "/tax-rates")).checked().json()
    assert answer["rates"]["DE"] == {
        "standard": 1_900,
        "reduced": 700,
        "intermediate": 700,
        "super_reduced": 700,
        "zero": 0,
    }
    edge = billing.service.edge
    assert edge is not None
    rates = await BillingClient(InProcess(lambda: edge, SERVICE)).tax_rates()
    assert rates == answer["rates"]
    assert answer["seller_country"] == ""
    billing.service.settings.set("billing.tax_rates", '["CH.standard=810"]')
    assert (await billing.call("GET", "/tax-rates")).json()["rates"]["CH"] == {"standard": 810}


async def quote(billing: OneService, **body: Any) -> Any:
    """A tax quote over 119.00 and shipping, unless the test says otherwise."""
    lines = [{"gross": 11_900}]
    answer = await billing.call("POST", "/tax-quotes", {"country": "DE", "currency": "EUR", "lines": lines, **body})
    return answer.checked().json()


async def test_a_quote_takes_the_vat_out(billing: OneService) -> None:
    answer = await quote(billing)
    assert (answer["net"], answer["tax"], answer["total"], answer["treatment"]) == (10_000, 1_900, 11_900, "standard")
    assert answer["lines"] == [
        {"tax_category": "standard", "rate_bp": 1_900, "net": 10_000, "tax": 1_900, "gross": 11_900}
    ]


async def test_exports_are_untaxed_and_cost_the_same(billing: OneService) -> None:
    answer = await quote(billing, country="US", shipping=990)
    assert (answer["treatment"], answer["tax"], answer["total"]) == ("export", 0, 12_890)


async def test_reverse_charge_is_untaxed_and_costs_the_same(billing: OneService) -> None:
    buyer = {"company": "Beispiel GmbH", "vat_id": "DE123456789"}
    assert (await quote(billing, **buyer))["treatment"] == "standard", "the shop has set no country yet"
    billing.service.settings.set("shop.country", '"FR"')
    answer = await quote(billing, **buyer)
    assert (answer["treatment"], answer["tax"], answer["total"]) == ("reverse_charge", 0, 11_900)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(st.sampled_from(["standard", "reduced", "books"]), st.integers(0, 10**6)), min_size=1))
async def test_a_quote_is_what_ordering_computes(billing: OneService, lines: list[tuple[str, int]]) -> None:
    rates = {"standard": 1_900, "reduced": 700, "books": 1_900}
    answer = await quote(billing, lines=[{"tax_category": name, "gross": gross} for name, gross in lines], shipping=500)
    taxed = tax_of([TaxableLine(gross, rates[name]) for name, gross in lines], 500)
    assert [(entry["net"], entry["tax"]) for entry in answer["lines"]] == taxed.lines
    assert (answer["tax"], answer["shipping_tax"]) == (taxed.tax, taxed.shipping_tax)


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "Germany"},
        {"currency": "EURO"},
        {"lines": []},
        {"lines": [{"gross": -1}]},
        {"lines": [{"gross": 1.5}]},
        {"lines": [{"gross": "1"}]},
        {"lines": [{"gross": 2**63}]},
        {"lines": [{"gross": 1, "net": 1}]},
        {"lines": [{"gross": 1, "tax_category": "DROP TABLE"}]},
        {"vat_id": "\x00"},
    ],
)
async def test_a_quote_of_nonsense_is_refused(billing: OneService, wrong: dict[str, Any]) -> None:
    body = {"country": "DE", "currency": "EUR", "lines": [{"gross": 1}], **wrong}
    assert (await billing.call("POST", "/tax-quotes", body)).status == 422


async def test_a_draft_is_found_by_its_id_and_an_invoice_by_its_number_too(billing: OneService) -> None:
    order = new_id()
    await billing.read(created(order, [line(), line("BOOK", 1, 700, 700)], shipping=490))
    (draft,) = (await billing.call("GET", "/invoices", query={"order_id": order}, by=STAFF)).json()["items"]
    assert (draft["status"], draft["number"], draft["issued_at"]) == ("draft", None, None)
    (issued,) = await billing.read(confirmed(order, [line(), line("BOOK", 1, 700, 700)], shipping=490))
    assert isinstance(issued, InvoiceIssued)
    by_id = (await billing.call("GET", f"/invoices/{draft['id']}", by=STAFF)).checked().json()
    by_number = (await billing.call("GET", f"/invoices/{issued.number}", by=STAFF)).checked().json()
    assert by_id == by_number
    assert (by_id["status"], by_id["number"], by_id["order_number"]) == ("issued", issued.number, 1_001)
    assert by_id["buyer"]["recipient"] == "Ada Lovelace"
    assert by_id["total"]["amount"] == 3_190
    assert by_id["net"]["amount"] + by_id["tax"]["amount"] == 3_190
    assert sum(entry["gross"] for entry in by_id["by_rate"]) == 3_190
    assert sum(entry["tax"] for entry in by_id["by_rate"]) == by_id["tax"]["amount"]


async def test_the_status_follows_the_credit_notes(billing: OneService) -> None:
    order = new_id()
    await billing.read(created(order), confirmed(order))
    (part,) = await billing.read(refunded(order, 700, lines=[Pieces(sku="MUG", quantity=1)]))
    assert isinstance(part, CreditNoteIssued)
    invoice = (await billing.call("GET", f"/invoices/{part.invoice_number}", by=STAFF)).json()
    assert (invoice["status"], invoice["credited"]["amount"]) == ("issued", 700)
    assert invoice["credit_notes"] == [part.number]
    note = (await billing.call("GET", f"/credit-notes/{part.number}", by=STAFF)).checked().json()
    assert (note["cause"], note["amount"]["amount"], note["tax"]["amount"]) == ("staff", 700, part.tax)
    assert note["lines"] == [{"sku": "MUG", "name": "Mug", "quantity": 1}]
    assert note["invoice_number"] == part.invoice_number
    await billing.read(canceled(order))
    assert (await billing.call("GET", f"/invoices/{part.invoice_number}", by=STAFF)).json()["status"] == "credited"


async def test_customers_see_their_own_papers_only(billing: OneService) -> None:
    hers, his, guests = new_id(), new_id(), new_id()
    news = await billing.read(
        *(created(order, customer_id=who) for order, who in ((hers, "ada"), (his, "bob"), (guests, None))),
        *(confirmed(order, customer_id=who) for order, who in ((hers, "ada"), (his, "bob"), (guests, None))),
        refunded(his, 100),
    )
    numbers = {event.order_id: event.number for event in news if isinstance(event, InvoiceIssued)}
    (note,) = (event.number for event in news if isinstance(event, CreditNoteIssued))
    assert await orders_seen(billing, ADA) == [hers]
    assert await orders_seen(billing, ADA, order_id=his) == []
    assert await orders_seen(billing, ADA, customer_id="bob") == []
    assert set(await orders_seen(billing, STAFF)) == {hers, his, guests}
    assert await orders_seen(billing, STAFF, customer_id="bob") == [his]
    foreign = await billing.call("GET", f"/invoices/{numbers[his]}", by=ADA)
    missing = await billing.call("GET", "/invoices/INV-2026-999999", by=ADA)
    assert (foreign.status, foreign.body) == (missing.status, missing.body) == (404, missing.body)
    assert (await billing.call("GET", f"/credit-notes/{note}", by=ADA)).status == 404
    assert (await billing.call("GET", f"/credit-notes/{note}", by=customer("bob"))).status == 200
    assert (await billing.call("GET", "/credit-notes", by=ADA)).json()["items"] == []
    assert (await billing.call("GET", "/invoices")).status == 401
    assert (await billing.call("GET", f"/invoices/{numbers[guests]}")).status == 401


async def orders_seen(billing: OneService, by: Principal, **query: str | int) -> list[str]:
    """The orders of the invoices listed."""
    answer = (await billing.call("GET", "/invoices", by=by, query=query)).checked()
    return [item["order_id"] for item in answer.json()["items"]]


async def test_lists_come_in_pages_newest_first(billing: OneService) -> None:
    orders = [new_id() for _ in range(7)]
    await billing.read(*map(created, orders))
    await billing.read(*map(confirmed, orders[:5]), *(refunded(order, 1) for order in orders[:5]))
    for path, expected in (("/invoices", orders[::-1]), ("/credit-notes", orders[4::-1])):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            query: dict[str, str | int] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await billing.call("GET", path, by=STAFF, query=query)).checked().json()
            seen += [item["order_id"] for item in page["items"]]
            cursor = page["next_cursor"]
        assert seen == expected


async def test_invoices_are_found_by_status_and_by_date(billing: OneService) -> None:
    draft, void, issued, credited = (new_id() for _ in range(4))
    await billing.read(*map(created, (draft, void, issued, credited)))
    await billing.read(confirmed(issued), confirmed(credited), canceled(void), canceled(credited))
    for status, order in (("draft", draft), ("void", void), ("issued", issued), ("credited", credited)):
        assert await orders_seen(billing, STAFF, status=status) == [order]
    now = datetime.now(UTC)
    soon, before = (now + timedelta(hours=1)).isoformat(), (now - timedelta(hours=1)).isoformat()
    assert len(await orders_seen(billing, STAFF, **{"from": before, "to": soon})) == 4
    assert await orders_seen(billing, STAFF, **{"from": soon}) == []
    assert await orders_seen(billing, STAFF, to=before) == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"cursor": "nonsense"}, 422),
        ({"cursor": "WyJub3QgYW4gaWQiXQ"}, 422),
        ({"status": "paid"}, 422),
        ({"limit": 0}, 422),
        ({"from": "2026-01-01T00:00:00"}, 422),
        ({"from": "yesterday"}, 422),
        ({"order_id": "not an id"}, 200),
        ({"order_id": "urn:uuid:01900000-0000-7000-8000-000000000000"}, 200),
        ({"customer_id": "'; drop table drafts; --"}, 200),
        ({"customer_id": "\x00"}, 422),
    ],
)
async def test_filters_that_make_no_sense(billing: OneService, query: dict[str, str | int], status: int) -> None:
    assert (await billing.call("GET", "/invoices", by=STAFF, query=query)).status == status


@pytest.mark.parametrize("number", ["INV", "INV-2026-000001", "%00", "INV-2026-999999999999999999", "'", "☃"])
async def test_an_unknown_number_is_not_found(billing: OneService, number: str) -> None:
    assert (await billing.call("GET", f"/invoices/{number}", by=STAFF)).status == 404
    assert (await billing.call("GET", f"/credit-notes/{number}", by=STAFF)).status == 404


async def test_the_invoice_says_why_there_is_no_vat(billing: OneService) -> None:
    billing.service.settings.set("shop.country", '"FR"')
    untaxed = [line(rate_bp=0)]
    company = Address(
        **{name: getattr(HOME, name) for name in HOME.__struct_fields__}
        | {"company": "Beispiel GmbH", "vat_id": "DE123456789"}
    )
    abroad = Address(recipient="A", street="1st", city="Boston", postal_code="02101", country="US")
    for address, treatment in ((company, "reverse_charge"), (abroad, "export"), (HOME, "standard")):
        order = new_id()
        await billing.read(created(order, untaxed, address=address), confirmed(order, untaxed, address=address))
        (invoice,) = (await billing.call("GET", "/invoices", query={"order_id": order}, by=STAFF)).json()["items"]
        assert invoice["treatment"] == treatment
