"""Events are a promise: what was published once can be read for ever, and what is written now by older readers."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from comanda.kernel.event import Event
from comanda.messaging import log, schemas
from comanda.runtime.contexts import CONTEXTS

HERE = Path(__file__).parent
EVENTS = schemas.published()


def _published(event: type[Event]) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((HERE / "published" / f"{event.TYPE}.json").read_text())
    return schema


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TYPE)
def test_an_event_is_still_compatible_with_what_was_published(event: type[Event]) -> None:
    assert schemas.breaks(_published(event), schemas.schema_of(event)) == []


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TYPE)
def test_a_golden_example_is_read_and_written_again_unchanged(event: type[Event]) -> None:
    example = json.loads((HERE / "golden" / f"{event.TYPE}.json").read_text())
    jsonschema.validate(example, schemas.schema_of(event))
    read = msgspec.convert(example, event)
    data, personal = log.encode(read)
    written = json.loads(data)
    if personal is not None:
        written["personal"] = json.loads(personal)
    assert written == example


def test_nothing_that_was_published_is_gone() -> None:
    known = {event.TYPE for event in EVENTS}
    assert {file.stem for file in (HERE / "published").glob("*.json")} == known
    assert {file.stem for file in (HERE / "golden").glob("*.json")} == known


def test_every_event_says_when_it_happens() -> None:
    for event in EVENTS:
        assert event.__doc__, event.TYPE


def test_somebody_reads_or_audits_what_is_published() -> None:
    asked = {name for context in CONTEXTS if context.reactions is not None for name in context.reactions.types}
    unknown = asked - {event.TYPE for event in EVENTS}
    assert not unknown


BEFORE = {
    "properties": {"a": {"type": "integer"}, "b": {"type": "array", "items": {"$ref": "#/$defs/B"}}},
    "required": ["a"],
    "$defs": {"B": {"properties": {"c": {"type": "string"}}, "required": ["c"]}},
}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"properties": {"a": {"type": "integer"}}, "required": ["a"]}, "data.b is gone"),
        ({**BEFORE, "required": ["a", "b"]}, "data.b has become required"),
        (
            {**BEFORE, "properties": {**BEFORE["properties"], "a": {"type": "string"}}},
            "data.a was ('integer', None, None, None) and is ('string', None, None, None)",
        ),
        ({**BEFORE, "$defs": {"B": {"properties": {}, "required": []}}}, "data.b[].c is gone"),
    ],
)
def test_an_incompatible_change_is_found(change: dict[str, Any], complaint: str) -> None:
    assert complaint in schemas.breaks(BEFORE, change)


def test_a_new_field_with_a_default_is_compatible() -> None:
    wider = {**BEFORE, "properties": {**BEFORE["properties"], "new": {"type": "string"}}}
    assert schemas.breaks(BEFORE, wider) == []
