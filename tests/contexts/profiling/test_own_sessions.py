"""The sessions of an account: seen, ended one by one, ended everywhere."""

from tests.contexts.profiling.desk import ADA, BOB, Desk
from tests.support.services import STAFF, customer


async def _refreshes(desk: Desk, session: dict[str, str]) -> bool:
    answer = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": session["refresh_token"]})
    return answer.status_code == 200


async def test_one_sees_where_one_is_signed_in(desk: Desk) -> None:
    await desk.register(ADA)
    await desk.register(BOB)
    await desk.sign_in(BOB)
    phone = await desk.visit()("POST", "/sessions", ADA, headers={"User-Agent": "Phone\x7f/1 " + "x" * 300})
    here = await desk.sign_in(ADA)
    await desk.visit()("POST", "/sessions/refresh", {"refresh_token": phone.json()["refresh_token"]})
    listed = (await desk.with_token(here["access_token"])("GET", "/sessions")).json()["items"]
    assert [session["current"] for session in listed] == [True, False]
    assert listed[1]["user_agent"].startswith("Phone/1 xxx") and len(listed[1]["user_agent"]) == 200
    assert listed[1]["last_used_at"] > listed[1]["created_at"]


async def test_signing_out_everywhere_ends_all_sessions_of_the_caller_alone(desk: Desk) -> None:
    await desk.register(ADA)
    await desk.register(BOB)
    here, there, bobs = await desk.sign_in(ADA), await desk.sign_in(ADA), await desk.sign_in(BOB)
    answer = await desk.with_token(here["access_token"])("DELETE", "/sessions")
    assert (answer.status_code, answer.json()) == (200, {"ended": 2})
    assert [await _refreshes(desk, session) for session in (here, there, bobs)] == [False, False, True]


async def test_one_session_of_ones_own_can_be_ended_and_no_other(desk: Desk) -> None:
    await desk.register(ADA)
    await desk.register(BOB)
    here, there, bobs = await desk.sign_in(ADA), await desk.sign_in(ADA), await desk.sign_in(BOB)
    ada, bob = desk.with_token(here["access_token"]), desk.with_token(bobs["access_token"])
    (other,) = [one for one in (await ada("GET", "/sessions")).json()["items"] if not one["current"]]
    assert (await bob("DELETE", f"/sessions/{other['id']}")).status_code == 404
    assert (await ada("DELETE", f"/sessions/{other['id']}")).status_code == 204
    assert [await _refreshes(desk, session) for session in (here, there)] == [True, False]


async def test_staff_sign_a_customer_out_everywhere_and_it_is_known_who_did(desk: Desk) -> None:
    ada = await desk.register(ADA)
    session = await desk.sign_in(ADA)
    path = f"/customers/{ada['id']}/sessions"
    assert (await desk.visit(customer(ada["id"]))("DELETE", path)).status_code == 403
    assert (await desk.visit(STAFF)("DELETE", path)).json() == {"ended": 1}
    assert not await _refreshes(desk, session)
    assert (await desk.visit(STAFF)("DELETE", "/customers/nobody/sessions")).status_code == 404
    (event,) = await desk.rows("select actor from messaging.log where type like '%SessionsEnded%'")
    assert event["actor"] == "staff:staff-1"


async def test_a_token_that_no_session_made_has_no_sessions(desk: Desk) -> None:
    for method, path in (("GET", "/sessions"), ("DELETE", "/sessions"), ("DELETE", "/sessions/1")):
        assert (await desk.visit(STAFF)(method, path)).status_code == 403
        assert (await desk.visit()(method, path)).status_code == 401
