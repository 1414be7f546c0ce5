"""The limits on requests as the environment sets them."""

import os
import subprocess
import sys

import pytest

from comanda.platform.http.limits import DEFAULT_LIMITS, HttpLimits
from comanda.runtime.http_settings import VARIABLES, WrongSetting, http_limits


def test_without_variables_the_defaults_hold() -> None:
    assert http_limits({}) == DEFAULT_LIMITS
    assert http_limits({"COMANDA_BODY_BYTES": " "}) == DEFAULT_LIMITS


def test_every_limit_has_its_variable() -> None:
    assert {variable.limit for variable in VARIABLES} == set(HttpLimits.__slots__)


def test_variables_set_the_limits() -> None:
    chosen = {
        "COMANDA_BODY_BYTES": "2048",
        "COMANDA_BODY_SECONDS": "2.5",
        "COMANDA_REQUESTS_PER_MINUTE": "0",
        "COMANDA_LIMIT_LOOPBACK": "Yes",
        "COMANDA_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1",
    }
    limits = http_limits(chosen)
    assert (limits.body_bytes, limits.body_s, limits.requests_per_minute) == (2048, 2.5, 0)
    assert (limits.count_loopback, limits.trusted_proxies) == (True, "10.0.0.0/8, 2001:db8::1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COMANDA_BODY_BYTES", "a lot"),
        ("COMANDA_BODY_BYTES", "-1"),
        ("COMANDA_BODY_SECONDS", "nan"),
        ("COMANDA_BODY_SECONDS", "inf"),
        ("COMANDA_HEADERS_SECONDS", "0"),
        ("COMANDA_LIMIT_LOOPBACK", "perhaps"),
        ("COMANDA_TRUSTED_PROXIES", "everybody"),
        ("COMANDA_TRUSTED_PROXIES", "10.0.0.1, *"),
        ("COMANDA_PAGE_ITEMS", "199"),
        ("COMANDA_PAGE_ITEMS", "1001"),
        ("COMANDA_PAGE_ITEMS", "many"),
    ],
)
def test_nonsense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        http_limits({name: value})


@pytest.mark.parametrize(("text", "items"), [("", 200), ("500", 500), ("many", 200)])
def test_pages_are_as_large_as_the_environment_says_when_the_routes_are_made(text: str, items: int) -> None:
    made = "from comanda.platform.http.pages import Limit; print(Limit.__metadata__[0].metadata)"
    environment = os.environ | {"COMANDA_PAGE_ITEMS": text}
    said = subprocess.run([sys.executable, "-c", made], env=environment, capture_output=True, text=True, check=True)
    assert f"Le(le={items})" in said.stdout
