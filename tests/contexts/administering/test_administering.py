"""Sellers, settings and the audit log, over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from comanda.contexts.administering.card import card
from comanda.contexts.cataloging.card import card as cataloging
from comanda.contexts.notifying.card import card as notifying
from comanda.contexts.ordering.contract.events import OrderCanceled
from comanda.contexts.profiling.card import card as profiling
from comanda.kernel.ids import new_id
from comanda.platform.auth import Principal
from tests.support.database import Database
from tests.support.services import ADMIN, STAFF, Caller, Services, customer, running

ADD = {"name": "Lamps & Co", "email": "lamps@example.org"}


@pytest.fixture
async def services(database: Database) -> AsyncIterator[Services]:
    """Administering, and the services it changes something in."""
    async with running(
        database, [profiling, replace(card, linger_s=0.0), replace(cataloging, linger_s=0.0), notifying]
    ) as services:
        await until_followed(services)
        yield services


async def until_followed(services: Services) -> None:
    """Wait until every consumer follows the log: a new one begins with what is written from then on."""
    async with asyncio.timeout(20):
        while True:
            if services.process.current():
                return
            await asyncio.sleep(0.01)


@pytest.fixture
def staff(services: Services) -> Caller:
    """A member of staff with all permissions."""
    return services.call("administering", STAFF)


async def published(services: Services) -> list[tuple[str, str]]:
    """What administering has published: names and subjects."""
    async with services.process.services["administering"].database.acquire() as connection:
        rows = await connection.fetch(
            "select type, subject from messaging.log where type like 'comanda.administering.%' order by position"
        )
    return [(row["type"].split(".")[2], row["subject"]) for row in rows]


async def until_audited(staff: Caller, count: int, **query: str) -> list[dict[str, Any]]:
    """The audit log, once it has so many entries."""
    async with asyncio.timeout(20):
        while True:
            items: list[dict[str, Any]] = (await staff("GET", "/audit-log", query=query)).json()["items"]
            if len(items) >= count:
                return items
            await asyncio.sleep(0.01)


async def test_a_seller_is_added_suspended_and_reinstated_once(services: Services, staff: Caller) -> None:
    added = await staff("POST", "/sellers", ADD, key="k")
    again = await staff("POST", "/sellers", ADD, key="k")
    assert added.status == 201
    assert again.json() == added.json()
    seller = f"/sellers/{added.json()['id']}"
    for _ in range(2):
        suspended = await staff("POST", f"{seller}/suspend", {"reason": "no papers"})
    assert (suspended.json()["status"], suspended.json()["reason"]) == ("suspended", "no papers")
    for _ in range(2):
        assert (await staff("POST", f"{seller}/reinstate")).json()["status"] == "active"
    subject = added.json()["id"]
    assert await published(services) == [
        ("SellerAdded", subject),
        ("SellerSuspended", subject),
        ("SellerReinstated", subject),
    ]


async def test_sellers_are_listed_by_name_in_pages(staff: Caller) -> None:
    for name in ("cups", "Bowls", "apples"):
        assert (await staff("POST", "/sellers", {"name": name})).status == 201
    first = (await staff("GET", "/sellers", query={"limit": 2})).json()
    rest = (await staff("GET", "/sellers", query={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [seller["name"] for seller in first["items"] + rest["items"]] == ["apples", "Bowls", "cups"]
    assert rest["next_cursor"] is None
    found = (await staff("GET", "/sellers", query={"query": "OWL"})).json()
    assert [seller["name"] for seller in found["items"]] == ["Bowls"]


async def test_two_sellers_cannot_have_one_name_until_the_first_is_removed(staff: Caller) -> None:
    first = (await staff("POST", "/sellers", ADD)).json()
    assert (await staff("POST", "/sellers", {"name": "LAMPS & co"})).status == 409
    assert (await staff("DELETE", f"/sellers/{first['id']}")).status == 204
    assert (await staff("GET", f"/sellers/{first['id']}")).status == 404
    assert (await staff("POST", "/sellers", ADD)).status == 201


async def test_a_seller_that_changed_meanwhile_is_not_overwritten(staff: Caller) -> None:
    seller = (await staff("POST", "/sellers", ADD)).json()
    path = f"/sellers/{seller['id']}"
    changed = await staff("PATCH", path, {"description": "Light.", "version": 1})
    assert (changed.json()["version"], changed.json()["email"]) == (2, "lamps@example.org")
    assert (await staff("PATCH", path, {"name": "Other", "version": 1})).status == 412
    assert (await staff("PATCH", f"/sellers/{new_id()}", {"name": "x"})).status == 404
    assert (await staff("PATCH", "/sellers/7", {"name": "x"})).status == 404


async def test_a_product_is_put_into_the_catalogue_for_its_seller(services: Services, staff: Caller) -> None:
    seller = (await staff("POST", "/sellers", ADD)).json()
    product = {
        "seller_id": seller["id"],
        "sku": "LAMP-1",
        "name": "A lamp",
        "price": {"amount": 4_900, "currency": "EUR"},
    }
    added = await staff("POST", "/products", product, key="p")
    assert added.status == 201, added.body
    assert added.json()["seller_id"] == seller["id"]
    (entry,) = await until_audited(staff, 1, subject="LAMP-1")
    assert (entry["actor"], entry["type"]) == ("staff:staff-1", "ProductCreated")
    assert (await staff("POST", "/products", product)).status == 409
    await staff("POST", f"/sellers/{seller['id']}/suspend", {"reason": "x"})
    refused = await staff("POST", "/products", product | {"sku": "LAMP-2"})
    assert (refused.status, refused.json()["type"]) == (409, "urn:comanda:problem:seller-suspended")
    assert (await staff("POST", "/products", product | {"seller_id": new_id()})).status == 404


async def test_settings_of_every_service_are_listed_with_type_and_default(staff: Caller) -> None:
    listed = {setting["name"]: setting for setting in (await staff("GET", "/settings")).json()["items"]}
    language = listed["notifying.staff_language"]
    assert (language["type"], language["value"], language["choices"]) == ("str", "en", ["en", "fr", "pt"])
    assert language["changed_at"] is None
    only = (await staff("GET", "/settings", query={"service": "notifying"})).json()["items"]
    assert {setting["name"].split(".")[0] for setting in only} == {"notifying"}


async def test_a_changed_setting_reaches_the_service_that_uses_it(services: Services, staff: Caller) -> None:
    settings = services.process.services["notifying"].settings
    changed = await staff("PUT", "/settings/notifying.staff_language", {"value": "pt"})
    assert (changed.json()["value"], changed.json()["changed_by"]) == ("pt", "staff:staff-1")
    await until_equal(settings, "notifying.staff_language", "pt")
    reset = await staff("DELETE", "/settings/notifying.staff_language")
    assert reset.json()["value"] == "en"
    await until_equal(settings, "notifying.staff_language", "en")


async def until_equal(settings: Any, name: str, value: str) -> None:
    """Wait until a service has taken over a value."""
    async with asyncio.timeout(20):
        while True:
            if settings[name] == value:
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("value", ["de", 1, None, ["en"], {"a": 1}])
async def test_a_value_that_a_setting_does_not_take_is_refused(staff: Caller, value: object) -> None:
    assert (await staff("PUT", "/settings/notifying.staff_language", {"value": value})).status == 422


async def test_an_unknown_setting_and_an_odd_value_are_refused(staff: Caller) -> None:
    assert (await staff("PUT", "/settings/notifying.nothing", {"value": 1})).status == 404
    assert (await staff("GET", "/settings/a b%00c")).status == 404
    assert (await staff("PUT", "/settings/notifying.staff_email", {"value": "a\x00b"})).status == 422
    assert (await staff("PUT", "/settings/notifying.staff_email", {"value": "a" * 20_000})).status == 422


async def test_only_what_staff_did_is_in_the_audit_log(services: Services, staff: Caller) -> None:
    administering = services.process.services["administering"]
    order_id = new_id()
    for actor in (None, "customer:c", "guest", "staff:7", "admin:1"):
        async with administering.begin(actor=actor) as work:
            work.publish(OrderCanceled(order_id=order_id, number=1, reason=str(actor)))
    entries = await until_audited(staff, 2, subject=order_id)
    assert [(entry["actor"], entry["type"], entry["details"]["reason"]) for entry in entries] == [
        ("admin:1", "OrderCanceled", "admin:1"),
        ("staff:7", "OrderCanceled", "staff:7"),
    ]


async def test_the_audit_log_can_be_narrowed_and_paged(services: Services, staff: Caller) -> None:
    await staff("POST", "/sellers", ADD)
    await services.call("administering", ADMIN)("PUT", "/settings/notifying.staff_language", {"value": "fr"})
    entries = await until_audited(staff, 2)
    page = (await staff("GET", "/audit-log", query={"limit": 1})).json()
    rest = (await staff("GET", "/audit-log", query={"limit": 1, "cursor": page["next_cursor"]})).json()
    assert page["items"] + rest["items"] == entries
    for query, found in (
        ({"actor": "staff:staff-1"}, ["SellerAdded"]),
        ({"type": "SettingChanged"}, ["SettingChanged"]),
        ({"from": entries[0]["time"]}, ["SettingChanged"]),
        ({"to": entries[0]["time"]}, ["SellerAdded"]),
        ({"subject": "nothing"}, []),
    ):
        items = (await staff("GET", "/audit-log", query=query)).json()["items"]
        assert [entry["type"] for entry in items] == found, query


async def test_only_staff_with_the_permission_may_change_anything(services: Services) -> None:
    for principal, status in (
        (customer("c"), 403),
        (Principal("staff", "s", frozenset({"reports.read"})), 403),
        (Principal("anonymous"), 401),
        (Principal("staff", "s", frozenset({"sellers.write"})), 201),
    ):
        answer = await services.call("administering", principal)("POST", "/sellers", {"name": f"{principal.id}"})
        assert answer.status == status
