"""The table of words: states both ways, and which entry of a timeline is which event."""

from typing import Any, get_args

import pytest

from comanda.contexts.ordering.contract.shades import Shade
from comanda.contexts.ordering.dialects.pedidos.numbers import as_id
from comanda.contexts.ordering.dialects.pedidos.words import WORDS, EventName, Word, event_of

RESERVED = {"inventory": "reserved", "status": "reserved"}


def test_every_shade_has_a_word_and_every_word_a_shade() -> None:
    assert set(WORDS.shown) == set(get_args(Shade))
    assert set(WORDS.all) == set(get_args(Word))


def test_words_stand_for_what_the_table_says() -> None:
    assert {word: WORDS.shades(word) for word in WORDS.all} == {
        "pending": ["created"],
        "in_progress": ["reserved", "paid_uncommitted"],
        "paid": ["paid_committed", "shipping_scheduled"],
        "completed": ["completed_unshipped", "completed_shipped", "completed_delivered"],
        "canceled": ["canceled", "failed"],
    }


@pytest.mark.parametrize(
    ("cause", "changes", "name"),
    [
        ("OrderCreated", {"status": "created"}, "PedidoCriado"),
        ("StockReserved", RESERVED, "EstoqueReservado"),
        ("StockReserved", {"status": "paid"}, None),  # its second entry, when the payment was certain before
        ("StockReserved", {"inventory": "reserved"}, "EstoqueReservado"),  # of an order that was canceled meanwhile
        ("StockInsufficient", {"inventory": "insufficient", "status": "failed"}, "EstoqueInsuficiente"),
        ("PaymentSucceeded", {"payment": "approved", "status": "paid"}, "PagamentoConfirmado"),
        ("PaymentSucceeded", {"payment": "outstanding", "status": "paid"}, "PagamentoConfirmado"),
        ("PaymentSucceeded", {"payment": "approved"}, "PagamentoConfirmado"),
        ("PaymentFailed", {"payment": "declined", "status": "failed"}, "PagamentoFalhou"),
        ("PaymentFailed", {}, None),
        ("cancel", {"status": "canceled", "reason": "canceled"}, "PedidoCancelado"),
        ("cancel", {"cancel_requested": True, "reason": "canceled"}, None),
        ("ShipmentCanceled", {"fulfillment": "canceled", "status": "canceled"}, "PedidoCancelado"),
        ("ShipmentFailed", {"fulfillment": "canceled", "status": "failed"}, "PedidoCancelado"),
        ("deadline", {"status": "failed", "reason": "not paid in time"}, "PedidoCancelado"),
        ("PaymentRefunded", {"payment": "refunded"}, None),
        ("StockCommitted", {"inventory": "committed"}, None),
        ("ShipmentScheduled", {"fulfillment": "scheduled", "status": "shipping_scheduled"}, None),
    ],
)
def test_an_entry_of_the_timeline_is_told_by_its_name(cause: str, changes: dict[str, Any], name: EventName) -> None:
    assert event_of(cause, changes) == name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1", 1),
        ("0", 0),
        ("123", 123),
        ("9007199254740991", 2**53 - 1),
        ("9007199254740992", "9007199254740992"),
        ("007", "007"),
        ("-1", "-1"),
        ("1.0", "1.0"),
        ("1e3", "1e3"),
        ("٣", "٣"),
        ("SKU-1", "SKU-1"),
        ("", ""),
    ],
)
def test_ids_are_integers_where_their_text_is_a_plain_number(text: str, shown: int | str) -> None:
    assert as_id(text) == shown
    assert str(as_id(text)) == text
