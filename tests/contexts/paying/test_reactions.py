"""The reactions, pure, in every order of arrival, beside the described process."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comanda.contexts.paying import payment as words
from comanda.contexts.paying.card import card
from comanda.contexts.paying.payment import Payment
from comanda.contexts.paying.payments import Payments, Provision
from comanda.contexts.paying.provider import Answer, Captured, Declined, Voided
from comanda.kernel.event import Event
from comanda.kernel.ids import new_id
from tests.contexts.paying import facts
from tests.contexts.paying.process import TOTAL, Described
from tests.contexts.paying.running import names, recorded

ORDER = new_id()
FACTS = {
    "created": facts.order_created(ORDER),
    "reserved": facts.stock_reserved(ORDER),
    "canceled": facts.order_canceled(ORDER),
    "failed": facts.order_failed(ORDER),
    "delivered": facts.delivered(ORDER),
    "came_back": facts.came_back(ORDER, 700),
}
ANSWERS: dict[str, Answer] = {"captured": Captured(), "declined": Declined("declined"), "voided": Voided()}
STEPS = [*FACTS, "leased", *ANSWERS, "confirmed", "deadline"]


class Ours:
    """The payment and its reactions, with a provider that has to be asked."""

    def __init__(self, method: str) -> None:
        self.payments = Payments((), Provision(lambda _: None, lambda: None))
        self.method = method
        self.published: list[Event] = []

    @property
    def payment(self) -> Payment:
        return self.payments.of(ORDER)

    def step(self, name: str) -> None:
        self.published += self._events(name)

    def _events(self, name: str) -> Iterator[Event]:
        payment = self.payment
        if name in FACTS:
            event = facts.order_created(ORDER, method=self.method) if name == "created" else FACTS[name]
            assert card.reactions is not None
            yield from card.reactions.react(recorded(event), self.payments)
        elif name == "leased":
            payment.ask = words.ASKED if payment.ask == words.DUE else payment.ask
        elif name in ANSWERS:
            yield from payment.answered(ANSWERS[name])
        elif name == "confirmed":
            if self.method == "bank_transfer" and payment.status in ("created", "failed", "voided"):
                yield from payment.money_came()
        else:
            yield from payment.give_up("expired")


def described_step(described: Described, name: str) -> None:
    """The same step as the description has it."""
    steps: dict[str, Callable[[], None]] = {
        "created": described.order_created,
        "reserved": described.stock_reserved,
        "canceled": described.undo,
        "failed": described.undo,
        "delivered": described.delivered,
        "came_back": lambda: described.came_back(700),
        "leased": described.leased,
        "confirmed": described.confirmed,
        "deadline": described.deadline,
    }
    steps.get(name, lambda: described.answered(name))()


@given(st.sampled_from(["card", "bank_transfer", "on_delivery"]), st.lists(st.sampled_from(STEPS), max_size=12))
@settings(max_examples=1_000, deadline=None)
def test_every_order_of_steps_ends_as_described(method: str, steps: list[str]) -> None:
    ours, described = Ours(method), Described(method)
    for step in steps:
        ours.step(step)
        described_step(described, step)
        payment = ours.payment
        assert payment.status == {"none": "expected"}.get(described.intent, described.intent)
        assert payment.captured == described.captured
        assert payment.outstanding == described.outstanding
        assert {"none": "none", "due": "due", "asked": "leased"}[payment.ask] == described.ask
        assert [(due.cause, due.amount) for due in payment.refunds] == described.refunds
        assert names(ours.published) == described.published


@given(st.permutations(["created", "reserved", "canceled"]))
def test_an_undone_order_keeps_no_money_in_whatever_order_it_is_read(arrival: list[str]) -> None:
    payments = Payments((), Provision(lambda _: Captured(), lambda: None))
    for name in arrival:
        assert card.reactions is not None
        list(card.reactions.react(recorded(FACTS[name]), payments))
    payment = payments.of(ORDER)
    if payment.captured:
        assert [(due.cause, due.amount) for due in payment.refunds] == [("undone", TOTAL)]
    else:
        assert payment.status in ("expected", "voided")
    assert payment.undone


@pytest.mark.parametrize("name", list(FACTS))
@pytest.mark.parametrize("method", ["card", "bank_transfer", "on_delivery"])
def test_the_same_event_again_publishes_nothing(method: str, name: str) -> None:
    ours = Ours(method)
    for step in ("created", "reserved", "leased", "captured", name):
        ours.step(step)
    before = len(ours.published)
    ours.step(name)
    assert len(ours.published) == before
