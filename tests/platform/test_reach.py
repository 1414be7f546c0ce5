"""What a route may come to is found in its code."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from comanda.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from comanda.platform.http.reach import OURS, Reach, leads_to, reach_of


class Missing(NotFound):
    """There is none."""


class Closed(Conflict):
    """It is closed."""


class Never(Conflict):
    """Nobody comes here."""


@dataclass
class Door:
    key: str

    def open(self) -> None:
        if self.key != "X-Key":
            raise Closed("closed")

    def paint(self) -> None:
        raise Never("never")


def find(name: str) -> Door:
    if not name:
        raise Missing("none")
    return Door(name)


async def enter(name: str) -> None:
    find(name).open()


async def enter_in_a_group(name: str) -> None:
    def later() -> None:
        raise Forbidden(name)

    later()


class Knock(BaseModel):
    times: int

    def door(self) -> Door:
        if self.times < 1:
            raise Missing("none")
        return Door("x")


async def answer_a(knock: Knock) -> None:
    knock.door()


@leads_to(Door.paint)
async def hand_over(name: str) -> None:
    raise Invalid(name)


def reach(endpoint: Callable[..., Any]) -> Reach:
    return reach_of([endpoint], (*OURS, __name__))


def test_errors_are_found_behind_functions_and_the_methods_that_are_called() -> None:
    assert reach(enter).errors == {Missing, Closed}


def test_errors_are_found_in_the_methods_of_what_a_request_carries() -> None:
    assert reach(answer_a).errors == {Missing}


def test_texts_are_found_in_small_letters() -> None:
    assert "x-key" in reach(enter).texts


def test_errors_are_found_in_functions_within_functions() -> None:
    assert reach(enter_in_a_group).errors == {Forbidden}


def test_what_is_handed_over_is_followed_where_it_is_named() -> None:
    assert reach(hand_over).errors == {Invalid, Never}
