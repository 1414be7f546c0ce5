"""Order holds for each publisher only: however ordering's and paying's events interleave, billing ends right."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comanda.kernel.event import Event
from comanda.kernel.ids import new_id
from tests.contexts.billing.test_papers import assert_true
from tests.support.facts_of_orders import canceled, confirmed, created, failed, refunded, voided
from tests.support.one_service import OneService

TOTAL = 2_000

lives = st.lists(
    st.fixed_dictionaries(
        {
            "confirmed": st.integers(0, 2),  # twice: driven again
            "over": st.sampled_from(["", "canceled", "failed"]),
            "parked": st.booleans(),  # the undo overtakes the rest
            "refunds": st.lists(st.tuples(st.sampled_from(["staff", "return", "undone"]), st.integers(1, TOTAL))),
            "void": st.sampled_from(["", "return", "undone", "staff"]),
            "repeat": st.booleans(),
        }
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=lives, data=st.data())
async def test_billing_ends_right_in_every_order_of_events(
    billing: OneService, lives: list[dict[str, Any]], data: st.DataObject
) -> None:
    orders = [(new_id(), life) for life in lives]
    queues = [queue for order, life in orders for queue in publishers(order, life) if queue]
    batch: list[Event] = []
    while queues:
        queue = data.draw(st.sampled_from(queues))
        batch.append(queue.pop(0))
        queues = [queue for queue in queues if queue]
        if not queues or data.draw(st.booleans()):
            await billing.read(*batch)
            batch = []
    for order, life in orders:
        await assert_ended_right(billing, order, life)
    await assert_true(billing)


def publishers(order: str, life: dict[str, Any]) -> list[list[Event]]:
    """What ordering says about an order, and what paying does."""
    undo: list[Event] = [] if not life["over"] else [canceled(order) if life["over"] == "canceled" else failed(order)]
    way: list[Event] = [created(order), *(confirmed(order) for _ in range(life["confirmed"]))]
    money: list[Event] = [refunded(order, amount, cause=cause) for cause, amount in life["refunds"]]
    if life["void"]:
        money.append(voided(order, life["void"]))
    if life["repeat"]:
        money += money
    return [[*undo, *way] if life["parked"] else [*way, *undo], money]


async def assert_ended_right(billing: OneService, order: str, life: dict[str, Any]) -> None:
    """One invoice if the order was paid before it was over, and the credits that it must have."""
    (row,) = await billing.rows(
        """
        select d.void, d.waiting, d.id is not null as drafted, i.total,
            (select coalesce(sum(amount), 0)::int from credit_notes n where n.order_id = d.order_id) as credited
        from drafts d
        left join invoices i using (order_id)
        where d.order_id = $1
        """,
        order,
    )
    if life["over"] and (life["parked"] or not life["confirmed"]):
        assert row["void"] and row["total"] is None and row["credited"] == 0 and row["waiting"] is None
    elif not life["confirmed"]:
        assert row["drafted"] and not row["void"] and row["total"] is None and row["credited"] == 0
    elif life["over"] or life["void"] == "return":
        assert row["total"] == TOTAL == row["credited"]
    else:
        owed = sum(amount for cause, amount in life["refunds"] if cause != "undone")
        assert (row["total"], row["credited"]) == (TOTAL, min(TOTAL, owed))
        assert row["waiting"] is None
