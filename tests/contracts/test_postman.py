"""The Postman collection is one that Postman reads: version 2.1, every operation in it, nothing left to fill in."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from comanda.platform.http.documents import openapi
from comanda.runtime.api_documents import PORTS, apps
from comanda.runtime.postman import SCHEMA, collection, operations

DOCUMENTS = {name: openapi(app) for name, app in apps().items()}
COLLECTION: dict[str, Any] = json.loads(collection(DOCUMENTS, PORTS))


def requests(folder: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The requests in a folder and the folders in it."""
    for item in folder["item"]:
        if "item" in item:
            yield from requests(item)
        else:
            yield item


def test_it_says_which_version_it_is() -> None:
    assert COLLECTION["info"]["schema"] == SCHEMA and COLLECTION["info"]["name"] == "Comanda"
    assert COLLECTION.keys() == {"info", "item", "auth", "variable"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_operation_is_in_the_folder_of_its_service(name: str) -> None:
    (folder,) = [folder for folder in COLLECTION["item"] if folder["name"] == name]
    there = sorted(
        (item["request"]["method"], "/" + "/".join(item["request"]["url"]["path"])) for item in requests(folder)
    )
    described = sorted((method, re.sub(r"{(\w+)}", r":\1", path)) for path, method, _ in operations(DOCUMENTS[name]))
    assert there == described


def test_every_variable_that_is_used_is_there() -> None:
    used = set(re.findall(r"{{(\w+)}}", json.dumps(COLLECTION)))
    there = {variable["key"] for variable in COLLECTION["variable"]}
    assert used == there


def test_every_request_is_complete() -> None:
    for item in requests(COLLECTION):
        request, url = item["request"], item["request"]["url"]
        assert item["name"] and request["description"]
        assert url["raw"] == "/".join([*url["host"], *url["path"]])
        names = {part[1:] for part in url["path"] if part.startswith(":")}
        assert names == {variable["key"] for variable in url.get("variable", ())}
        for pair in (*request["header"], *url.get("query", ()), *url.get("variable", ())):
            assert isinstance(pair["key"], str) and isinstance(pair["value"], str)
        if "body" in request:
            assert request["body"]["mode"] == "raw"
            json.loads(request["body"]["raw"])
            assert {"key": "Content-Type", "value": "application/json"} in request["header"]
        for answer in item["response"]:
            assert isinstance(answer["code"], int) and isinstance(answer["body"], str) and answer["status"]


def test_signing_in_keeps_the_token() -> None:
    kept = [item for item in requests(COLLECTION) if "event" in item]
    assert {item["request"]["url"]["path"][0] for item in kept} == {"sessions"}
    assert "pm.collectionVariables.set" in "".join(kept[0]["event"][0]["script"]["exec"])
