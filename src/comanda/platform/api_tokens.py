"""API tokens: how they look, and how a service that is shown one learns whose it is.

`cmd_`, 256 random bits, and a checksum, so that what was mistyped or made up carelessly is refused without asking.
"""

import asyncio
import re
import secrets
import time
from binascii import crc32
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import sha256

from comanda.kernel.errors import TooMany, Unauthenticated
from comanda.platform.auth import API_TOKEN_PREFIX, Principal

FRESH_S = 5.0
"""How long an answer counts: a token that was revoked is good for so long at most."""

GUESSES = 20
"""Unknown tokens that one network address may show within a minute."""

WINDOW_S = 60.0

MOST_REMEMBERED = 10_000

_FORM = re.compile(rf"{API_TOKEN_PREFIX}([A-Za-z0-9_-]{{43}})([0-9a-f]{{8}})")

Introspect = Callable[[str], Awaitable[Principal | None]]


def new_token() -> str:
    """A token that nobody can guess."""
    secret = secrets.token_urlsafe(32)
    return f"{API_TOKEN_PREFIX}{secret}{_checksum(secret)}"


def is_well_formed(token: str) -> bool:
    """Whether it could be a token."""
    found = _FORM.fullmatch(token)
    return found is not None and _checksum(found[1]) == found[2]


def hash_of(token: str) -> bytes:
    """What is kept of a token: it has so many random bits that a plain hash is enough."""
    return sha256(token.encode()).digest()


class KnownApiTokens:
    """Remembers for some seconds whose a token is, after asking the one who keeps them."""

    def __init__(self, introspect: Introspect, *, fresh_s: float = FRESH_S, guesses: int = GUESSES) -> None:
        self._introspect = introspect
        self._fresh_s = fresh_s
        self._most_guesses = guesses
        self._known: OrderedDict[bytes, tuple[float, Principal | None]] = OrderedDict()
        self._asking: dict[bytes, asyncio.Task[Principal | None]] = {}
        self._guesses: OrderedDict[str, tuple[float, int]] = OrderedDict()

    async def principal(self, token: str, address: str | None) -> Principal:
        """Whose token it is. Raises Unauthenticated, TooMany for too many unknown ones, Unavailable."""
        if not is_well_formed(token):
            raise Unauthenticated("The token is not valid.")
        key = hash_of(token)
        until, found = self._known.get(key, (0.0, None))
        if until < time.monotonic():
            self._check_guesses(address)
            found = await self._ask(key, token)
            if found is None:
                self._guessed(address)
        if found is None:
            raise Unauthenticated("The token is not valid.")
        return found

    async def _ask(self, key: bytes, token: str) -> Principal | None:
        """Many who show the same token at once cause one question."""
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._asked(key, token))
        return await asyncio.shield(asking)

    async def _asked(self, key: bytes, token: str) -> Principal | None:
        try:
            found = await self._introspect(token)
            self._known[key] = (time.monotonic() + self._fresh_s, found)
            self._known.move_to_end(key)
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
            return found
        finally:
            del self._asking[key]

    def _check_guesses(self, address: str | None) -> None:
        ends_at, count = self._guesses.get(address or "", (0.0, 0))
        left_s = ends_at - time.monotonic()
        if address is not None and left_s > 0 and count >= self._most_guesses:
            raise TooMany("Too many unknown tokens were shown.", int(left_s) + 1)

    def _guessed(self, address: str | None) -> None:
        if address is None:
            return
        now = time.monotonic()
        ends_at, count = self._guesses.get(address, (0.0, 0))
        self._guesses[address] = (ends_at, count + 1) if ends_at > now else (now + WINDOW_S, 1)
        self._guesses.move_to_end(address)
        if len(self._guesses) > MOST_REMEMBERED:
            self._guesses.popitem(last=False)


def _checksum(secret: str) -> str:
    return f"{crc32(secret.encode()):08x}"
