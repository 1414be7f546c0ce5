"""The generated documents say what the code does."""

from pathlib import Path

import pytest

from comanda.runtime.documents import ROOT, documents


@pytest.fixture(scope="module")
def generated() -> dict[Path, str]:
    """Every generated document, by its path below the project's root."""
    return dict(documents())


def test_every_generated_document_is_up_to_date(generated: dict[Path, str]) -> None:
    stale = [str(path) for path, text in generated.items() if (ROOT / path).read_text() != text]
    assert stale == [], "run `make docs`"
    assert len(generated) > 80


def test_no_schema_is_left_of_an_event_that_is_not_there(generated: dict[Path, str]) -> None:
    written = {file.relative_to(ROOT) for file in (ROOT / "docs/events/schemas").glob("*.json")}
    assert written == {path for path in generated if path.parent.name == "schemas"}
