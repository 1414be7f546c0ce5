"""The generated documents say what the code does."""

import pytest

from comanda.runtime.documents import ROOT, documents

DOCUMENTS = dict(documents())


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_a_generated_document_is_up_to_date(path: object) -> None:
    text = DOCUMENTS[path]  # type: ignore[index]
    assert (ROOT / str(path)).read_text() == text, "run `make docs`"


def test_no_schema_is_left_of_an_event_that_is_not_there() -> None:
    written = {file.relative_to(ROOT) for file in (ROOT / "docs/events/schemas").glob("*.json")}
    assert written == {path for path in DOCUMENTS if path.parent.name == "schemas"}
