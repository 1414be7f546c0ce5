"""`docs/seeds.md` names only routes that are there, and every route and word of the dialects."""

import re
from collections.abc import Iterator
from importlib import import_module

from comanda.messaging.api import dead_letter_access
from comanda.runtime.contexts import CONTEXTS
from comanda.runtime.dialects import DIALECTS
from comanda.runtime.documents import ROOT

PAGE = (ROOT / "docs/seeds.md").read_text()
ROUTE = re.compile(r"`(\d{4}) ((?:GET|POST|PUT|PATCH|DELETE) /[^` ]*)`")
OF_EVERY_SERVICE = {
    f"GET /{name}"
    for name in ("health/live", "health/ready", "metrics", "openapi.json", "openapi.yaml", "docs", "redoc")
}


def routes() -> Iterator[tuple[int, str]]:
    """Every route of every service and dialect, with its port."""
    for context in CONTEXTS:
        for route in (*context.access, *dead_letter_access, *OF_EVERY_SERVICE):
            yield context.port, route
    for dialect in DIALECTS:
        for route in (*dialect.surface().access, *OF_EVERY_SERVICE):
            yield dialect.port, route


NAMED = {(int(port), route) for port, route in ROUTE.findall(PAGE)}


def test_every_route_that_is_named_exists() -> None:
    assert len(NAMED) > 80
    assert set(routes()) >= NAMED, NAMED - set(routes())


def test_every_route_of_a_dialect_is_named() -> None:
    of_dialects = {(dialect.port, route) for dialect in DIALECTS for route in dialect.surface().access}
    assert of_dialects <= NAMED, of_dialects - NAMED


def test_the_table_of_words_is_the_dialects_own() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]
    head = next(index for index, row in enumerate(rows) if row[0] == "status")
    table = rows[head + 2 : head + 10]
    for column, name in enumerate(("workflow", "commandes", "checkout", "pedidos"), 1):
        words = import_module(f"comanda.contexts.ordering.dialects.{name}.words").WORDS
        shown = [words.shown[shade] for shade in SHADE_OF_ROW]
        assert [row[column].split(";")[0] for row in table] == shown, name


SHADE_OF_ROW = (
    "created",
    "reserved",
    "paid_uncommitted",
    "paid_committed",
    "shipping_scheduled",
    "completed_unshipped",
    "canceled",
    "failed",
)


def test_every_description_has_its_section() -> None:
    sections = re.findall(r"^## (\d{3}): ", PAGE, flags=re.M)
    assert sections == ["000", "001", "002", "003", "004"]
