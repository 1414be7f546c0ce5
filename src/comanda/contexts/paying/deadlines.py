"""Payments whose time is up: nothing is captured for them any more, unless the provider's answer is still out.

Each deadline is judged once, in the order of time; how far that has come is kept in `sweeps`. A deadline is never
sooner than two minutes after it was written, so none is written behind the sweeper's back.
"""

from datetime import datetime, timedelta

from comanda.contexts.paying import store
from comanda.contexts.paying.payments import lock
from comanda.contexts.paying.till import till_of
from comanda.messaging.background import every
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork

EVERY_S = 5.0
CURRENT_FOR_S = 60.0
"""After an outage good orders still wait to be read: nobody is judged before everything has been, for a while."""

PIECE = 500
STRETCH = timedelta(minutes=10)


async def watch_deadlines(service: Service) -> None:
    """Until the service stops: give up payments that are past their deadline."""
    await every(service, EVERY_S, lambda: _judge_all(service), "paying.deadlines_tried_again")


async def _judge_all(service: Service) -> None:
    while service.pacing_current_for_s() >= CURRENT_FOR_S:
        async with service.begin() as work:
            if await judge(service, work) >= work.now:
                break


async def judge(service: Service, work: UnitOfWork) -> datetime:
    """Judge the next deadlines, a bounded number in a bounded stretch of time. Answers up to when all are judged."""
    judged = await store.judged_until(work.connection)
    until = min(work.now, judged + STRETCH)
    late = await store.past_deadline(work.connection, judged, until, PIECE)
    if len(late) == PIECE:
        until = late[-1].deadline - timedelta(microseconds=1)
    waiting = [payment.order_id for payment in late if payment.parked]
    if waiting:
        await store.put_off(work.connection, waiting, work.now + STRETCH)
    payments = await lock(
        work, (payment.order_id for payment in late if not payment.parked), till_of(service).provision
    )
    for payment in late:
        if not payment.parked:
            work.publish(*payments.of(payment.order_id).give_up("expired"))
    await payments.flush(work)
    await store.judge_until(work.connection, until)
    return until
