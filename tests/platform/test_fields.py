"""Fields of requests that are easy to get wrong."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from comanda.kernel.errors import Invalid
from comanda.platform.http.fields import Day, Moment
from comanda.platform.idempotency import claim

MOMENT: TypeAdapter[Any] = TypeAdapter(Moment)
DAY: TypeAdapter[Any] = TypeAdapter(Day)


@pytest.mark.parametrize(
    "text", ["0", "1767225600", "-3.4e38", 0, 1767225600, "2026-01-31T09:30:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_moment_is_written_out_with_its_offset(text: Any) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(text)


def test_a_moment_is_taken_in_utc() -> None:
    assert MOMENT.validate_python("2026-01-31T10:30:00+01:00").isoformat() == "2026-01-31T09:30:00+00:00"


@pytest.mark.parametrize("text", ["0", "1767225600", 0, "2026-01-31T00:00:00", "2026-1-31", "2026-02-30"])
def test_a_day_is_a_day_and_nothing_else(text: Any) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_python(text)


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_an_idempotency_key_has_a_length_that_can_be_kept(key: str) -> None:
    nobody: Any = None
    with pytest.raises(Invalid):
        await claim(nobody, "scope", key, b"")
