"""Passwords: argon2id in a few threads, with a bounded queue before them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from comanda.kernel.errors import Unavailable
from comanda.messaging.service import Service

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
"""argon2id as OWASP's password storage cheat sheet has it."""

THREADS = 2
MOST_WAITING = 64

_STATE = "profiling.passwords"

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)

T = TypeVar("T")


class Passwords:
    """Hashes and verifies passwords outside the event loop: two at a time, no more than 64 waiting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "passwords")
        self._free = asyncio.Semaphore(THREADS)
        self._waiting = 0
        self._nobodys = _nobodys_hash()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn; `hash` and `verify` belong inside. Raises Unavailable when too many wait."""
        if self._waiting >= MOST_WAITING:
            raise Unavailable("Too many people are signing in at this moment.", retry_after=2)
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()

    async def hash(self, password: str) -> str:
        """What is kept of a password (PHC string format)."""
        return await self._in_thread(partial(_hasher.hash, _same(password)))

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether it is the password; None, for an account that does not exist, takes as long and is False."""
        right = await self._in_thread(partial(self._matches, _same(password), kept or self._nobodys))
        return right and kept is not None

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password: str, kept: str) -> bool:
        try:
            return _hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def passwords_of(service: Service) -> Passwords:
    """The ones of this service."""
    found = service.state.get(_STATE)
    if found is None:
        found = service.state[_STATE] = Passwords()
    assert isinstance(found, Passwords)
    return found


@cache
def _nobodys_hash() -> str:
    """Of a password that nobody has, nor ever learns: an account that does not exist is compared with it."""
    return _hasher.hash(secrets.token_urlsafe())


def _same(password: str) -> str:
    """The password however the keyboard composed it (RFC 8265: NFC)."""
    return normalize("NFC", password)
