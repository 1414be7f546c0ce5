"""However ordering's events and people's hands interleave, a parcel ends right."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comanda.contexts.ordering.contract.events import OrderCancelRequested
from comanda.kernel.event import Event
from comanda.kernel.ids import new_id
from tests.support.facts_of_orders import canceled, confirmed, failed, return_approved
from tests.support.one_service import OneService
from tests.support.services import STAFF

HANDS = ("dispatch", "deliver", "cancel", "fail", "return")
AFTER = {  # what a parcel that is in one state may be in next
    "": {"scheduled", "canceled"},
    "scheduled": {"dispatched", "canceled", "failed"},
    "dispatched": {"delivered", "returned"},
    "delivered": {"returned"},
}
STATE_OF = {
    "ShipmentScheduled": "scheduled",
    "ShipmentDispatched": "dispatched",
    "ShipmentDelivered": "delivered",
    "ShipmentCanceled": "canceled",
    "ShipmentFailed": "failed",
}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_parcel_takes_no_forbidden_way(shipping: OneService, data: st.DataObject) -> None:
    order = new_id()
    events: list[Event] = [confirmed(order), confirmed(order), OrderCancelRequested(order_id=order, reason="")]
    events.append(data.draw(st.sampled_from([canceled, failed]))(order))
    events = data.draw(st.permutations(events))
    returns = [return_approved(order) for _ in range(data.draw(st.integers(0, 2)))]
    acts: list[Any] = [*events, *returns, *data.draw(st.lists(st.sampled_from(HANDS), max_size=6))]
    for act in data.draw(st.permutations(acts)):
        if isinstance(act, str):
            await use_hands(shipping, order, act)
        else:
            await shipping.read(act)
    await assert_ended_right(shipping, order, len(returns))


async def use_hands(shipping: OneService, order: str, verb: str) -> None:
    """Staff try something with the order's parcel, if there is one."""
    items = (await shipping.call("GET", "/shipments", query={"order_id": order, "kind": "outbound"}, by=STAFF)).json()
    for item in items["items"]:
        body = {"restockable": True} if verb == "return" else {}
        answer = await shipping.call("POST", f"/shipments/{item['id']}/{verb}", body, by=STAFF)
        assert answer.status in (200, 409)


async def assert_ended_right(shipping: OneService, order: str, returns: int) -> None:
    """One outbound shipment, its events in an order that its states allow, and each return received once at most."""
    logged = await shipping.rows(
        """
        select split_part(type, '.', 3) as name, data ->> 'return_id' as return_id,
            data ->> 'shipment_id' as shipment_id
        from messaging.log
        where subject = $1
        order by position
        """,
        order,
    )
    rows = await shipping.rows("select kind, status, return_id from shipments where order_id = $1", order)
    outbound = [row for row in rows if row["kind"] == "outbound"]
    assert len(outbound) <= 1 and len(rows) - len(outbound) == returns
    state = ""
    for entry in logged:
        came_back = entry["name"] == "ReturnReceived"
        if came_back and entry["return_id"] and state != "delivered":
            continue  # a return of a parcel that counts as returned, or was never seen to arrive
        after = "returned" if came_back else STATE_OF.get(entry["name"])
        if after is not None:
            assert after in AFTER.get(state, set()), f"{state} -> {after}"
            state = after
    if outbound:
        assert outbound[0]["status"] == (state if any(e["shipment_id"] for e in logged) else "withdrawn")
    received = Counter(entry["return_id"] for entry in logged if entry["name"] == "ReturnReceived")
    assert all(count == 1 for count in received.values())
