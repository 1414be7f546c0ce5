"""Carriers, what they charge, and who may say so."""

from typing import Any

import pytest

from comanda.platform.auth import ANONYMOUS
from tests.support.one_service import OneService
from tests.support.services import STAFF, customer

POST = {
    "code": "post",
    "name": "Post",
    "tracking_url": "https://post.example/{number}",
    "methods": [
        {
            "code": "standard",
            "name": "Standard",
            "days": 2,
            "rates": [{"countries": ["DE"], "price": {"amount": 490, "currency": "EUR"}, "free_from": 5_000}],
        }
    ],
}


async def rates(shipping: OneService, country: str = "DE", value: int = 2_000) -> list[tuple[str, int]]:
    """What is offered for a parcel."""
    body = {"country": country, "postal_code": "10115", "weight_g": 500, "value": {"amount": value, "currency": "EUR"}}
    answer = (await shipping.call("POST", "/rates", body)).checked()
    return [(item["id"], item["price"]["amount"]) for item in answer.json()["items"]]


async def test_a_fresh_installation_has_one_carrier_that_serves_everyone(shipping: OneService) -> None:
    (carrier,) = (await shipping.call("GET", "/carriers")).checked().json()["items"]
    assert (carrier["code"], carrier["active"], carrier["version"]) == ("parcel", True, 1)
    for country in ("DE", "BR", "JP"):
        assert await rates(shipping, country) == [("parcel:standard", 0)]


async def test_a_carrier_is_added_changed_and_removed(shipping: OneService) -> None:
    added = await shipping.call("POST", "/carriers", POST, by=STAFF)
    assert added.status == 201
    assert (await shipping.call("GET", "/carriers/post")).json() == added.json()
    assert (await shipping.call("POST", "/carriers", POST, by=STAFF)).status == 409
    assert await rates(shipping) == [("parcel:standard", 0), ("post:standard", 490)]
    assert await rates(shipping, value=5_000) == [("post:standard", 0), ("parcel:standard", 0)], "the quicker first"
    assert await rates(shipping, "FR") == [("parcel:standard", 0)]
    change = {name: value for name, value in POST.items() if name != "code"} | {"active": False}
    changed = (await shipping.call("PUT", "/carriers/post", change, by=STAFF)).checked().json()
    assert (changed["active"], changed["version"]) == (False, 2)
    assert await rates(shipping) == [("parcel:standard", 0)]
    assert (await shipping.call("DELETE", "/carriers/post", by=STAFF)).status == 204
    assert (await shipping.call("DELETE", "/carriers/post", by=STAFF)).status == 404
    assert (await shipping.call("GET", "/carriers/post")).status == 404
    assert (await shipping.call("PUT", "/carriers/post", change, by=STAFF)).status == 404


async def test_the_built_in_carrier_charges_once_it_has_rates(shipping: OneService) -> None:
    carrier = (await shipping.call("GET", "/carriers/parcel")).json()
    carrier["methods"][0]["rates"] = [{"price": {"amount": 700, "currency": "EUR"}}]
    body = {name: carrier[name] for name in ("name", "active", "methods")}
    (await shipping.call("PUT", "/carriers/parcel", body, by=STAFF)).checked()
    assert await rates(shipping) == [("parcel:standard", 700)]
    assert await rates(shipping, "BR") == [("parcel:standard", 700)]


@pytest.mark.parametrize("by", [ANONYMOUS, customer("ada")])
async def test_only_staff_change_carriers(shipping: OneService, by: Any) -> None:
    for method, path, body in (
        ("POST", "/carriers", POST),
        ("PUT", "/carriers/parcel", POST),
        ("DELETE", "/carriers/parcel", None),
    ):
        assert (await shipping.call(method, path, body, by=by)).status in (401, 403)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "Post Office"},
        {"code": "../etc"},
        {"tracking_url": "javascript:alert({number})"},
        {"tracking_url": "https://post.example/"},
        {"methods": [{"code": "a", "name": "A", "days": -1}]},
        {"methods": [{"code": "a", "name": "A", "days": 1}, {"code": "a", "name": "B", "days": 1}]},
        {"methods": [{"code": "a", "name": "A", "days": 1, "rates": [{"price": {"amount": -1, "currency": "EUR"}}]}]},
        {"methods": [{"code": "a", "name": "A", "days": 1, "rates": [{"price": {"amount": 1, "currency": "XXQ"}}]}]},
        {
            "methods": [
                {
                    "code": "a",
                    "name": "A",
                    "days": 1,
                    "rates": [{"price": {"amount": 1, "currency": "EUR"}, "from_weight_g": 2, "to_weight_g": 1}],
                }
            ]
        },
        {"owner": "me"},
    ],
)
async def test_a_carrier_that_makes_no_sense_is_refused(shipping: OneService, wrong: dict[str, Any]) -> None:
    assert (await shipping.call("POST", "/carriers", {**POST, **wrong}, by=STAFF)).status == 422
    assert len((await shipping.call("GET", "/carriers")).json()["items"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"country": "XX1"}, {"weight_g": -1}, {"weight_g": 2**40}, {"value": {"amount": 1}}, {"postal_code": "\x00"}],
)
async def test_a_parcel_that_makes_no_sense_has_no_rate(shipping: OneService, wrong: dict[str, Any]) -> None:
    body = {"country": "DE", "value": {"amount": 1, "currency": "EUR"}, **wrong}
    assert (await shipping.call("POST", "/rates", body)).status == 422
