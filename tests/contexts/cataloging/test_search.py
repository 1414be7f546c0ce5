"""Words as they are compared."""

from hypothesis import given
from hypothesis import strategies as st

from comanda.contexts.cataloging.search import document, folded, query_of, words


def test_case_and_accents_do_not_count() -> None:
    assert folded("Crème BRÛLÉE") == "creme brulee"
    assert folded("Straße") == folded("STRASSE")
    assert folded("Smørrebrød, Łódź, Ærø") == "smorrebrod, lodz, aero"


def test_words_are_letters_and_digits() -> None:
    assert words("T-shirt 3D_print, 100% cotton!") == ["t", "shirt", "3d", "print", "100", "cotton"]
    assert words("日本語 Ελλάδα") == ["日本語", "ελλαδα"]


def test_every_word_is_asked_for_by_its_beginning() -> None:
    assert query_of("Red  shirt red") == "'red':* & 'shirt':*"
    assert query_of("!?&|:*'") is None


def test_the_first_place_of_a_word_counts() -> None:
    assert document([("Red shirt", "A"), ("A red one", "D")]) == "'red':1A 'shirt':2A 'a':3D 'one':5D"


@given(st.text())
def test_no_text_breaks_out_of_the_literals(text: str) -> None:
    for literal in (document([(text, "A")]), query_of(text) or ""):
        assert literal.count("'") == 2 * len(set(literal.split("'")[1::2]))
        assert not set(literal) & set('\\"()!<>\x00')
