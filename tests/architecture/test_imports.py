"""Who may import whom."""

import grimp
import pytest
from importlinter.cli import lint_imports

from tests.architecture.rules import broken_imports


def test_every_import_keeps_the_rules(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pytestconfig.rootpath)
    assert lint_imports(no_cache=True) == 0


def _graph(importer: str, imported: str) -> grimp.ImportGraph:
    graph = grimp.ImportGraph()
    for module in (importer, imported):
        graph.add_module(module)
    graph.add_import(importer=importer, imported=imported)
    return graph


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("comanda.contexts.ordering.reactions", "comanda.contexts.paying.store"),
        ("comanda.contexts.ordering.reactions", "comanda.contexts.paying"),
        ("comanda.contexts.ordering.contract.client", "comanda.contexts.ordering.order"),
        ("comanda.contexts.ordering.contract.client", "comanda.contexts.paying.contract.events"),
        ("comanda.contexts.ordering.contract.client", "comanda.messaging.log"),
        ("comanda.contexts.ordering.contract.client", "comanda.platform.database"),
    ],
)
def test_a_way_around_a_contract_is_found(importer: str, imported: str) -> None:
    assert list(broken_imports(_graph(importer, imported)))


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("comanda.contexts.ordering.reactions", "comanda.contexts.paying.contract.events"),
        ("comanda.contexts.ordering.reactions", "comanda.contexts.ordering.store"),
        ("comanda.contexts.ordering.contract.client", "comanda.contexts.ordering.contract.views"),
        ("comanda.contexts.ordering.contract.client", "comanda.platform.outbound"),
        ("comanda.contexts.ordering.contract.events", "comanda.kernel.money"),
        ("comanda.runtime.catalogue", "comanda.contexts.ordering.card"),
    ],
)
def test_the_way_through_a_contract_is_open(importer: str, imported: str) -> None:
    assert not list(broken_imports(_graph(importer, imported)))
