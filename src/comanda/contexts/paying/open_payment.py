"""Payments by hand: an intent for an order that has none, and what staff do with an intent.

A managed order gets its intent by itself; these are for recorded orders, transfers that arrive, sums paid on delivery,
and payments that nobody waits for any more.
"""

from dataclasses import dataclass

from comanda.contexts.paying import store
from comanda.contexts.paying.errors import IntentExists, UnknownIntent, WrongState
from comanda.contexts.paying.ordered import read_ordered
from comanda.contexts.paying.payment import (
    ASKED,
    BANK_TRANSFER,
    CAPTURED,
    CREATED,
    EXPECTED,
    NOBODY,
    OUTSTANDING,
    PENDING,
    Payment,
)
from comanda.contexts.paying.payments import Payments, lock
from comanda.contexts.paying.provider import Answer
from comanda.contexts.paying.till import Till
from comanda.kernel.money import Money
from comanda.messaging.log import Connection
from comanda.messaging.reactions import Reload
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.outbound import Outbound


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPayment:
    """Something is to be paid for an order."""

    order_id: str
    amount: Money
    method: str
    token: str
    customer_id: str | None


async def check_order(command: OpenPayment, ordering: Outbound) -> None:
    """Only a recorded order may get an intent by hand. Raises UnknownOrder, IntentExists. Before the transaction."""
    ordered = await read_ordered(ordering, command.order_id)
    if ordered.kind == "managed":
        raise IntentExists(command.order_id)


async def open_payment(command: OpenPayment, till: Till, work: UnitOfWork) -> None:
    """Create an intent. Raises IntentExists when the order has one."""
    payments = await lock(work, [command.order_id], till.provision)
    payment = payments.of(command.order_id)
    if payment.version >= 0:
        raise IntentExists(command.order_id)
    work.publish(
        payment.intend(
            method=command.method,
            token=command.token,
            amount=command.amount.amount,
            currency=command.amount.currency,
            customer_id=command.customer_id,
            deadline=None,
        )
    )
    try:
        await payments.flush(work)
    except Reload as error:
        raise IntentExists(command.order_id) from error
    await store.mark_by_hand(work.connection, command.order_id)


async def waits_for_the_payer(connection: Connection, order_id: str) -> bool:
    """Whether a confirmation has to go to the provider first."""
    found = await store.read(connection, [order_id])
    return bool(found) and found[0].ask == PENDING


async def confirm_payment(order_id: str, answer: Answer | None, till: Till, work: UnitOfWork) -> None:
    """The money is here (a transfer was received), or the payer agreed; an intent made by hand is taken.

    `answer` is the provider's word about a pending charge. Raises UnknownIntent, WrongState.
    """
    payments, payment = await _locked(order_id, till, work)
    if payment.method == BANK_TRANSFER and payment.status not in (OUTSTANDING, CAPTURED):
        payment.received = True
        work.publish(*payment.money_came())
    elif payment.ask == PENDING and answer is not None:
        payment.ask = ASKED
        work.publish(*payment.answered(answer))
    elif payment.ask in (PENDING, ASKED) and answer is None:
        payment.ask_again()
    elif payment.status == CREATED and payment.ask == NOBODY and await store.is_by_hand(work.connection, order_id):
        work.publish(*payment.take(till.provision.decide))
    elif payment.status == CREATED:
        raise WrongState("The payment is taken as soon as the stock is reserved.", payment.status)
    else:
        raise WrongState(f"The payment is {payment.status}: there is nothing to confirm.", payment.status)
    await payments.flush(work)


async def collect_payment(order_id: str, till: Till, work: UnitOfWork) -> None:
    """What was due on delivery has been paid. Raises UnknownIntent, WrongState."""
    payments, payment = await _locked(order_id, till, work)
    if payment.status != OUTSTANDING:
        raise WrongState(f"The payment is {payment.status}: nothing is outstanding.", payment.status)
    work.publish(payment.collect())
    await payments.flush(work)


async def cancel_payment(order_id: str, till: Till, work: UnitOfWork) -> None:
    """Nobody wants an unpaid intent any more; where the provider has been asked, its word is waited for.

    Raises UnknownIntent, and WrongState for an outstanding or captured one: cancel the order, or refund.
    """
    payments, payment = await _locked(order_id, till, work)
    if payment.status in (OUTSTANDING, CAPTURED):
        raise WrongState(f"The payment is {payment.status}: cancel the order, or refund it.", payment.status)
    work.publish(*payment.give_up("canceled"))
    await payments.flush(work)


async def _locked(order_id: str, till: Till, work: UnitOfWork) -> tuple[Payments, Payment]:
    payments = await lock(work, [order_id], till.provision)
    payment = payments.of(order_id)
    if payment.status == EXPECTED:
        raise UnknownIntent
    return payments, payment
