"""A provider at the other end of a bad line: it acts, or does not, or later, and its answers get lost when told to."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from comanda.contexts.paying.built_in_provider import BuiltInProvider
from comanda.contexts.paying.provider import Answer, Charge, ProviderUnreachable, Refunded, Refused
from comanda.platform.database import Database

T = TypeVar("T")


class BadLine:
    """The built-in provider's ledger behind a line that the test breaks.

    `troubles` are used up one a call: `lost` (it acts, the answer is lost), `delayed` (the request waits in
    `on_its_way`), anything else: the call goes through. Every card has to be asked for.
    """

    def __init__(self, database: Database) -> None:
        self._provider = BuiltInProvider(database)
        self.troubles: list[str] = []
        self.on_its_way: list[Callable[[], Awaitable[object]]] = []
        self.calls: list[tuple[str, str]] = []
        self.open = asyncio.Event()
        self.open.set()

    def decides(self, token: str) -> Answer | None:
        return None

    async def charge(self, key: str, *, amount: int, currency: str, token: str) -> Answer:
        self.calls.append(("charge", key))
        await self.open.wait()
        return await self._over_the_line(
            lambda: self._provider.charge(key, amount=amount, currency=currency, token=token)
        )

    async def confirm(self, key: str) -> Answer:
        return await self._provider.confirm(key)

    async def void(self, key: str) -> Answer:
        self.calls.append(("void", key))
        return await self._over_the_line(lambda: self._provider.void(key))

    async def refund(self, key: str, *, charge: str, amount: int) -> Refunded | Refused:
        self.calls.append(("refund", key))
        await self.open.wait()
        return await self._over_the_line(lambda: self._provider.refund(key, charge=charge, amount=amount))

    async def list(self, after: str, limit: int) -> Sequence[Charge]:
        return await self._provider.list(after, limit)

    async def _over_the_line(self, request: Callable[[], Awaitable[T]]) -> T:
        trouble = self.troubles.pop(0) if self.troubles else ""
        if trouble == "delayed":
            self.on_its_way.append(request)
            raise ProviderUnreachable("no answer")
        answer = await request()
        if trouble == "lost":
            raise ProviderUnreachable("the answer was lost")
        return answer
