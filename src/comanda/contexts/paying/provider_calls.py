"""The calls to the provider: charges that it does not decide at once, their voids, and refunds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comanda.contexts.paying import refunds, store
from comanda.contexts.paying.payment import ASKED, DUE, Payment
from comanda.contexts.paying.payments import Payments, Provision, lock
from comanda.contexts.paying.provider import Answer, Provider, Refunded, Refused
from comanda.contexts.paying.refunds import Refund
from comanda.messaging.intent_worker import Outcome
from comanda.messaging.intents import Intent
from comanda.messaging.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AskForMoney:
    """Charge a card; or, with `void`, make sure that it is not charged from here on."""

    key: str
    amount: int
    currency: str
    token: str
    void: bool


@dataclass(frozen=True, slots=True)
class SendBack:
    """Refund a part or all of a charge."""

    key: str
    refund: Refund


Request = AskForMoney | SendBack
Reply = Answer | Refunded | Refused


class ProviderCalls:
    """What the intent worker does for paying. `provision` is what its working sets need."""

    def __init__(self, provider: Provider, provision: Provision) -> None:
        self._provider = provider
        self._provision = provision

    async def lock(self, work: UnitOfWork, subjects: Sequence[str]) -> Payments:
        """Lock the payments."""
        return await lock(work, subjects, self._provision)

    async def prepare(self, work: UnitOfWork, locked: Payments, leased: Sequence[Intent]) -> Mapping[int, Request]:
        """Fix what to ask: whether a charge is still wanted, and how much a refund may be."""
        requests: dict[int, Request] = {}
        for intent in leased:
            payment = locked.of(intent.subject)
            if intent.kind == store.CHARGE:
                if payment.ask in (DUE, ASKED):
                    requests[intent.id] = _ask(payment)
            else:
                refund = await refunds.called(work.connection, intent.reference, payment.remains)
                if refund is not None:
                    requests[intent.id] = SendBack(f"refund:{refund.id}:{refund.tries}", refund)
        await locked.flush(work)
        return requests

    async def call(self, request: Request) -> Reply:
        """Ask the provider."""
        if isinstance(request, SendBack):
            refund = request.refund
            return await self._provider.refund(request.key, charge=refund.order_id, amount=refund.amount)
        if request.void:
            return await self._provider.void(request.key)
        return await self._provider.charge(
            request.key, amount=request.amount, currency=request.currency, token=request.token
        )

    async def record(
        self, work: UnitOfWork, locked: Payments, intent: Intent, request: Request, answer: Reply | None
    ) -> Outcome:
        """Write down what the provider said, with its events."""
        payment = locked.of(intent.subject)
        if isinstance(request, SendBack):
            if answer is None:
                return Outcome.AGAIN
            work.publish(await refunds.answered(work.connection, payment, request.refund, answer))
        elif isinstance(answer, Refunded | Refused):
            raise TypeError(f"a charge was answered {answer}")
        elif answer is None:
            return Outcome.AGAIN_NOW if payment.unwanted and not request.void else Outcome.AGAIN
        else:
            work.publish(*payment.answered(answer))
        await locked.flush(work)
        return Outcome.AGAIN_NOW if payment.settle else Outcome.SETTLED


def _ask(payment: Payment) -> AskForMoney:
    """What is asked now; nobody waits for the money any more: a void, under the same key."""
    if payment.ask == DUE:
        payment.ask = ASKED
        payment.changed = True
    return AskForMoney(payment.order_id, payment.amount, payment.currency, payment.token, payment.unwanted)
