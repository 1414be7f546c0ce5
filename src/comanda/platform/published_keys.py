"""The keys that tokens are verified with, as their issuer publishes them, and when they are fetched again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from joserfc.jwk import KeySet, OKPKey

from comanda.kernel.errors import Unavailable

LoadKeys = Callable[[], Awaitable[dict[str, Any]]]

UNKNOWN_AGAIN_S = 10.0
"""An unknown key is looked for at most this often: tokens that anybody can make up must not load the issuer."""

STALE_S = 300.0
"""Keys are fetched again after this time, so that one that was revoked is not trusted much longer."""

_logger = structlog.get_logger(__name__)


class PublishedKeys:
    """A copy of a JWKS document (RFC 7517). `on_loss` is called when a key is not published any more."""

    def __init__(
        self,
        load: LoadKeys,
        on_loss: Callable[[], None],
        *,
        unknown_again_s: float = UNKNOWN_AGAIN_S,
        stale_s: float = STALE_S,
    ) -> None:
        self._load = load
        self._on_loss = on_loss
        self._unknown_again_s = unknown_again_s
        self._stale_s = stale_s
        self._keys: dict[str, OKPKey] = {}
        self._loaded = False
        self._tried_at = 0.0
        self._one_at_a_time = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> OKPKey | None:
        """A published key; None when there is none of this name. Raises Unavailable while nothing is known at all."""
        found = self._keys.get(kid)
        if found is not None:
            self.refresh_when_stale()
            return found
        async with self._one_at_a_time:
            if kid not in self._keys and self._due(self._unknown_again_s):
                await self._fetch()
        return self._keys.get(kid)

    async def load(self) -> None:
        """Fetch them now."""
        async with self._one_at_a_time:
            await self._fetch()

    def refresh_when_stale(self) -> None:
        """Fetch them again in the background when they are old; until then, and if that fails, the old ones count."""
        if not self._due(self._stale_s) or (self._refreshing is not None and not self._refreshing.done()):
            return
        self._refreshing = asyncio.create_task(self._refreshed())

    def _due(self, after_s: float) -> bool:
        return not self._loaded or time.monotonic() - self._tried_at >= after_s

    async def _refreshed(self) -> None:
        try:
            await self.load()
        except Unavailable as error:
            _logger.warning("keys.not_refreshed", error=str(error))

    async def _fetch(self) -> None:
        self._tried_at = time.monotonic()
        try:
            document = await self._load()
        except Unavailable:
            if self._loaded:
                return
            raise
        keys = {key.kid: key for key in KeySet.import_key_set(document) if isinstance(key, OKPKey)}  # type: ignore[arg-type]
        lost = self._keys.keys() - keys.keys()
        self._keys = {kid: key for kid, key in keys.items() if kid is not None}
        self._loaded = True
        if lost:
            self._on_loss()
