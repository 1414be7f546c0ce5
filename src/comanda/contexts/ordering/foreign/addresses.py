"""Where the foreign services are: set by whoever operates the installation, in the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from comanda.contexts.ordering.contract.stages import STAGES


class BadAddress(ValueError):
    """An address that no foreign service can have. The message does not repeat it: it may hold a password."""


@dataclass(frozen=True, slots=True)
class Address:
    """A foreign service's base URL, without a trailing slash, and what is sent to it as proof of who asks.

    Neither is shown by `repr`: both may be secret.
    """

    url: str = field(repr=False)
    token: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str, token: str = "") -> "Address":
        """An address from its URL (http or https), which may hold a user and a password. Raises BadAddress."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise BadAddress("is no URL") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadAddress("is not an http or https URL with a host")
        if parts.query or parts.fragment:
            raise BadAddress("has a query or a fragment")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        place = host if port is None else f"{host}:{port}"
        path = parts.path.rstrip("/")
        return cls(f"{parts.scheme}://{place}{path}", token, parts.username or "", parts.password or "")


@dataclass(frozen=True, slots=True)
class ForeignServices:
    """The foreign service of each stage that has one."""

    addresses: Mapping[str, Address] = field(default_factory=dict)

    @property
    def stages(self) -> list[str]:
        """The stages that foreign services keep, in the order's order."""
        return [stage for stage in STAGES if stage in self.addresses]

    @classmethod
    def parse(cls, urls: Mapping[str, str], tokens: Mapping[str, str]) -> "ForeignServices":
        """From URLs and tokens by stage; an empty URL is none. Raises BadAddress, which names the stage."""
        found: dict[str, Address] = {}
        for stage, url in urls.items():
            if url:
                try:
                    found[stage] = Address.parse(url, tokens.get(stage, ""))
                except BadAddress as error:
                    raise BadAddress(f"the address of the {stage} service {error}") from error
        return cls(found)


NONE = ForeignServices()
"""All stages are Comanda's own."""
