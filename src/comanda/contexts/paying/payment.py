"""A payment: what one order is to be paid with, and what became of it. Pure; amounts are minor units of its currency.

There is one payment an order, so it goes by the order's id. It is captured at most once and whole; what is refunded
never exceeds it. Facts may come in any order: those that come before the order itself are kept (`expected`) until it
does, and what undoes an order stays behind as a tombstone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from comanda.contexts.paying.contract.events import (
    PaymentCaptured,
    PaymentFailed,
    PaymentIntentCreated,
    PaymentSucceeded,
    PaymentVoided,
)
from comanda.contexts.paying.provider import Answer, Captured, Decide, Declined, Pending
from comanda.kernel.event import Event
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_id

EXPECTED: Final = "expected"
CREATED: Final = "created"
OUTSTANDING: Final = "outstanding"
CAPTURED: Final = "captured"
FAILED: Final = "failed"
VOIDED: Final = "voided"

CARD: Final = "card"
BANK_TRANSFER: Final = "bank_transfer"
ON_DELIVERY: Final = "on_delivery"

NOBODY: Final = "none"
DUE: Final = "due"
ASKED: Final = "asked"
PENDING: Final = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDue:
    """A refund to be called. An automatic one is at most `amount`: what remains when it is called.

    `source` tells two refunds of the same cause apart (a return's id), so that none is written twice.
    """

    cause: str
    amount: int
    id: str = field(default_factory=new_id)
    source: str = ""
    reason: str = ""
    lines: tuple[Pieces, ...] = ()
    restock: tuple[Pieces, ...] = ()


class Origin(Protocol):
    """What something came from: an event, or a request."""

    @property
    def trace(self) -> str:
        """The trace it belongs to."""

    @property
    def actor(self) -> str | None:
        """Who caused it; None: the system itself."""


@dataclass(slots=True)
class Payment:
    """One order's payment. `ask` says how far the provider has been asked: none, due, asked, pending.

    *asked*: a request may be on its way or its outcome unknown, so the payment ends only with the provider's word.
    *pending*: the provider waits for the payer. `version` is -1 for one that is not stored yet.
    `origin` is what touched it last. The members after it say what has to be written: `changed` the row itself,
    `taken` and `received` a capture with its entry in the ledger, `settle` and `withdraw` a call to make or to drop.
    """

    order_id: str
    status: str = EXPECTED
    method: str = ""
    token: str = ""
    amount: int = 0
    currency: str = ""
    ask: str = NOBODY
    stock_known: bool = False
    undone: bool = False
    expired: bool = False
    captured: int = 0
    refunded: int = 0
    version: int = -1
    reason: str = ""
    customer_id: str | None = None
    deadline: datetime | None = None
    origin: "Origin | None" = None
    changed: bool = False
    taken: bool = False
    received: bool = False
    settle: bool = False
    withdraw: bool = False
    refunds: tuple[RefundDue, ...] = ()

    @property
    def outstanding(self) -> int:
        """What is due on delivery."""
        return self.amount if self.status == OUTSTANDING else 0

    @property
    def unwanted(self) -> bool:
        """Whether nobody waits for the money any more: the order is undone, or its time is up."""
        return self.undone or self.expired

    @property
    def remains(self) -> int:
        """Captured and not refunded."""
        return self.captured - self.refunded

    def intend(
        self,
        *,
        method: str,
        token: str,
        amount: int,
        currency: str,
        customer_id: str | None,
        deadline: datetime | None,
    ) -> Event:
        """Know what is to be paid, and how."""
        self.status = CREATED
        self.method = method
        self.token = token
        self.amount = amount
        self.currency = currency
        self.customer_id = customer_id
        self.deadline = deadline
        self.changed = True
        return PaymentIntentCreated(
            order_id=self.order_id, intent_id=self.order_id, method=method, amount=amount, currency=currency
        )

    def take(self, decide: Decide) -> Iterator[Event]:
        """Take the payment: a card at once where the provider decides without a call, else by a call that is due.

        A transfer stays until somebody records its receipt; what is paid on delivery is certain from here on.
        """
        if self.status != CREATED or self.ask != NOBODY or self.unwanted:
            return
        if self.method == CARD:
            answer = decide(self.token)
            if isinstance(answer, Captured):
                self.status = CAPTURED
                self.captured = self.amount
                self.taken = True
                yield self._succeeded(self.amount, 0)
            else:
                self.changed = True
                if isinstance(answer, Declined):
                    yield self.close(FAILED, answer.reason)
                else:
                    self.ask = DUE
                    self.settle = True
        elif self.method == ON_DELIVERY:
            self.changed = True
            self.status = OUTSTANDING
            yield self._succeeded(0, self.amount)

    def close(self, how: str, cause: str) -> Event:
        """End a payment of which nothing was captured. `how` is failed or voided."""
        self.withdraw = self.ask == DUE
        self.settle = False
        self.status = how
        self.ask = NOBODY
        self.reason = cause
        self.changed = True
        if how == FAILED:
            return PaymentFailed(order_id=self.order_id, intent_id=self.order_id, reason=cause)
        return PaymentVoided(
            order_id=self.order_id, intent_id=self.order_id, cause=cause, amount=self.amount, currency=self.currency
        )

    def money_came(self) -> Iterator[Event]:
        """The whole sum is here. Nobody waits for it any more: it is accepted, and refunded unasked."""
        late = self.undone or self.status in (FAILED, VOIDED)
        self._capture()
        if not late:
            yield self._succeeded(self.amount, 0)
            return
        yield self._captured_later()
        self.refund(RefundDue(cause="undone", amount=self.amount))

    def collect(self) -> Event:
        """The sum due on delivery was paid."""
        self._capture()
        self.received = True
        return self._captured_later()

    def refund(self, due: RefundDue) -> None:
        """Have money sent back."""
        if due.amount:
            self.refunds = (*self.refunds, due)
            self.changed = True

    def undo(self) -> Iterator[Event]:
        """The order is over: void what is not captured, refund what is; an answer that is out is waited for."""
        if self.undone:
            return
        self.undone = True
        self.changed = True
        if self.ask in (ASKED, PENDING):
            self._settle_now()
        elif self.status in (CREATED, OUTSTANDING):
            yield self.close(VOIDED, "undone")
        elif self.captured:
            self.refund(RefundDue(cause="undone", amount=self.amount))

    def come_back(self, value: int, source: str, lines: tuple[Pieces, ...]) -> Iterator[Event]:
        """Goods came back: void what was due on delivery, else refund their value or what remains."""
        if self.outstanding:
            yield self.close(VOIDED, "return")
        elif self.captured:
            self.refund(RefundDue(cause="return", amount=min(value, self.amount), source=source, lines=lines))

    def give_up(self, reason: str) -> Iterator[Event]:
        """Its time is up (`expired`), or staff want it no more (`canceled`): nothing can be captured from here on.

        It waits for an answer that is out: "captured" still counts.
        """
        if self.status != CREATED or self.unwanted:
            return
        self.changed = True
        if self.ask in (ASKED, PENDING):
            self.expired = True
            self.reason = reason
            self._settle_now()
        else:
            yield self.close(FAILED, reason)

    def answered(self, answer: Answer) -> Iterator[Event]:
        """The provider's word about the charge, or about its void."""
        if self.ask != ASKED:
            return
        if isinstance(answer, Captured):
            yield from self.money_came()
        elif isinstance(answer, Pending):
            self.ask = PENDING
            self.changed = True
            if self.unwanted:
                self._settle_now()
        elif isinstance(answer, Declined):
            yield self.close(FAILED, answer.reason)
        elif self.undone:
            yield self.close(VOIDED, "undone")
        else:
            yield self.close(FAILED, self.reason or "canceled")

    def ask_again(self) -> None:
        """Have a pending charge asked about: its payer may have acted."""
        if self.ask == PENDING:
            self._settle_now()
            self.changed = True

    def _settle_now(self) -> None:
        self.ask = ASKED
        self.settle = True

    def _capture(self) -> None:
        self.withdraw = self.ask == DUE
        self.settle = False
        self.status = CAPTURED
        self.captured = self.amount
        self.ask = NOBODY
        self.reason = ""
        self.changed = True

    def _succeeded(self, amount: int, outstanding: int) -> Event:
        return PaymentSucceeded(
            order_id=self.order_id,
            intent_id=self.order_id,
            amount=amount,
            outstanding=outstanding,
            currency=self.currency,
        )

    def _captured_later(self) -> Event:
        return PaymentCaptured(
            order_id=self.order_id, intent_id=self.order_id, amount=self.amount, currency=self.currency
        )
