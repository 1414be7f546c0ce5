"""Digits after `"zipcode":` become text, with their zeros; nothing else of a body is changed."""

import json
import time
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from comanda.contexts.ordering.dialects.pedidos.zipcode import with_quoted_zipcodes

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(['"zipcode": 007', "zipcode", '\\"', "\\"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.just('"zipcode":00'), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 0, 2]), st.booleans())
@example({"a": '"zipcode": 000'}, None, True)
@example(['\\", "zipcode": 00, "'], None, True)
def test_a_body_without_a_zipcode_of_its_own_is_left_exactly_as_it_is(
    document: Any, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    assume(not _has_zipcode(document))
    assert with_quoted_zipcodes(text) == text


def _has_zipcode(document: Any) -> bool:
    if isinstance(document, dict):
        return "zipcode" in document or any(map(_has_zipcode, document.values()))
    return isinstance(document, list) and any(map(_has_zipcode, document))


@given(
    st.from_regex(r"[0-9]{1,20}", fullmatch=True),
    st.text(),
    st.text(alphabet=" \t\r\n", max_size=3),
    st.sampled_from(["{%s,%s}", "{%s, %s \n}", '{%s,"x":[{"y":{%s}}]}']),
)
def test_the_digits_are_read_as_text_whatever_stands_around_them(
    digits: str, text: str, space: str, around: str
) -> None:
    before = json.dumps('"zipcode": 01, ' + text)
    member = f'"zipcode"{space}:{space}{digits}{space}'
    read = json.loads(with_quoted_zipcodes(around % (f'"before":{before}', member)))
    assert read["before"] == '"zipcode": 01, ' + text
    inner = read["x"][0]["y"] if "x" in read else read
    assert inner["zipcode"] == digits


@pytest.mark.parametrize(
    "broken",
    [
        '{"zipcode": 00.5}',
        '{"zipcode": 00e5}',
        '{"zipcode": -00}',
        '{"zipcode": 00 00}',
        '{"zipcode": 00a}',
        '{"zipcode": ٠٠}',
        '{"zipcode": [00]}',
        '{"zipcode": 00]',
        '{"zipcode", 00}',
        '{"Zipcode": 00}',
        '{"zip\\u0063ode": 00}',
        "{'zipcode': 00}",
        "{zipcode: 00}",
        '{"number": 00}',
        '{"a": "zipcode": 00}',
        '{"zipcode": 00',
        '"zipcode": 00',
        '{"a": "unclosed, "zipcode": 00}',
    ],
)
def test_what_is_broken_otherwise_stays_broken(broken: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(with_quoted_zipcodes(broken))


@given(st.text(alphabet='"\\zipcode: 0,}', max_size=200))
def test_nothing_but_two_quotes_is_ever_added(text: str) -> None:
    changed = with_quoted_zipcodes(text)
    assert changed.replace('"', "") == text.replace('"', "")


@pytest.mark.parametrize("piece", ['"', '\\"', '"zipcode"', '"zipcode" ', '"zipcode": 0', "0", '"zipcode":' + " " * 50])
def test_a_megabyte_made_to_be_slow_is_read_in_no_time(piece: str) -> None:
    text = '{"' + piece * (1_000_000 // len(piece))
    begun = time.process_time()
    with_quoted_zipcodes(text)
    assert time.process_time() - begun < 2
