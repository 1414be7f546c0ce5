"""Random programs on a real database: facts in any order, lost and late requests, people; then it must add up."""

import itertools
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from comanda.contexts.paying import provider as port
from comanda.contexts.paying.deadlines import judge
from comanda.kernel.event import Event
from comanda.kernel.ids import new_id
from comanda.messaging.intent_worker import Pace
from comanda.platform.database import Database as Pool
from tests.contexts.paying.facts import (
    TOTAL,
    came_back,
    delivered,
    order_canceled,
    order_created,
    order_failed,
    stock_reserved,
)
from tests.contexts.paying.provider import BadLine
from tests.contexts.paying.running import Paying, running
from tests.support.database import Database

METHODS = ("card", "card", "card", "bank_transfer", "on_delivery")
TOKENS = ("tok_approved", "tok_approved", "tok_declined", "tok_pending", "tok_refund_fails", "tok_refund_fails_once")


class Program:
    """One order's life, drawn from a seed."""

    def __init__(self, paying: Paying, line: BadLine, seed: int) -> None:
        self.paying, self.line, self.draw = paying, line, random.Random(seed)
        self.order = new_id()
        self.method = self.draw.choice(METHODS)
        self.token = self.draw.choice(TOKENS)
        self.leases: list[tuple[Any, Any]] = []
        self.unread = self._facts()

    def _facts(self) -> list[Event]:
        deadline = datetime.now(UTC) + timedelta(days=self.draw.choice((-1, 30)))
        facts: list[Event] = [
            order_created(self.order, method=self.method, token=self.token, deadline=deadline),
            stock_reserved(self.order),
        ]
        if self.draw.random() < 0.5:
            facts.append(self.draw.choice((order_canceled, order_failed))(self.order))
        if self.draw.random() < 0.4:
            facts += [delivered(self.order), came_back(self.order, self.draw.choice((300, TOTAL)))]
        if self.draw.random() < 0.4:
            self.draw.shuffle(facts)
        return facts

    async def run(self) -> None:
        """Every fact is read, with anything else happening in between."""
        while self.unread:
            await self.draw.choice(
                (self.reads, self.leases_calls, self.leases_calls, self.makes_a_call, self.somebody_acts)
            )()
        for _ in range(self.draw.randrange(25)):
            await self.draw.choice((self.leases_calls, self.makes_a_call, self.makes_a_call, self.somebody_acts))()

    async def reads(self) -> None:
        facts = [self.unread.pop(0) for _ in range(min(len(self.unread), self.draw.choice((1, 1, 2, 5))))]
        await self.paying.read(*facts)
        if self.draw.random() < 0.2:
            await self.paying.read(self.draw.choice(facts))

    async def leases_calls(self) -> None:
        self.leases += await self.paying.worker.lease()

    async def makes_a_call(self) -> None:
        """A worker wakes up, a zombie perhaps, on a line that may break."""
        if self.leases:
            self.line.troubles = [self.draw.choice(("", "lost", "delayed"))]
            await self.paying.worker.make(*self.leases.pop(self.draw.randrange(len(self.leases))))

    async def somebody_acts(self) -> None:
        async with self.paying.client() as staff:
            act = self.draw.choice(("confirm", "cancel", "capture", "refund", "deadlines", "late request"))
            if act == "refund":
                amount = {"amount": self.draw.choice((200, TOTAL)), "currency": "EUR"}
                await staff.post("/refunds", json={"order_id": self.order, "amount": amount, "reason": "r"})
            elif act == "deadlines":
                async with self.paying.service.begin() as work:
                    await judge(self.paying.service, work)
            elif act == "late request":
                await self.requests_arrive()
            else:
                await staff.post(f"/payment-intents/{self.order}/{act}")

    async def requests_arrive(self) -> None:
        """What was on its way reaches the provider."""
        while self.line.on_its_way:
            try:
                await self.line.on_its_way.pop()()
            except port.ProviderUnreachable:
                continue

    async def settle(self) -> None:
        """The line is whole again, and every call is made; zombies wake up last."""
        self.line.troubles = []
        await self.requests_arrive()
        await self.paying.call_provider()
        for intent, request in self.leases:
            await self.paying.worker.make(intent, request)
        await self.requests_arrive()
        await self.paying.call_provider()

    async def check(self) -> None:
        """It adds up: the row, the provider's list, the events, and the rules of the process."""
        assert await self.paying.rows("select 1 from intents") == []
        payment = await self.paying.payment(self.order)
        charges = await self.paying.rows("select * from provider_charges where key = $1", self.order)
        taken = [charge for charge in charges if charge["status"] == "captured"]
        events = await self._events()
        self._check_captures(payment, taken, [data for name, data in events if name in _CAPTURES])
        self._check_refunds(payment, taken, [data for name, data in events if name == "PaymentRefunded"])
        names = [name for name, _ in events]
        assert names.count("PaymentSucceeded") <= 1
        assert names.count("PaymentFailed") + names.count("PaymentVoided") <= 1
        if "PaymentFailed" in names and self.method == "card":
            assert not taken
        if payment["undone"]:
            listed = await self.paying.row(
                "select coalesce(sum(amount), 0)::bigint as sum from refunds"
                " where order_id = $1 and status = 'failed' and cause = 'undone'",
                self.order,
            )
            assert payment["captured"] - payment["refunded"] <= listed["sum"]
            assert payment["status"] in ("expected", "captured", "failed", "voided")
        elif self.method == "card":
            pending = payment["ask"] == "pending"
            assert pending or names.count("PaymentSucceeded") + names.count("PaymentFailed") == 1

    def _check_captures(self, payment: Any, taken: list[Any], events: list[Any]) -> None:
        assert payment["captured"] == sum(charge["amount"] for charge in taken)
        assert payment["captured"] == sum(event["amount"] for event in events)

    def _check_refunds(self, payment: Any, taken: list[Any], events: list[Any]) -> None:
        assert payment["refunded"] == sum(charge["refunded"] for charge in taken)
        remaining = payment["captured"]
        for event in events:
            remaining -= event["amount"]
            assert event["remaining"] == remaining
        assert remaining == payment["captured"] - payment["refunded"]

    async def _events(self) -> list[tuple[str, Any]]:
        rows = await self.paying.rows(
            "select split_part(type, '.', 3) as name, data from messaging.log where subject = $1 order by position",
            self.order,
        )
        return [(row["name"], msgspec.json.decode(row["data"])) for row in rows]


_CAPTURES = ("PaymentSucceeded", "PaymentCaptured")


@pytest.fixture
async def line(database: Database) -> AsyncIterator[BadLine]:
    """A provider whose line a test breaks."""
    pool = await Pool.open(database.dsn("paying"), service="paying")
    yield BadLine(pool)
    await pool.close()


@pytest.mark.parametrize("block", range(4))
async def test_whatever_happens_it_adds_up(database: Database, line: BadLine, block: int) -> None:
    async with running(database, line, Pace(lease_s=0.0, first_wait_s=0.0)) as paying:
        start = datetime.now(UTC)
        minutes = itertools.count()
        paying.service.transactions.clock = lambda: start + timedelta(minutes=next(minutes))
        for seed in range(block * 75, block * 75 + 75):
            await paying.rows("update sweeps set judged_until = $1", start + timedelta(minutes=next(minutes)))
            program = Program(paying, line, seed)
            try:
                await program.run()
                await program.settle()
                await program.check()
            except BaseException as error:
                error.add_note(f"seed {seed}")
                raise
