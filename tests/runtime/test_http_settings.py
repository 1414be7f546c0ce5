"""The limits on requests as the environment sets them."""

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
    ],
)
def test_nonsense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        http_limits({name: value})
