"""Whatever is sent, by whomever: an answer that is described, and never a failure of ours.

By default a few requests an operation; `make fuzz` tries each at least a hundred times and at all its boundaries.
"""

from collections.abc import Callable, Iterator
from typing import Literal

import pytest

from comanda.platform.postgres import EmbeddedPostgres
from comanda.runtime.api_documents import apps
from tests.fuzz.site import Site, open_site
from tests.fuzz.trying import Trying


def _how_long(fixture_name: str, config: pytest.Config) -> Literal["function", "module"]:
    """A thorough run may revoke every token: then each service gets a shop of its own."""
    return "function" if config.getoption("fuzz") else "module"


@pytest.fixture(scope=_how_long)
def site(postgres: EmbeddedPostgres) -> Iterator[Site]:
    with open_site(postgres) as opened:
        yield opened


@pytest.mark.parametrize("name", apps())
def test_every_answer_is_described(
    site: Site, name: str, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    examples, number = pytestconfig.getoption("fuzz"), pytestconfig.getoption("fuzz_seed")
    trying = Trying(site, name)
    for operation in trying.operations():
        trying.examples(operation, examples or 2, number if examples else None)
        if examples:
            trying.boundaries(operation)
    record_property("figures", f"{len(trying.operations())} operations, {trying.tally.figures}")
    if trying.tally.findings:
        pytest.fail(f"{name}: {trying.tally}", pytrace=False)
