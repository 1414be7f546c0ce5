"""All documents as one Postman collection (v2.1), which Insomnia, Bruno and others import too.

A folder a service or dialect, in it one a tag. Every request has its example as the body; base URLs and the token are
variables, and signing in fills the token.
"""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

KEEP_TOKEN = (
    "if (pm.response.code < 300) {",
    '    pm.collectionVariables.set("token", pm.response.json().access_token);',
    "}",
)
"""What Postman runs after signing in."""

SIGNING_IN = frozenset({("profiling", "sign_in"), ("profiling", "refresh_session")})

_DESCRIPTION = """Every operation of every service and dialect of Comanda, with an example of each request.

Send *Sign in* first: the token it answers is kept in the variable `token` and sent along from then on. `order_token` is
the `access_token` of a guest's order. The base URLs are those of `comanda up` with its default ports."""

Document = Mapping[str, Any]


def collection(documents: Mapping[str, Document], ports: Mapping[str, int]) -> str:
    """The collection as JSON; `documents` are the OpenAPI documents by name, `ports` where each answers."""
    urls = [_variable(f"{name}_url", f"http://127.0.0.1:{ports[name]}") for name in documents]
    made = {
        "info": {"name": "Comanda", "description": _DESCRIPTION, "schema": SCHEMA},
        "item": [_folder(name, document) for name, document in documents.items()],
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [*urls, _variable("token", ""), _variable("order_token", "")],
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _variable(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value, "type": "string"}


def _folder(name: str, document: Document) -> dict[str, Any]:
    tags: dict[str, list[dict[str, Any]]] = {}
    for path, method, operation in operations(document):
        tags.setdefault(operation["tags"][0], []).append(_Request(name, document, path, method, operation).item())
    return {
        "name": name,
        "description": f"{document['info']['title']}: {document['info']['description']}",
        "item": [{"name": tag, "item": items} for tag, items in tags.items()],
    }


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Path, method and description of every operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method.upper(), operation


def resolved(document: Document, thing: Document) -> Document:
    """What a reference stands for."""
    while "$ref" in thing:
        found: Any = document
        for part in thing["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        thing = found
    return thing


class _Request:
    def __init__(self, service: str, document: Document, path: str, method: str, operation: Document) -> None:
        self._service = service
        self._document = document
        self._path = path
        self._method = method
        self._operation = operation
        self._parameters: list[Document] = list(operation.get("parameters", ()))
        self._schemes = [name for one in operation["security"] for name in (one or {"": []})]

    def item(self) -> dict[str, Any]:
        """The request, and the answers one may get when all is well."""
        operation = self._operation
        request: dict[str, Any] = {"method": self._method, "header": list(self._headers()), "url": self._url()}
        if "" in self._schemes:
            request["auth"] = {"type": "noauth"}
        body = self._body()
        if body is not None:
            request["body"] = {"mode": "raw", "raw": body, "options": {"raw": {"language": "json"}}}
        request["description"] = operation["description"]
        item: dict[str, Any] = {"name": operation["summary"], "request": request, "response": list(self._answers())}
        if (self._service, operation["operationId"]) in SIGNING_IN:
            item["event"] = [{"listen": "test", "script": {"type": "text/javascript", "exec": list(KEEP_TOKEN)}}]
        return item

    def _headers(self) -> Iterator[dict[str, Any]]:
        for media_type in list(self._operation.get("requestBody", {}).get("content", {}))[:1]:
            yield {"key": "Content-Type", "value": media_type}
        for parameter in self._of("header"):
            yield self._pair(parameter)
        if "orderToken" in self._schemes:
            yield {"key": "Order-Token", "value": "{{order_token}}", "disabled": True}

    def _url(self) -> dict[str, Any]:
        host = "{{" + self._service + "_url}}"
        parts = [f":{part[1:-1]}" if part.startswith("{") else part for part in self._path.strip("/").split("/")]
        url: dict[str, Any] = {"raw": f"{host}/{'/'.join(parts)}", "host": [host], "path": parts}
        query = [self._pair(parameter) for parameter in self._of("query")]
        if query:
            url["query"] = query
        names = [{"key": one["name"], "value": _written(one.get("example", ""))} for one in self._of("path")]
        if names:
            url["variable"] = names
        return url

    def _of(self, place: str) -> Iterator[Document]:
        return (parameter for parameter in self._parameters if parameter["in"] == place)

    def _pair(self, parameter: Document) -> dict[str, Any]:
        pair: dict[str, Any] = {"key": parameter["name"], "value": _written(parameter.get("example", ""))}
        if parameter.get("description"):
            pair["description"] = parameter["description"]
        if not parameter.get("required"):
            pair["disabled"] = True
        return pair

    def _body(self) -> str | None:
        for content in self._operation.get("requestBody", {}).get("content", {}).values():
            return _json(_example(content))
        return None

    def _answers(self) -> Iterator[dict[str, Any]]:
        for status, answer in self._operation["responses"].items():
            answer = resolved(self._document, answer)
            if status >= "400":
                continue
            for media_type, content in (answer.get("content") or {"": {}}).items():
                example = _example(content)
                text = example if isinstance(example, str) and "json" not in media_type else _json(example)
                yield {
                    "name": f"{status} {answer['description']}",
                    "code": int(status),
                    "status": HTTPStatus(int(status)).phrase,
                    "header": [{"key": "Content-Type", "value": media_type}] if media_type else [],
                    "body": "" if example is None else text,
                }


def _example(content: Document) -> Any:
    several = content.get("examples")
    return next(iter(several.values()))["value"] if several else content.get("example")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _written(value: Any) -> str:
    if isinstance(value, list):
        return str(value[0]) if value else ""
    return str(value).lower() if isinstance(value, bool) else str(value)
