"""What one buyer is told, whatever comes when. Without a database."""

from hypothesis import given
from hypothesis import strategies as st

from comanda.contexts.notifying.contract.events import NotificationFailed, NotificationSent
from comanda.contexts.notifying.correspondence import FORWARD, Contact, Correspondence, Message, send
from comanda.kernel.event import Event

REACHABLE = Contact("ada@example.org")
RANK = {"created": 0, "confirmed": 1, "shipped": 2, "delivered": 3}

ORDERING = [["created"], ["created", "canceled"], ["created", "failed"]]
SHIPPING = [[], ["confirmed"], ["confirmed", "shipped"], ["confirmed", "shipped", "delivered"]]
PAYING = [[], ["refunded"], ["refunded", "refunded again"]]


@st.composite
def arrivals(draw: st.DrawFn) -> list[str]:
    """The facts of three publishers, each in its own order, mixed anyhow, and some of them read twice."""
    streams = [list(draw(st.sampled_from(publisher))) for publisher in (ORDERING, SHIPPING, PAYING)]
    facts: list[str] = []
    while any(streams):
        stream = draw(st.sampled_from([stream for stream in streams if stream]))
        facts.append(stream.pop(0))
        if draw(st.booleans()):
            facts.append(facts[-1])
    return facts


def hear(order: Correspondence, fact: str, out: list[Message], contact: Contact = REACHABLE) -> list[Event]:
    """What a fact makes the order's correspondence say."""
    if fact == "created":
        return list(order.learn(contact, out))
    if fact in ("canceled", "failed"):
        return list(order.undo(fact, out))
    milestone, _, again = fact.partition(" ")
    return list(order.tell(milestone, out, f"refund {again}" if milestone == "refunded" else ""))


@given(arrivals())
def test_every_milestone_is_told_once_and_in_the_order_of_the_facts(facts: list[str]) -> None:
    order, out = Correspondence("o"), list[Message]()
    events = [event for fact in facts for event in hear(order, fact, out)]
    sent = [message for message in out if message.status == "sent"]
    told = [(message.milestone, message.cause) for message in sent]
    assert len(told) == len(set(told))
    assert [event.notification_id for event in events if isinstance(event, NotificationSent)] == [m.id for m in sent]
    forward = [RANK[milestone] for milestone, _ in told if milestone in FORWARD]
    assert forward == sorted(forward)
    assert told[0] == ("created", "")
    ended = [fact for fact in facts if fact in ("canceled", "failed")]
    if not ended:
        assert {milestone for milestone, _ in told} == {fact.split()[0] for fact in facts}
        assert not order.waiting


@given(arrivals(), st.booleans())
def test_after_an_undo_nothing_of_the_way_forward_is_told(facts: list[str], contact_last: bool) -> None:
    if contact_last:
        facts = [fact for fact in facts if fact != "created"] + ["created"]
    order, out = Correspondence("o"), list[Message]()
    for fact in facts:
        undone, before = order.undone, len(out)
        hear(order, fact, out)
        if undone:
            assert not [
                message for message in out[before:] if message.milestone in FORWARD and message.status == "sent"
            ]
    ended = {fact for fact in facts if fact in ("canceled", "failed")}
    assert {m.milestone for m in out if m.milestone in ("canceled", "failed")} == ended
    withdrawn = [message.milestone for message in out if message.status == "withdrawn"]
    assert set(withdrawn) <= FORWARD
    assert len(withdrawn) == len(set(withdrawn))


def test_a_confirmation_that_comes_before_the_contact_waits_for_it() -> None:
    order, out = Correspondence("o"), list[Message]()
    assert hear(order, "confirmed", out) == []
    assert out == []
    events = hear(order, "created", out)
    assert [message.milestone for message in out] == ["created", "confirmed"]
    assert len(events) == 2


def outcomes(contact: Contact, milestone: str = "shipped", *muted: str) -> list[tuple[str, ...]]:
    """Channel and status of the messages, and the events they make."""
    out: list[Message] = []
    events = list(send(contact, "o", milestone, out, muted=frozenset(muted)))
    rows = [(message.channel, message.status) for message in out]
    return rows + [
        ("Sent", event.channel, *(["skipped"] if event.skipped else []))
        if isinstance(event, NotificationSent)
        else (type(event).__name__,)
        for event in events
    ]


def test_each_channel_there_is_gets_a_message() -> None:
    assert outcomes(Contact("a@b.c", "+33612345678")) == [
        ("email", "sent"),
        ("sms", "sent"),
        ("Sent", "email"),
        ("Sent", "sms"),
    ]
    assert outcomes(Contact("", "+33612345678")) == [("sms", "sent"), ("Sent", "sms")]


def test_without_any_address_the_milestone_is_settled_as_skipped() -> None:
    assert outcomes(Contact()) == [("email", "skipped"), ("Sent", "email", "skipped")]


def test_a_failure_is_published_only_when_every_channel_has_failed() -> None:
    assert outcomes(Contact("bounce@example.org", "+33612345678")) == [
        ("email", "failed"),
        ("sms", "sent"),
        ("Sent", "sms"),
    ]
    assert outcomes(Contact("x@bounce.invalid", "+330000000")) == [
        ("email", "failed"),
        ("sms", "failed"),
        (NotificationFailed.__name__,),
    ]


def test_what_a_customer_does_not_want_is_skipped_but_never_the_confirmation() -> None:
    both = Contact("a@b.c", "+33612345678")
    assert outcomes(both, "shipped", "shipped") == [("email", "skipped"), ("Sent", "email", "skipped")]
    assert outcomes(both, "shipped", "sms") == [("email", "sent"), ("Sent", "email")]
    everything = ("email", "sms", "shipped", "created")
    assert outcomes(both, "shipped", *everything) == [("email", "skipped"), ("Sent", "email", "skipped")]
    assert outcomes(both, "confirmed", *everything)[:2] == [("email", "sent"), ("sms", "sent")]
