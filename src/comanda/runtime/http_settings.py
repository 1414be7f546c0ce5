"""The limits on requests as the environment sets them."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comanda.platform.http.limits import HttpLimits
from comanda.platform.http.pages import LONGEST_PAGE, PAGE_VARIABLE, USUAL_PAGE, largest_page

_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class WrongSetting(Exception):
    """A variable of the environment has a value that makes no sense. The message is one line."""


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable and the limit it sets; numbers are at least `least`."""

    name: str
    limit: str
    text: str
    least: float = 1

    def read(self, text: str) -> Any:
        """The limit's value. Raises ValueError."""
        kind = type(getattr(HttpLimits(), self.limit))
        if kind is bool:
            return _truth(text)
        if kind is str:
            return _networks(text)
        value = kind(text)
        if not self.least <= value <= 2**40:
            raise ValueError
        return value


VARIABLES = (
    _Variable("COMANDA_BODY_BYTES", "body_bytes", "The largest body of a request; 413 beyond it.", 1024),
    _Variable("COMANDA_BODY_DEPTH", "depth", "How deep JSON may be nested; 400 beyond it.", 8),
    _Variable("COMANDA_BODY_SECONDS", "body_s", "Within how many seconds a body has to arrive; else 408, cut.", 0.1),
    _Variable("COMANDA_HEADERS_BYTES", "headers_bytes", "How large the headers may be; 431 beyond it.", 1024),
    _Variable(
        "COMANDA_HEADERS_SECONDS", "headers_s", "Within how many seconds headers have to arrive; else 408, cut.", 0.1
    ),
    _Variable("COMANDA_CONNECTIONS", "connections", "How many connections may be open at once; 503 beyond it.", 1),
    _Variable(
        "COMANDA_REQUESTS_PER_MINUTE",
        "requests_per_minute",
        "Requests a minute from one address; 429 beyond it. 0: any number.",
        0,
    ),
    _Variable(
        "COMANDA_LIMIT_LOOPBACK", "count_loopback", "Whether requests from this machine are counted and limited too."
    ),
    _Variable(
        "COMANDA_TRUSTED_PROXIES",
        "trusted_proxies",
        "Addresses and networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, with commas.",
    ),
)


def http_limits(environment: Mapping[str, str]) -> HttpLimits:
    """The limits. Raises WrongSetting, naming the variable."""
    found: dict[str, Any] = {}
    for variable in VARIABLES:
        text = environment.get(variable.name, "").strip()
        if not text:
            continue
        try:
            found[variable.limit] = variable.read(text)
        except ValueError:
            raise WrongSetting(f"{variable.name} cannot be {text!r}") from None
    try:
        largest_page(environment.get(PAGE_VARIABLE))
    except ValueError:
        raise WrongSetting(f"{PAGE_VARIABLE} cannot be {environment[PAGE_VARIABLE]!r}") from None
    return HttpLimits(**found)


def rows() -> Iterator[tuple[str, str, str]]:
    """Name, default and meaning of each variable, for the page of settings."""
    defaults = HttpLimits()
    for variable in VARIABLES:
        yield variable.name, _shown(getattr(defaults, variable.limit)), variable.text
    yield PAGE_VARIABLE, _shown(USUAL_PAGE), f"The most items of a page, {USUAL_PAGE} to {LONGEST_PAGE}; 422 beyond it."


def _shown(default: object) -> str:
    if default == "":
        return "–"
    if isinstance(default, float):
        return f"`{default:g}`"
    return f"`{str(default).lower()}`"


def _truth(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError


def _networks(text: str) -> str:
    for network in text.split(","):
        ipaddress.ip_network(network.strip(), strict=False)
    return text
