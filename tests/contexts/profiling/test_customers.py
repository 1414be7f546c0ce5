"""Customers: themselves, and as staff see them."""

import pytest

from comanda.contexts.profiling.contract.client import ProfilingClient
from comanda.platform.auth import Principal
from tests.contexts.profiling.desk import ADA, BOB, Desk
from tests.support.services import SERVICE, STAFF, customer


async def test_customers_see_themselves_and_others_like_missing_ones(desk: Desk) -> None:
    ada, bob = await desk.register(ADA), await desk.register(BOB)
    visitor = desk.visit(customer(ada["id"]))
    assert (await visitor("GET", f"/customers/{ada['id']}")).json() == ada
    assert (await visitor("GET", "/customers/me")).json() == ada
    foreign, missing = await visitor("GET", f"/customers/{bob['id']}"), await visitor("GET", "/customers/nobody")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() == missing.json()
    assert (await desk.visit()("GET", f"/customers/{ada['id']}")).status_code == 401
    assert (await visitor("GET", "/customers")).status_code == 403
    assert (await visitor("PUT", f"/customers/{ada['id']}/status", {"status": "vip"})).status_code == 403


async def test_customers_change_what_they_say_of_themselves(desk: Desk) -> None:
    ada = await desk.register(ADA | {"name": "Ada", "phone": "+351 1234"})
    visitor = desk.visit(customer(ada["id"]))
    changed = (await visitor("PATCH", "/customers/me", {"name": "Ada L.", "language": "fr"})).json()
    assert (changed["name"], changed["language"], changed["phone"]) == ("Ada L.", "fr", "+351 1234")
    assert (await visitor("GET", "/customers/me")).json() == changed
    for forbidden in ({"status": "vip"}, {"email": "x@example.org"}, {"id": "x"}, {"name": None}):
        assert (await visitor("PATCH", "/customers/me", forbidden)).status_code == 422
    assert (await visitor("GET", "/customers/me")).json() == changed


async def test_staff_change_the_status_and_everybody_hears_of_it_once(desk: Desk) -> None:
    ada = await desk.register(ADA)
    staff, path = desk.visit(STAFF), f"/customers/{ada['id']}/status"
    assert (await staff("PUT", path, {"status": "vip"})).json()["status"] == "vip"
    assert (await staff("PUT", path, {"status": "vip"})).status_code == 200
    assert (await staff("PUT", path, {"status": "emperor"})).status_code == 422
    assert (await staff("PUT", "/customers/nobody/status", {"status": "vip"})).status_code == 404
    narrow = desk.visit(Principal("staff", "8", frozenset({"orders.read"})))
    assert (await narrow("PUT", path, {"status": "standard"})).status_code == 403
    assert await desk.published() == ["CustomerRegistered", "CustomerStatusChanged"]
    (event,) = await desk.rows("select data, actor from messaging.log order by position offset 1")
    assert event["actor"] == "staff:staff-1" and '"previous":"standard"' in event["data"]


async def test_the_words_for_a_status_are_a_setting(desk: Desk) -> None:
    ada = await desk.register(ADA)
    desk.profiling.settings.set("profiling.statuses", '["standard","gold"]')
    answer = await desk.visit(STAFF)("PUT", f"/customers/{ada['id']}/status", {"status": "gold"})
    assert answer.json()["status"] == "gold"


async def test_staff_page_through_customers_newest_first(desk: Desk) -> None:
    made = [(await desk.register({**ADA, "email": f"a{n}@example.org"}))["id"] for n in range(5)]
    staff, seen, cursor = desk.visit(STAFF), [], ""
    while True:
        page = (await staff("GET", f"/customers?limit=2{cursor}")).json()
        seen += [found["id"] for found in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJub3QgYSB0aW1lIiwiaWQiXQ", "WzEsMl0", "%00", "🛒"])
async def test_cursors_that_no_list_gave_are_refused(desk: Desk, cursor: str) -> None:
    assert (await desk.visit(STAFF)("GET", f"/customers?cursor={cursor}")).status_code == 422


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("lovelace", ["ada"]),
        ("ADA", ["ada"]),
        ("ada.l", ["ada"]),
        ("ada.lovelace@example.org", ["ada"]),
        ("example", ["ada", "zoe"]),
        ("zoë", ["zoe"]),
        ("42", ["zoe"]),
        ("love org", ["ada"]),
        ("nobody", []),
        ("' | !ada & <-> :*", ["ada"]),
        ("", ["ada", "zoe"]),
        ("&|!", ["ada", "zoe"]),
    ],
)
async def test_staff_find_customers_by_the_beginnings_of_words(desk: Desk, query: str, found: list[str]) -> None:
    password = "correct horse"
    await desk.register({"email": "ada.lovelace@example.org", "password": password, "name": "Ada Lovelace"})
    await desk.register({"email": "z-42@example.com", "password": password, "name": "Zoë"})
    answer = await desk.visit(STAFF)("GET", "/customers?query=" + query.replace("&", "%26").replace("|", "%7C"))
    names = {"ada.lovelace@example.org": "ada", "z-42@example.com": "zoe"}
    assert sorted(names[customer["email"]] for customer in answer.json()["items"]) == found


async def test_staff_filter_by_status(desk: Desk) -> None:
    ada, _ = await desk.register(ADA), await desk.register(BOB)
    staff = desk.visit(STAFF)
    await staff("PUT", f"/customers/{ada['id']}/status", {"status": "vip"})
    items = (await staff("GET", "/customers?status=vip")).json()["items"]
    assert [item["id"] for item in items] == [ada["id"]]


async def test_services_ask_through_the_client(desk: Desk) -> None:
    ada = await desk.register(ADA)
    body = {"street": "Rua", "number": "1", "city": "Lisboa", "postal_code": "1000-001", "country": "PT"}
    await desk.visit(SERVICE)("POST", f"/customers/{ada['id']}/addresses", body)
    client = ProfilingClient(desk.profiling.outbound("profiling"))
    found = await client.customer(ada["id"])
    assert found is not None and found.email == ADA["email"]
    assert await client.customer("erp/4711") is None
    (address,) = await client.addresses(ada["id"])
    assert address.recipient == ADA["email"] and address.default_shipping
    assert await client.addresses("erp 4711") == []
