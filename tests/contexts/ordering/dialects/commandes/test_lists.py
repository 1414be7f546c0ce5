"""Lists of commandes: bare arrays, newest first, by `skip` and `limit`, with a link to what follows."""

from typing import Any

from tests.contexts.ordering.dialects.commandes.counter import Counter


async def record_many(counter: Counter, count: int, **members: Any) -> None:
    """Record orders R1, R2, … a minute apart, the last the newest."""
    orders = [
        {
            "reference": f"R{n}",
            "currency": "EUR",
            "created_at": f"2025-03-{1 + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}:00Z",
            "total": n,
            **members,
        }
        for n in range(1, count + 1)
    ]
    for at in range(0, count, 1_000):
        answer = await counter.desk.staff("POST", "/orders/import", {"orders": orders[at : at + 1_000]})
        assert answer.json()["orders"]["created"] == len(orders[at : at + 1_000])


def references(reply: Any) -> list[str]:
    """The order_ids of a list."""
    return [commande["order_id"] for commande in reply.json]


async def test_the_newest_hundred_come_first(counter: Counter) -> None:
    await record_many(counter, 101)
    first = await counter("GET", "/commandes")
    assert references(first) == [f"R{n}" for n in range(101, 1, -1)]
    following = await counter.client.get(
        first.headers["link"].partition(">")[0].removeprefix("<"),
        headers={"Authorization": f"Bearer {counter.tokens['staff']}"},
    )
    assert [commande["order_id"] for commande in following.json()] == ["R1"]
    assert "link" not in following.headers
    assert first.headers["link"].endswith('>; rel="next"')
    assert "skip=100&limit=100" in first.headers["link"]


async def test_skip_and_limit_cut_any_piece_out_of_the_list(counter: Counter) -> None:
    await record_many(counter, 7)
    for skip in range(9):
        for limit in (1, 2, 3, 7, 8):
            reply = await counter("GET", f"/commandes?skip={skip}&limit={limit}")
            assert references(reply) == [f"R{n}" for n in range(7 - skip, max(0, 7 - skip - limit), -1)]
            assert ("link" in reply.headers) == (skip + limit < 7)


async def test_a_thousand_come_in_one_answer(counter: Counter) -> None:
    await record_many(counter, 1_003)
    reply = await counter("GET", "/commandes?limit=1000&skip=2")
    assert references(reply) == [f"R{n}" for n in range(1_001, 1, -1)]
    assert "link" in reply.headers


async def test_the_link_goes_on_behind_what_was_seen_whatever_comes_in(counter: Counter) -> None:
    await record_many(counter, 4)
    reply = await counter("GET", "/commandes?limit=2&status=pending")
    assert references(reply) == []
    reply = await counter("GET", "/commandes?limit=2&status=completed")
    await counter.record("NEW", status="completed")
    url = reply.headers["link"].partition(">")[0].removeprefix("<")
    assert references(await counter("GET", url)) == ["R2", "R1"]


async def test_every_list_is_cut_and_linked_alike(counter: Counter) -> None:
    await record_many(counter, 5, customer_id="A", status="completed")
    await counter.record("OTHER", customer_id="B")
    for path in ("/commandes/customer/A?", "/commandes?customer_id=A&", "/commandes/status/completed?"):
        reply = await counter("GET", f"{path}skip=1&limit=3")
        assert references(reply) == ["R4", "R3", "R2"]
        url = reply.headers["link"].partition(">")[0].removeprefix("<")
        assert references(await counter("GET", url)) == ["R1"]


async def test_filters_narrow_each_other(counter: Counter) -> None:
    await counter.record("A1", customer_id="A", status="completed")
    await counter.record("A2", customer_id="A")
    await counter.record("B1", customer_id="B")
    assert references(await counter("GET", "/commandes?customer_id=A&status=pending")) == ["A2"]
    assert references(await counter("GET", "/commandes?customer_id=nobody")) == []


async def test_references_and_customers_of_other_systems_may_have_slashes(counter: Counter) -> None:
    await counter.record("C536379/536365", customer_id="a/b c?é")
    assert (await counter("GET", "/commandes/order/C536379/536365")).json["order_id"] == "C536379/536365"
    assert (await counter("GET", "/commandes/order/C536379%2F536365")).json["order_id"] == "C536379/536365"
    assert references(await counter("GET", "/commandes/customer/a%2Fb%20c%3F%C3%A9")) == ["C536379/536365"]


async def test_what_cuts_no_list_is_invalid(counter: Counter) -> None:
    for query in ("skip=-1", "limit=0", "limit=1001", "skip=x", "skip=1000001", "cursor=x"):
        assert (await counter("GET", f"/commandes?{query}")).status == 422, query
