"""The sales over HTTP, each until it is answered: a lost connection or a full shop is no answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from comanda.cli.connection import Answer, Connection, render
from comanda.cli.installation import Installation, Unreachable, address, problem_of
from comanda.cli.replay.journal import Answered, Journal, Sent
from comanda.cli.replay.plan import Plan, Sale

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
IN_USE = "idempotency-key-in-use"


class Placed(msgspec.Struct):
    """What of a 201 is needed."""

    id: str


PLACED = msgspec.json.Decoder(Placed)


@dataclass(slots=True)
class Pace:
    """How fast sales may be sent: so many a second (None: as fast as they are answered)."""

    rate: float | None
    started: float = 0.0
    given: int = 0

    async def next(self) -> None:
        """Wait until the next sale is due."""
        if self.rate is None:
            return
        self.started = self.started or time.monotonic()
        due = self.started + self.given / self.rate
        self.given += 1
        wait_s = due - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)


@dataclass(slots=True)
class Placing:
    """A number of connections that send the sales of a plan, each sale once per journal."""

    plan: Plan
    installation: Installation
    journal: Journal
    connections: int = 32
    rate: float | None = None
    patience_s: float = 300.0
    on_answer: Callable[[], None] = lambda: None
    repeated: int = 0
    _left: Iterator[Sale] = field(default_factory=lambda: iter(()))

    async def run(self) -> None:
        """Send every sale that has no answer yet, until it has. Raises Unreachable when patience ends."""
        self._left = iter([sale for sale in self.plan.sales if sale.invoice not in self.journal.answers])
        pace = Pace(self.rate)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.connections):
                    group.create_task(self._send_some(pace))
        except ExceptionGroup as group_of_them:
            raise group_of_them.exceptions[0] from group_of_them

    async def _send_some(self, pace: Pace) -> None:
        host, port = address(self.installation, "ordering")
        connection = Connection(host, port)
        for sale in self._left:
            await pace.next()
            await self._send(sale, connection)
            self.on_answer()
        connection.close()

    async def _send(self, sale: Sale, connection: Connection) -> None:
        raw = render("POST", "/orders", connection.host, sale.body, {"idempotency-key": self.journal.key(sale.invoice)})
        self.journal.note(Sent(sale.invoice))
        began = time.monotonic()
        pause_s = FIRST_PAUSE_S
        while True:
            answer, wait_s, failure = await self._try(connection, raw)
            if answer is not None:
                self.journal.note(answered(sale, answer, time.monotonic() - began))
                return
            if time.monotonic() - began > self.patience_s:
                raise Unreachable(f"Sale {sale.invoice} got no answer within {self.patience_s:g} s: {failure}")
            self.repeated += 1
            await asyncio.sleep(wait_s or pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _try(self, connection: Connection, raw: bytes) -> tuple[Answer | None, float | None, str]:
        """One try: its answer, or how long the server wants us to wait and why there is none."""
        try:
            answer = await connection.request(raw)
        except OSError as error:
            return None, None, str(error)
        if answer.status >= 500 or (answer.status == 409 and IN_USE.encode() in answer.body):
            return None, answer.retry_after_s, problem_of(answer)
        return answer, None, ""


def answered(sale: Sale, answer: Answer, seconds: float) -> Answered:
    """The journal's line for an answer."""
    seconds = round(seconds, 6)
    if answer.status == 201:
        return Answered(sale.invoice, 201, order=PLACED.decode(answer.body).id, seconds=seconds)
    return Answered(sale.invoice, answer.status, problem=problem_of(answer), seconds=seconds)
