"""Comparing payments with the provider's own list: money that it took and paying missed is taken over, the rest told.

Only what is at rest is compared: a payment whose provider is being asked, or with a refund under way, is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from comanda.contexts.paying import comparison_store as store
from comanda.contexts.paying.contract.views import ComparisonView, PaymentMismatchView
from comanda.contexts.paying.payment import CAPTURED, CARD, EXPECTED, NOBODY, Payment
from comanda.contexts.paying.payments import lock
from comanda.contexts.paying.provider import Charge
from comanda.contexts.paying.till import till_of
from comanda.kernel.ids import is_id
from comanda.messaging.service import Service
from comanda.messaging.settings import Setting
from comanda.platform.database import is_transient
from comanda.platform.http.pages import decode_cursor, encode_cursor

PIECE = 200
RESTS_FOR = timedelta(minutes=5)
PER_MINUTE = Setting(
    "paying.compare_per_minute",
    int,
    600,
    "How many charges a minute are compared with the payment provider's own list; 0 compares none.",
    minimum=0,
    maximum=1_000_000,
)

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Mismatch:
    order_id: str
    problem: str
    missed: bool = False


async def compare(service: Service, after: str, limit: int, *, heal: bool) -> ComparisonView:
    """Compare the charges behind a key. Without `heal` nothing is changed. The provider is asked first."""
    till = till_of(service)
    charges = {charge.key: charge for charge in await till.provider.list(after, limit)}
    last = max(charges) if len(charges) == limit else None
    async with service.begin() as work:
        rested = work.now - RESTS_FOR
        unlisted = await store.unlisted(work.connection, after, last, list(charges), rested)
        payments = await lock(work, filter(is_id, charges), till.provision)
        settled = await store.settled_refunds(work.connection, [key for key in charges if is_id(key)], rested)
        found = [
            mismatch
            for key, charge in charges.items()
            if (mismatch := _compared(charge, payments.of(key) if is_id(key) else None, settled)) is not None
        ]
        for mismatch in found:
            if heal and mismatch.missed:
                work.publish(*payments.of(mismatch.order_id).money_came())
        await payments.flush(work)
    found += [_Mismatch(order_id, "captured, and not in the provider's list") for order_id in unlisted]
    return ComparisonView(
        compared=len(charges),
        mismatches=[
            PaymentMismatchView(intent_id=one.order_id, problem=one.problem, healed=heal and one.missed)
            for one in found
        ],
        next_cursor=encode_cursor(last) if last is not None else None,
    )


def _compared(charge: Charge, payment: Payment | None, settled: Mapping[str, int | None]) -> _Mismatch | None:
    """What is wrong between a charge and its payment. `settled`: refunds paid by other means; None: not at rest."""
    if payment is None or payment.status == EXPECTED:
        return _Mismatch(charge.key, "the provider's charge belongs to no payment") if _holds(charge) else None
    if payment.ask != NOBODY:
        return None
    if charge.status == "captured" and payment.status != CAPTURED:
        return _Mismatch(charge.key, f"the provider took the money, the payment is {payment.status}", missed=True)
    elsewhere = settled.get(charge.key)
    if elsewhere is None or payment.method != CARD:
        return None
    if charge.status != "captured" and payment.captured:
        return _Mismatch(charge.key, f"captured, the provider says {charge.status}")
    if charge.refunded != payment.refunded - elsewhere:
        return _Mismatch(charge.key, f"refunded {payment.refunded - elsewhere}, the provider says {charge.refunded}")
    return None


def _holds(charge: Charge) -> bool:
    return charge.status == "captured" and charge.amount > charge.refunded


def key_in(cursor: str | None) -> str:
    """The key that a comparison goes on behind; empty: from the first. Raises InvalidCursor."""
    return str(decode_cursor(cursor, str)[0]) if cursor is not None else ""


async def compare_in_the_background(service: Service) -> None:
    """Until the service stops: go through the provider's list again and again, at a pace that nobody feels."""
    while True:
        per_minute = service.settings[PER_MINUTE.name]
        if await service.pause(60.0 * PIECE / per_minute if per_minute else 60.0):
            return
        if not per_minute:
            continue
        try:
            await compare_piece(service)
        except Exception as error:
            if not is_transient(error):
                raise
            _logger.warning("paying.comparison_tried_again", error=str(error))


async def compare_piece(service: Service) -> Sequence[PaymentMismatchView]:
    """Compare the next charges and heal what can be healed; after the last one it begins with the first again."""
    async with service.database.acquire() as connection:
        after = await store.compared_upto(connection)
    view = await compare(service, after, PIECE, heal=True)
    for mismatch in view.mismatches:
        _logger.error("paying.provider_disagrees", intent=mismatch.intent_id, problem=mismatch.problem)
    async with service.database.acquire() as connection:
        await store.remember_compared(connection, key_in(view.next_cursor))
    return view.mismatches
