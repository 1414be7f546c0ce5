"""Merging a guest's cart into the customer's."""

import asyncio

from tests.contexts.carting.shop import Shop, lines, quantities
from tests.support.services import SERVICE, STAFF, customer

ADA = customer("ada")
BOB = customer("bob")


async def test_a_login_keeps_every_line_of_both_carts(shop: Shop) -> None:
    ada = shop.visit(ADA)
    own = (await ada("POST", "/carts", lines(mug=3, shirt=1))).json()
    guest = (await shop.visit()("POST", "/carts", lines(mug=2, poster=4))).json()
    merged = await ada("POST", f"/carts/{guest['id']}/merge")
    assert merged.status_code == 200
    assert merged.json()["id"] == own["id"]
    assert quantities(merged.json()) == {"mug": 3, "shirt": 1, "poster": 4}
    assert (await ada("GET", "/cart/ada")).json() == merged.json()


async def test_merging_again_answers_the_same_and_adds_nothing(shop: Shop) -> None:
    ada = shop.visit(ADA)
    await ada("POST", "/carts", lines(mug=1))
    guest = (await shop.visit()("POST", "/carts", lines(mug=2))).json()
    answers = await asyncio.gather(*(ada("POST", f"/carts/{guest['id']}/merge") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.text for answer in answers} == {answers[0].text}
    assert quantities(answers[0].json()) == {"mug": 2}


async def test_a_merged_cart_is_closed(shop: Shop) -> None:
    ada = shop.visit(ADA)
    await ada("POST", "/carts", lines(mug=1))
    guest = (await shop.visit()("POST", "/carts", lines(mug=2))).json()
    await ada("POST", f"/carts/{guest['id']}/merge")
    assert (await shop.visit()("GET", f"/carts/{guest['id']}")).json()["status"] == "merged"
    refused = await shop.visit()("PUT", f"/carts/{guest['id']}/items/mug", {"quantity": 1})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:comanda:problem:cart-closed")
    assert (await shop.visit(BOB)("POST", f"/carts/{guest['id']}/merge")).status_code == 404


async def test_without_an_open_cart_the_guests_becomes_the_customers(shop: Shop) -> None:
    ada = shop.visit(ADA)
    guest = (await shop.visit()("POST", "/carts", lines(mug=2))).json()
    merged = (await ada("POST", f"/carts/{guest['id']}/merge")).json()
    assert (merged["id"], merged["customer_id"], quantities(merged)) == (guest["id"], "ada", {"mug": 2})
    assert (await ada("POST", f"/carts/{guest['id']}/merge")).json() == merged
    assert (await shop.visit()("GET", f"/carts/{guest['id']}")).status_code == 404


async def test_carts_that_do_not_go_together_stay_as_they_are(shop: Shop) -> None:
    shop.carting.settings.set("carting.most_lines", "2")
    ada = shop.visit(ADA)
    own = (await ada("POST", "/carts", lines(mug=1, shirt=1))).json()
    yen = (await shop.visit()("POST", "/carts", lines(kimono=1))).json()
    third = (await shop.visit()("POST", "/carts", lines(poster=1))).json()
    for guest in (yen, third):
        refused = await ada("POST", f"/carts/{guest['id']}/merge")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:comanda:problem:carts-do-not-merge")
        assert (await shop.visit()("GET", f"/carts/{guest['id']}")).json() == guest
    assert (await ada("GET", "/cart/ada")).json() == own


async def test_an_empty_cart_takes_or_leaves_nothing(shop: Shop) -> None:
    ada = shop.visit(ADA)
    own = (await ada("POST", "/carts", lines(kimono=1))).json()
    guest = (await shop.visit()("POST", "/carts", {})).json()
    assert (await ada("POST", f"/carts/{guest['id']}/merge")).json() == own

    bob = shop.visit(BOB)
    await bob("POST", "/carts", {})
    guest = (await shop.visit()("POST", "/carts", lines(mug=1))).json()
    taken = (await bob("POST", f"/carts/{guest['id']}/merge")).json()
    assert (taken["currency"], quantities(taken)) == ("EUR", {"mug": 1})


async def test_a_cart_of_somebody_else_cannot_be_merged(shop: Shop) -> None:
    own = (await shop.visit(ADA)("POST", "/carts", lines(mug=1))).json()
    assert (await shop.visit(BOB)("POST", f"/carts/{own['id']}/merge")).status_code == 404
    assert (await shop.visit()("POST", f"/carts/{own['id']}/merge")).status_code == 401
    assert (await shop.visit(BOB)("POST", f"/carts/{own['id']}/merge", {"customer_id": "ada"})).status_code == 422


async def test_staff_and_services_name_the_customer(shop: Shop) -> None:
    for principal, name in ((STAFF, "erp-1"), (SERVICE, "erp-2")):
        guest = (await shop.visit()("POST", "/carts", lines(mug=1))).json()
        visitor = shop.visit(principal)
        assert (await visitor("POST", f"/carts/{guest['id']}/merge")).status_code == 422
        merged = await visitor("POST", f"/carts/{guest['id']}/merge", {"customer_id": name})
        assert merged.json()["customer_id"] == name


async def test_a_merge_guarded_by_if_match_does_not_take_a_cart_that_changed(shop: Shop) -> None:
    guest = (await shop.visit()("POST", "/carts", lines(mug=1))).json()
    await shop.visit()("PUT", f"/carts/{guest['id']}/items/mug", {"quantity": 2})
    merge = f"/carts/{guest['id']}/merge"
    assert (await shop.visit(ADA)("POST", merge, headers={"If-Match": '"1"'})).status_code == 412
    assert (await shop.visit(ADA)("POST", merge, headers={"If-Match": '"2"'})).status_code == 200


async def test_many_guest_carts_merged_at_once_leave_one_open_cart_with_everything(shop: Shop) -> None:
    ada = shop.visit(ADA)
    contents = [{"mug": 1}, {"shirt": 2}, {"poster": 3}, {"mug": 4}, {"shirt": 1, "poster": 1}]
    guests = [(await shop.visit()("POST", "/carts", lines(**content))).json() for content in contents]
    answers = await asyncio.gather(
        *(ada("POST", f"/carts/{guest['id']}/merge") for guest in guests),
        *(ada("POST", "/carts", lines(mug=2)) for _ in range(2)),
    )
    assert {answer.status_code for answer in answers} <= {200, 201}
    open_carts = await shop.rows("select id from carts where customer_id = 'ada' and status = 'open'")
    assert len(open_carts) == 1
    left = quantities((await ada("GET", "/cart/ada")).json())
    assert left["shirt"] == 2 and left["poster"] == 3 and left["mug"] in (2, 4)
