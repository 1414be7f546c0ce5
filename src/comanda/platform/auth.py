"""Who is calling: bearer tokens signed with EdDSA, verified against published keys, and the roles they carry."""

import time
import warnings
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet, OKPKey

from comanda.kernel.errors import Unauthenticated

Role = Literal["anonymous", "customer", "staff", "admin", "service"]

# RFC 9864 gives the algorithm a narrower name, `Ed25519`; clients know the older one, which stays valid for it.
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)

ISSUER = "comanda"
AUDIENCE = "comanda"
ALGORITHM = "EdDSA"
CACHED_TOKENS = 10_000


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. `permissions` narrow what staff may do; `*` is all of them. Admin may do all that staff may.

    `session` is the one the token was made for, if it was made by signing in.
    """

    role: Role
    id: str | None = None
    permissions: frozenset[str] = frozenset()
    session: str | None = None

    @property
    def is_staff(self) -> bool:
        """Staff, admin, or one of our own services: sees everybody's objects."""
        return self.role in ("staff", "admin", "service")

    @property
    def actor(self) -> str | None:
        """How events and timelines name the caller: `staff:ID`, `customer:ID`, `guest`."""
        if self.role == "anonymous":
            return "guest"
        return f"{self.role}:{self.id}" if self.id else self.role

    @property
    def owner(self) -> str | None:
        """The customer whose objects alone the caller may see; None for those who see all."""
        return None if self.is_staff else (self.id or "")

    def may(self, permission: str) -> bool:
        """Whether staff hold a permission; admin and services hold all."""
        if self.role in ("admin", "service"):
            return True
        return "*" in self.permissions or permission in self.permissions


ANONYMOUS = Principal("anonymous")

LoadKeys = Callable[[], Awaitable[dict[str, Any]]]


class Verifier:
    """Verifies bearer tokens. Keys come from a JWKS document, fetched again when a token names an unknown key."""

    def __init__(self, load_keys: LoadKeys, *, refresh_s: float = 30.0) -> None:
        self._load_keys = load_keys
        self._refresh_s = refresh_s
        self._keys: KeySet | None = None
        self._loaded_at = 0.0
        self._known: OrderedDict[str, tuple[float, Principal]] = OrderedDict()

    async def principal(self, token: str) -> Principal:
        """The token's principal. Raises Unauthenticated for anything that cannot be trusted."""
        known = self._known.get(token)
        if known is not None and known[0] > time.time():
            return known[1]
        claims = await self._verified(token)
        found = Principal(
            claims["role"], claims.get("sub"), frozenset(claims.get("permissions", ())), claims.get("sid")
        )
        self._known[token] = (float(claims["exp"]), found)
        if len(self._known) > CACHED_TOKENS:
            self._known.popitem(last=False)
        return found

    async def _verified(self, token: str) -> dict[str, Any]:
        claims_options = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            role={"essential": True, "values": ["customer", "staff", "admin", "service"]},
        )
        for fresh in (False, True):
            keys = await self._key_set(fresh=fresh)
            try:
                decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
                claims_options.validate(decoded.claims)
                return decoded.claims
            except (JoseError, ValueError, KeyError, TypeError) as error:
                if fresh or time.monotonic() - self._loaded_at < self._refresh_s:
                    raise Unauthenticated("The token is not valid.") from error
        raise AssertionError("unreachable")

    async def _key_set(self, *, fresh: bool) -> KeySet:
        if self._keys is None or fresh:
            self._keys = KeySet.import_key_set(await self._load_keys())  # type: ignore[arg-type]
            self._loaded_at = time.monotonic()
        return self._keys


def sign(
    key: OKPKey,
    *,
    role: Role,
    subject: str | None,
    lifetime_s: int,
    permissions: frozenset[str] = frozenset(),
    session: str | None = None,
    now: float | None = None,
) -> str:
    """A token for a principal, signed with a private Ed25519 key that has a `kid`."""
    issued = int(time.time() if now is None else now)
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": issued,
        "exp": issued + lifetime_s,
        "role": role,
    }
    if subject is not None:
        claims["sub"] = subject
    if permissions:
        claims["permissions"] = sorted(permissions)
    if session is not None:
        claims["sid"] = session
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}, claims, key, algorithms=[ALGORITHM])
