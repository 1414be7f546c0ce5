"""Examples for the documents, made from the schemas: plausible values by the names of fields, always of their types.

A model that needs a certain combination says so itself (`json_schema_extra={"examples": [...]}`), and is believed.
"""

import re
from collections.abc import Mapping
from typing import Any

from comanda.platform.http.example_words import EMPTY, WORDS, WORDS_OF

Schema = Mapping[str, Any]

_DEEPEST = 12
_PLAIN: dict[str, Any] = {"string": "text", "integer": 1, "number": 0.5, "boolean": False, "null": None}
_FORMATS = {
    "uuid": "0198c0de-7a3b-7c4d-8e5f-60718293a4b5",
    "date": "2026-01-31",
    "date-time": "2026-01-31T09:30:00Z",
    "uri": "https://example.org/",
}
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def _words(name: str, whose: str) -> tuple[Any, ...]:
    """What a field of this name may hold, first what it may in such a model."""
    special = next((words for (title, field), words in WORDS_OF.items() if field == name and title in whose), ())
    return special + WORDS.get(name, ())


class Examples:
    """Makes examples from the schemas of one document."""

    def __init__(self, schemas: Schema) -> None:
        self._schemas = schemas

    def request(self, schema: Schema) -> Any:
        """A request that is short: what it must have, and where nothing must be, one thing that it may have."""
        return self._make(schema, "", "", brief=True)

    def answer(self, schema: Schema) -> Any:
        """An answer with all that can be in it."""
        return self._make(schema, "", "", brief=False)

    def parameter(self, name: str, schema: Schema) -> Any:
        """A value for a parameter of this name."""
        return self._make(schema, name, "", brief=True)

    def _make(self, schema: Schema, name: str, whose: str, *, brief: bool, depth: int = 0) -> Any:
        """A value of the field `name` of a model whose title is `whose`."""
        schema = self.resolved(schema)
        if schema.get("examples"):
            return schema["examples"][0]
        for word in _words(name, whose):
            if self._fits(word, schema):
                return word
        for alternatives in ("anyOf", "oneOf"):
            if alternatives in schema:
                return self._make(self._plainest(schema[alternatives]), name, whose, brief=brief, depth=depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "object" or "properties" in schema:
            return self._object(schema, name, depth, brief=brief)
        if schema.get("type") == "array":
            one = depth < _DEEPEST and name not in EMPTY
            return [self._make(schema.get("items", {}), name, whose, brief=brief, depth=depth + 1)] if one else []
        return self._scalar(schema)

    def _object(self, schema: Schema, name: str, depth: int, *, brief: bool) -> dict[str, Any]:
        properties: Schema = schema.get("properties", {})
        if properties.keys() == {"amount", "currency"}:
            amount = next((word for word in _words(name, "") if isinstance(word, int)), WORDS["amount"][0])
            return {"amount": amount, "currency": "EUR"}
        whose = str(schema.get("title", ""))
        wanted = list(properties)
        if brief:
            required = schema.get("required", [])
            wanted = [name for name in wanted if name in required] or wanted[:1]
        if depth >= _DEEPEST:
            wanted = []
        return {one: self._make(properties[one], one, whose, brief=brief, depth=depth + 1) for one in wanted}

    def _plainest(self, alternatives: list[Schema]) -> Schema:
        """The first that is not null."""
        for one in alternatives:
            if one.get("type") != "null":
                return one
        return alternatives[0]

    def _scalar(self, schema: Schema) -> Any:
        kind = schema.get("type", "string")
        if kind == "string":
            text = _FORMATS.get(schema.get("format", ""), schema.get("default") or _PLAIN["string"])
            return str(text).ljust(schema.get("minLength", 0), ".")
        if kind in ("integer", "number"):
            least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
            return max(_PLAIN[kind], int(least))
        return _PLAIN[kind]

    def _fits(self, word: Any, schema: Schema) -> bool:
        """Whether a value is what a schema asks for, as far as schemas of plain values say."""
        schema = self.resolved(schema)
        for alternatives in ("anyOf", "oneOf"):
            if alternatives in schema:
                return any(self._fits(word, one) for one in schema[alternatives])
        if "enum" in schema:
            return word in schema["enum"]
        kind = schema.get("type")
        if kind is not None and (not isinstance(word, _TYPES[kind]) or isinstance(word, bool) != (kind == "boolean")):
            return False
        if isinstance(word, str):
            longest = schema.get("maxLength", len(word))
            return len(word) <= longest and re.search(schema.get("pattern", ""), word) is not None
        if isinstance(word, int):
            return bool(schema.get("minimum", word) <= word <= schema.get("maximum", word))
        return not isinstance(word, dict | list) or "$ref" not in schema

    def resolved(self, schema: Schema) -> Schema:
        """What a reference stands for."""
        while "$ref" in schema:
            schema = self._schemas[str(schema["$ref"]).rpartition("/")[2]]
        return schema
