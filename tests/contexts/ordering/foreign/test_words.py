"""What is said to foreign services and what counts as an answer; the document for them says the same."""

from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from comanda.contexts.ordering.contract.events import OrderCreated
from comanda.contexts.ordering.contract.stages import INVENTORY, PAYMENT
from comanda.contexts.ordering.foreign.addresses import Address, BadAddress, ForeignServices
from comanda.contexts.ordering.foreign.client import Reply
from comanda.contexts.ordering.foreign.words import ANSWERS, PATHS, NotAnAnswer, body_of, read
from tests.support.facts_of_orders import created

DOCUMENT = yaml.safe_load((Path(__file__).parents[4] / "docs/guides/foreign-services.yaml").read_text())


@pytest.mark.parametrize("status", [200, 201, 202, 402, 409, 422])
def test_an_agreed_word_is_an_answer(status: int) -> None:
    said = read("schedule", Reply(status, b'{"status": "scheduled", "tracking_number": "T-1", "more": [1]}'))
    assert (said.outcome, said.tracking_number) == ("scheduled", "T-1")


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 408, 425, 429, 500, 503])
def test_any_other_status_says_nothing(status: int) -> None:
    with pytest.raises(NotAnAnswer):
        read("reserve", Reply(status, b'{"status": "reserved"}'))


@pytest.mark.parametrize(
    "body",
    [b"", b"reserved", b"[]", b"null", b'{"status": 1}', b'{"status": "sent"}', b'{"status": "reserved"', b"\xff"],
)
def test_a_body_without_an_agreed_word_says_nothing(body: bytes) -> None:
    with pytest.raises(NotAnAnswer):
        read("reserve", Reply(200, body))


def test_what_is_kept_of_an_answer_is_bounded() -> None:
    said = read("reserve", Reply(409, b'{"status": "insufficient", "reason": "' + b"x" * 9_000 + b'\\u0000"}'))
    assert len(said.reason) == 200


def test_the_document_has_every_path_and_every_word() -> None:
    assert set(DOCUMENT["paths"]) == {*PATHS.values(), "/carts/{cart_id}"}
    words = DOCUMENT["components"]["schemas"]["Answer"]["properties"]["status"]["enum"]
    assert set(words) == set().union(*ANSWERS.values())


@pytest.mark.parametrize("kind", PATHS)
def test_what_is_sent_is_what_the_document_says(kind: str) -> None:
    order: OrderCreated = created("01a1fd00-0000-7000-8000-000000000001")
    body = body_of(kind, order, token="tok_approved", reason="canceled")
    asked = DOCUMENT["paths"][PATHS[kind]]["post"]["requestBody"]
    if "$ref" in asked:
        asked = DOCUMENT["components"]["requestBodies"][asked["$ref"].rpartition("/")[2]]
    schema: dict[str, Any] = asked["content"]["application/json"]["schema"]
    jsonschema.validate(msgspec.to_builtins(body), schema | {"components": DOCUMENT["components"]})


def test_an_address_keeps_its_secrets_to_itself() -> None:
    address = Address.parse("https://ada:s3cret@[::1]:8443/base/", "t0ken")
    assert (address.url, address.user, address.password) == ("https://[::1]:8443/base", "ada", "s3cret")
    assert "s3cret" not in repr(address) and "t0ken" not in repr(address) and "8443" not in repr(address)


@pytest.mark.parametrize(
    "url", ["ftp://x", "xyz", "//x", "http://", "http://h:port", "http://h/?a=s3cret", "http://h#s3cret", "http://[::1"]
)
def test_what_is_no_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(BadAddress) as refused:
        ForeignServices.parse({PAYMENT: url}, {})
    assert "payment" in str(refused.value) and url not in str(refused.value) and "s3cret" not in str(refused.value)


def test_an_empty_address_is_none() -> None:
    services = ForeignServices.parse({PAYMENT: "", INVENTORY: "http://inventory"}, {})
    assert services.stages == [INVENTORY]
