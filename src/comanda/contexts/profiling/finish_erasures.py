"""What erasures leave to do: those that nobody knows the end of, and what the event log says of the erased.

Consumers read what an event says of a person. So the log forgets when all of them have read it; from then on whoever
reads it again, to rebuild a report or to replay a letter, finds the facts without the person.
"""

from datetime import timedelta

from comanda.contexts.profiling import erasure_store
from comanda.contexts.profiling.erase_customer import decide, end_tokens
from comanda.contexts.profiling.errors import OrdersUnderWay
from comanda.kernel.errors import Unavailable
from comanda.messaging.background import every
from comanda.messaging.service import Service
from comanda.platform.idempotency import forget_answers

PAUSE_S = 2.0

UNDECIDED_AFTER = timedelta(minutes=1)
"""A request that has not come to its end by then never will."""

LAST_WORDS = timedelta(minutes=5)
"""Longer than any transaction: what it publishes about an erased customer is in the log by then."""

TOKENS_LIVE = timedelta(days=1)
"""As long as an access token may be good, as the settings have it at most."""


async def finish_erasures(service: Service) -> None:
    """For as long as the service runs: decide what is undecided, and have the log forget."""
    await every(service, PAUSE_S, lambda: finish_once(service), "profiling.erasing_tried_again", passing=(Unavailable,))


async def finish_once(service: Service) -> None:
    """One pass over all that is left to do."""
    async with service.database.acquire() as connection:
        undecided = await erasure_store.undecided(connection, service.clock() - UNDECIDED_AFTER)
    for erasure in undecided:
        try:
            await decide(erasure.customer_id, erasure.actor, service)
        except OrdersUnderWay:
            continue
    async with service.database.acquire() as connection:
        erased = await erasure_store.to_blank(connection)
    for erasure in erased:
        await _forget(erasure.customer_id, service)


async def refuse_tokens(service: Service) -> None:
    """Remember, at a start, whose tokens are not good any more."""
    async with service.database.acquire() as connection:
        for customer_id in await erasure_store.erased_since(connection, service.clock() - TOKENS_LIVE):
            end_tokens(service, customer_id)


async def _forget(customer_id: str, service: Service) -> None:
    """Blank the log piece by piece; a stop in between costs nothing, the rest is found again."""
    async with service.database.acquire() as connection:
        await erasure_store.end_sessions(connection, customer_id)
        if await erasure_store.is_unread(connection, customer_id):
            return
        while await erasure_store.blank_piece(connection, customer_id) == erasure_store.PIECE:
            pass
        await erasure_store.finish(connection, customer_id, service.clock(), LAST_WORDS)
        await forget_answers(connection, [customer_id])
