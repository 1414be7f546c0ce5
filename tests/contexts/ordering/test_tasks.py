"""What staff have to do about orders, and the figures of all orders."""

from comanda.contexts.ordering.contract.views import StatisticsView, TaskPage
from comanda.kernel.ids import new_id
from tests.contexts.ordering.desk import Desk, problem
from tests.contexts.ordering.facts import (
    confirmation_failed,
    confirmation_sent,
    payment_refunded,
    payment_voided,
    refund_failed,
    shipment_scheduled,
    stock_committed,
    stock_insufficient,
)


async def open_tasks(desk: Desk) -> list[tuple[str, str]]:
    answer = await desk.staff("GET", "/tasks")
    return [(task.order_id, task.kind) for task in TaskPage.model_validate_json(answer.body).items]


async def test_failed_refunds_and_customers_who_could_not_be_told_are_tasks_until_done(desk: Desk) -> None:
    refund, call = await desk.completed(), await desk.paid()
    await desk.read(refund_failed(refund))
    await desk.read(stock_committed(call), shipment_scheduled(call), confirmation_failed(call))
    assert await open_tasks(desk) == [(call, "tell_customer"), (refund, "refund_failed")]
    task = (await desk.staff("GET", "/tasks", query={"kind": "refund_failed"})).json()["items"][0]
    assert "the card is closed" in task["detail"]
    for _ in range(2):
        done = await desk.staff("POST", f"/tasks/{task['id']}/done")
        assert (done.status, done.json()["done_by"]) == (200, "staff:staff-1")
    assert await open_tasks(desk) == [(call, "tell_customer")]
    assert len((await desk.staff("GET", "/tasks", query={"done": "true"})).json()["items"]) == 1
    assert (await desk.staff("GET", "/tasks", query={"order_id": call})).json()["items"][0]["kind"] == "tell_customer"


async def test_every_failed_refund_of_an_order_is_a_task_of_its_own(desk: Desk) -> None:
    order_id = await desk.completed()
    await desk.read(refund_failed(order_id, "r1"))
    await desk.read(refund_failed(order_id, "r2"))
    assert await open_tasks(desk) == [(order_id, "refund_failed")] * 2


async def test_a_message_that_gets_through_in_the_end_settles_its_task(desk: Desk) -> None:
    order_id = await desk.paid()
    await desk.read(stock_committed(order_id), shipment_scheduled(order_id), confirmation_failed(order_id))
    await desk.read(confirmation_sent(order_id))
    assert await open_tasks(desk) == []


async def test_tasks_are_for_staff(desk: Desk) -> None:
    assert problem(await desk.customer("c1")("GET", "/tasks")) == (403, "forbidden")
    assert (await desk.staff("POST", f"/tasks/{new_id()}/done")).status == 404
    assert (await desk.staff("POST", "/tasks/nonsense/done")).status == 404


async def test_the_figures_of_no_orders_are_empty(desk: Desk) -> None:
    stats = StatisticsView.model_validate_json((await desk.staff("GET", "/stats")).body)
    assert (stats.orders, stats.by_status, stats.total_sales) == (0, {}, [])


async def test_sales_count_from_paid_on_net_of_refunds_per_currency(desk: Desk) -> None:
    await desk.place()
    failed = await desk.place()
    await desk.read(stock_insufficient(failed))
    await desk.paid()
    pounds = await desk.place(("A", 1, 700), currency="GBP")
    assert pounds
    refunded = await desk.completed()
    await desk.read(payment_refunded(refunded, 300, remaining=2_200))
    unpaid = await desk.completed()
    await desk.read(payment_voided(unpaid, "return"))
    (await desk.staff("POST", "/orders/recorded", {"currency": "GBP", "total": 999, "status": "completed"})).checked()
    stats = (await desk.staff("GET", "/stats")).json()
    assert stats["orders"] == 7
    assert stats["by_status"] == {"completed": 3, "created": 2, "failed": 1, "paid": 1}
    assert stats["refunded"] == [{"amount": 300 + 2_000, "currency": "EUR"}]
    assert stats["total_sales"] == [
        {"amount": 3 * 2_500 - 2_300, "currency": "EUR"},
        {"amount": 999, "currency": "GBP"},
    ]
    assert stats["amounts_by_status"]["failed"] == [{"amount": 2_500, "currency": "EUR"}]


async def test_the_figures_are_for_staff(desk: Desk) -> None:
    assert problem(await desk.customer("c1")("GET", "/stats")) == (403, "forbidden")
    assert problem(await desk.guest("GET", "/stats")) == (401, "unauthenticated")
