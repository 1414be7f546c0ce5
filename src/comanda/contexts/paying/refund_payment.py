"""Staff send money back, by amount or by lines, with or without restocking, and see to refunds that failed."""

from collections.abc import Mapping
from dataclasses import dataclass

from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.paying import refunds
from comanda.contexts.paying.errors import NotFailed, NotRefundable, UnknownIntent, UnknownRefund, WrongCurrency
from comanda.contexts.paying.ordered import value_of
from comanda.contexts.paying.payment import EXPECTED, Payment, RefundDue
from comanda.contexts.paying.payments import Payments, lock
from comanda.contexts.paying.refunds import Refund
from comanda.contexts.paying.till import Till
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_id
from comanda.kernel.money import Money
from comanda.messaging import intents
from comanda.messaging.intents import NewIntent
from comanda.messaging.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment:
    """Send back an amount, or what some pieces cost, or (neither) all that is left.

    `restock_all`: the pieces go back on the shelf; without `lines`, all that were ordered and not refunded yet.
    """

    order_id: str
    amount: Money | None
    lines: tuple[Pieces, ...]
    restock: tuple[Pieces, ...]
    restock_all: bool
    reason: str

    @property
    def needs_lines(self) -> bool:
        """Whether ordering has to be asked what was ordered, before the transaction."""
        return bool(self.lines or self.restock or self.restock_all)


async def refund_payment(command: RefundPayment, ordered: OrderView | None, till: Till, work: UnitOfWork) -> str:
    """Have money sent back; answers the refund's id. What is asked for is kept for it until its call has ended.

    Raises UnknownIntent, NotRefundable, WrongCurrency, WrongPieces.
    """
    payments = await lock(work, [command.order_id], till.provision)
    payment = payments.of(command.order_id)
    if payment.status == EXPECTED:
        raise UnknownIntent
    already = await refunds.pieces_refunded(work.connection, command.order_id) if ordered else {}
    refundable = payment.remains - await refunds.kept(work.connection, command.order_id)
    due = RefundDue(
        id=new_id(),
        cause=refunds.STAFF,
        amount=_amount(command, payment, ordered, already, refundable),
        reason=command.reason,
        lines=command.lines,
        restock=_restock(command, ordered, already),
    )
    payment.refund(due)
    await payments.flush(work)
    return due.id


def _amount(
    command: RefundPayment, payment: Payment, ordered: OrderView | None, already: Mapping[str, int], refundable: int
) -> int:
    amount = refundable
    if command.amount is not None:
        if command.amount.currency != payment.currency:
            raise WrongCurrency(payment.currency)
        amount = command.amount.amount
    elif command.lines and ordered is not None:
        amount = min(refundable, value_of(ordered, command.lines, already))
    if not 0 < amount <= refundable:
        raise NotRefundable(max(0, refundable), payment.currency)
    return amount


def _restock(command: RefundPayment, ordered: OrderView | None, already: Mapping[str, int]) -> tuple[Pieces, ...]:
    if ordered is None:
        return ()
    if command.restock:
        value_of(ordered, command.restock, {})
        return command.restock
    if not command.restock_all:
        return ()
    if command.lines:
        return command.lines
    left = ((line.sku, line.quantity - already.get(line.sku, 0)) for line in ordered.lines)
    return tuple(Pieces(sku=sku, quantity=quantity) for sku, quantity in left if quantity > 0)


async def retry_refund(refund_id: str, till: Till, work: UnitOfWork) -> None:
    """Ask the provider once more for a refund that it refused. Raises UnknownRefund, NotFailed, NotRefundable."""
    _, payment, refund = await _failed(refund_id, till, work)
    refundable = payment.remains - await refunds.kept(work.connection, refund.order_id)
    if payment.remains == 0 or (refund.cause == refunds.STAFF and refund.amount > refundable):
        raise NotRefundable(max(0, refundable), payment.currency)
    await refunds.try_again(work.connection, refund_id)
    call = NewIntent(refund.order_id, "refund", refund_id, work.trace, work.actor)
    await intents.write(work.connection, [call])
    till.worker.wake()


async def settle_refund(refund_id: str, note: str, till: Till, work: UnitOfWork) -> None:
    """A refund that the provider refused was paid by other means. Raises UnknownRefund, NotFailed, NotRefundable."""
    payments, payment, refund = await _failed(refund_id, till, work)
    refundable = payment.remains - await refunds.kept(work.connection, refund.order_id)
    if refund.amount > refundable:
        raise NotRefundable(max(0, refundable), payment.currency)
    await refunds.settled(work.connection, refund, note)
    work.publish(refunds.paid_back(payment, refund))
    await payments.flush(work)


async def _failed(refund_id: str, till: Till, work: UnitOfWork) -> tuple[Payments, Payment, Refund]:
    order_id = await refunds.order_of(work.connection, refund_id)
    if order_id is None:
        raise UnknownRefund
    payments = await lock(work, [order_id], till.provision)
    refund = await refunds.find(work.connection, refund_id)
    if refund.status != "failed":
        raise NotFailed(refund.status)
    return payments, payments.of(order_id), refund
