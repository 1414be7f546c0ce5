"""Requests made from what the OpenAPI documents say: the example if there is one, else the least the schema takes."""

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]

_BY_FORMAT = {
    "uuid": "01890000-0000-7000-8000-000000000001",
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "email": "ada@example.org",
    "uri": "https://example.org",
}

BY_NAME: dict[str, Any] = {
    "email": "ada@example.org",
    "to": "ada@example.org",
    "country": "PT",
    "currency": "EUR",
    "language": "en",
    "password": "correct horse battery staple",
    "new_password": "correct horse battery staple",
    "slug": "a-slug",
    "code": "a-code",
    "vat_id": "",
    "phone": "",
    "timezone": "UTC",
}
"""Words that a schema's pattern does not tell, by the member's name."""


def operation_of(document: Document, method: str, path: str) -> Mapping[str, Any]:
    """A route's operation; path parameters may carry a converter (`{customer_id:path}`)."""
    found: Mapping[str, Any] = document["paths"][path.replace(":path}", "}")][method.lower()]
    return found


def body_schema(document: Document, method: str, path: str) -> Mapping[str, Any] | None:
    """The schema of a route's JSON body, references followed; None when it takes none."""
    body = operation_of(document, method, path).get("requestBody")
    if body is None:
        return None
    content = body.get("content", {}).get("application/json")
    return None if content is None else _followed(document, content.get("schema", {}))


def sample_body(document: Document, method: str, path: str) -> Any:
    """A body that the route's document says is valid; None when it takes none."""
    body = operation_of(document, method, path).get("requestBody")
    if body is None or "application/json" not in body.get("content", {}):
        return None
    content = body["content"]["application/json"]
    for example in (content.get("examples") or {}).values():
        return example["value"]
    if "example" in content:
        return content["example"]
    return sample(document, content.get("schema", {}))


def sample(document: Document, schema: Mapping[str, Any], name: str = "") -> Any:
    """A value that a schema takes: required members only."""
    schema = _followed(document, schema)
    if "const" in schema:
        return schema["const"]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return {member: sample(document, schema["properties"][member], member) for member in schema.get("required", ())}
    if kind == "array":
        least = schema.get("minItems", 0)
        return [sample(document, schema.get("items", {}), name) for _ in range(least)]
    if kind in ("integer", "number"):
        return max(1, schema.get("minimum", 1))
    if kind == "boolean":
        return False
    if kind == "string":
        return _text(schema, name)
    return {}


def _text(schema: Mapping[str, Any], name: str) -> str:
    if name in BY_NAME:
        return str(BY_NAME[name])
    if schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    return "x" * max(1, schema.get("minLength", 1))


def _followed(document: Document, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with references, and unions with null, taken away."""
    while True:
        if "$ref" in schema:
            found: Any = document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        elif len(schema.get("allOf", ())) == 1:
            schema = schema["allOf"][0]
        elif "anyOf" in schema or "oneOf" in schema:
            choices = schema.get("anyOf") or schema["oneOf"]
            schema = next((choice for choice in choices if choice.get("type") != "null"), choices[0])
        else:
            return schema
