"""Who is calling: bearer tokens signed with EdDSA, verified against published keys, and the roles they carry."""

import json
import time
import warnings
from base64 import urlsafe_b64decode
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import OKPKey

from comanda.kernel.errors import Unauthenticated
from comanda.platform.published_keys import LoadKeys, PublishedKeys

Role = Literal["anonymous", "customer", "staff", "admin", "service"]

# RFC 9864 gives the algorithm a narrower name, `Ed25519`; clients know the older one, which stays valid for it.
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)

ISSUER = "comanda"
AUDIENCE = "comanda"
ALGORITHM = "EdDSA"
CACHED_TOKENS = 10_000
LONGEST_TOKEN = 4_096
LONGEST_KID = 100

API_TOKEN_PREFIX = "cmd_"


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
        """Whether staff hold a permission; admin and services hold all, nobody else any."""
        if self.role != "staff":
            return self.role in ("admin", "service")
        return "*" in self.permissions or permission in self.permissions


ANONYMOUS = Principal("anonymous")


class ApiTokens(Protocol):
    """Who tells whose API token it is."""

    async def principal(self, token: str, address: str | None) -> Principal:
        """The token's principal. Raises Unauthenticated, TooMany, Unavailable."""
        ...


class Verifier:
    """Verifies bearer tokens: signed ones against the published keys, API tokens by asking who knows them.

    What was verified once is remembered until it expires, or until one of the keys is gone.
    """

    def __init__(self, load_keys: LoadKeys, api_tokens: ApiTokens | None = None) -> None:
        self._keys = PublishedKeys(load_keys, self._forget)
        self._api_tokens = api_tokens
        self._known: OrderedDict[str, tuple[float, Principal]] = OrderedDict()
        self._refused: set[str] = set()

    def refuse(self, customer_id: str) -> None:
        """Trust no token of this customer any more, however long it is good: they are gone, and ids are for once."""
        self._refused.add(customer_id)
        for token in [token for token, (_, known) in self._known.items() if self._is_refused(known)]:
            del self._known[token]

    def _is_refused(self, principal: Principal) -> bool:
        return principal.role == "customer" and principal.id in self._refused

    def _check_not_refused(self, principal: Principal) -> None:
        if self._is_refused(principal):
            raise Unauthenticated("The token is not valid.")

    async def principal(self, token: str, address: str | None = None) -> Principal:
        """The token's principal; `address` is where it came from, for the limit on guesses.

        Raises Unauthenticated for anything that cannot be trusted, TooMany for too many guesses, Unavailable when
        what is needed to tell cannot be reached.
        """
        known = self._known.get(token)
        if known is not None and known[0] > time.time():
            self._keys.refresh_when_stale()
            return known[1]
        if token.startswith(API_TOKEN_PREFIX) and self._api_tokens is not None:
            found = await self._api_tokens.principal(token, address)
            self._check_not_refused(found)
            return found
        expires_at, found = _read(await self._verified(token))
        self._check_not_refused(found)
        self._known[token] = (expires_at, found)
        if len(self._known) > CACHED_TOKENS:
            self._known.popitem(last=False)
        return found

    async def refresh(self) -> None:
        """Read the published keys again now, as after one was revoked."""
        await self._keys.load()

    async def _verified(self, token: str) -> dict[str, Any]:
        kid = _kid_of(token)
        key = None if kid is None else await self._keys.key(kid)
        if key is None:
            raise Unauthenticated(_NOT_VALID)
        try:
            decoded = jwt.decode(token, key, algorithms=[ALGORITHM])
            _CLAIMS.validate(decoded.claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated(_NOT_VALID) from error
        return decoded.claims

    def _forget(self) -> None:
        self._known.clear()


def _read(claims: dict[str, Any]) -> tuple[float, Principal]:
    """When a token ends, and whose it is. Raises Unauthenticated for claims of other types than ours."""
    role, subject, session = claims["role"], claims.get("sub"), claims.get("sid")
    permissions = claims.get("permissions", [])
    texts = [role, *(value for value in (subject, session) if value is not None)]
    if not isinstance(permissions, list) or not all(isinstance(text, str) for text in (*texts, *permissions)):
        raise Unauthenticated(_NOT_VALID)
    return float(claims["exp"]), Principal(role, subject, frozenset(permissions), session)


def _kid_of(token: str) -> str | None:
    """The key that a token says it is signed with; None for what is no token of ours, whatever its signature."""
    if len(token) > LONGEST_TOKEN:
        return None
    head = token.partition(".")[0]
    try:
        header = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or header.get("alg") != ALGORITHM:
        return None
    kid = header.get("kid")
    return kid if isinstance(kid, str) and len(kid) <= LONGEST_KID else None


_NOT_VALID = "The token is not valid."

_CLAIMS = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    exp={"essential": True},
    role={"essential": True, "values": ["customer", "staff", "admin", "service"]},
)


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
