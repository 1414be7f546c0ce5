"""The built-in provider: takes every card without a network, and behaves as cards do when a token says so.

It keeps a ledger of its own, in its own tables and transactions, so that an answer that is lost is really lost.

| token | what happens |
|---|---|
| `tok_declined`, `tok_insufficient_funds` | the card is declined, for that reason |
| `tok_timeout` | the money is taken, the answer lost |
| `tok_pending` | the payer has to act first: pending until it is confirmed |
| `tok_refund_fails` | refunds are refused |
| `tok_refund_fails_once` | the first refund is refused, the next is paid |
| `tok_refund_timeout` | the first refund is paid, the answer lost |
| any other | the money is taken |
"""

from collections.abc import Sequence

from comanda.contexts.paying.provider import (
    Answer,
    Captured,
    Charge,
    Declined,
    Pending,
    ProviderUnreachable,
    Refunded,
    Refused,
    Voided,
)
from comanda.messaging.log import Connection
from comanda.platform.database import Database

_DECLINES = {"tok_declined": "declined", "tok_insufficient_funds": "insufficient_funds"}
_TO_BE_ASKED = frozenset(
    {"tok_timeout", "tok_pending", "tok_refund_fails", "tok_refund_fails_once", "tok_refund_timeout"}
)
_CAPTURED = Captured()


class BuiltInProvider:
    """A payment provider inside the service's own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def decides(self, token: str) -> Answer | None:
        """All that needs no call: approvals and declines."""
        if token in _TO_BE_ASKED:
            return None
        reason = _DECLINES.get(token)
        return Declined(reason) if reason else _CAPTURED

    async def charge(self, key: str, *, amount: int, currency: str, token: str) -> Answer:
        """Take the money, once for the key."""
        status = "pending" if token == "tok_pending" else "declined" if token in _DECLINES else "captured"
        async with self._database.acquire() as connection:
            first = await connection.fetchval(
                """
                insert into provider_charges (key, amount, currency, status, token, reason)
                values ($1, $2, $3, $4, $5, $6)
                on conflict (key) do nothing
                returning true
                """,
                key,
                amount,
                currency,
                status,
                token,
                _DECLINES.get(token, ""),
            )
            if first and token == "tok_timeout":
                raise ProviderUnreachable("the answer was lost")
            return await _state(connection, key)

    async def confirm(self, key: str) -> Answer:
        """The payer agrees: a pending charge is captured."""
        return await self._move(key, "captured")

    async def void(self, key: str) -> Answer:
        """End a pending charge, and leave a mark for a request that is still on its way."""
        async with self._database.acquire() as connection:
            await connection.execute(
                """
                insert into provider_charges (key, amount, currency, status)
                values ($1, 0, '', 'voided')
                on conflict (key) do nothing
                """,
                key,
            )
        return await self._move(key, "voided")

    async def refund(self, key: str, *, charge: str, amount: int) -> Refunded | Refused:
        """Send back what was taken, once for the key and never more than was taken."""
        async with self._database.acquire() as connection, connection.transaction():
            taken = await connection.fetchrow(
                "select amount, refunded, status, token from provider_charges where key = $1 for update", charge
            )
            if taken is None:
                return Refused("no such charge")
            known = await connection.fetchrow("select refused from provider_refunds where key = $1", key)
            if known is None:
                earlier = await connection.fetchval("select count(*) from provider_refunds where charge = $1", charge)
                refused = _why_refused(taken["token"], earlier, taken["amount"] - taken["refunded"] - amount)
                await _write_refund(connection, key, charge, amount, refused)
            else:
                refused = known["refused"]
        if known is None and earlier == 0 and taken["token"] == "tok_refund_timeout":
            raise ProviderUnreachable("the answer was lost")
        return Refused(refused) if refused else Refunded()

    async def list(self, after: str, limit: int) -> Sequence[Charge]:
        """The ledger."""
        async with self._database.acquire() as connection:
            rows = await connection.fetch(
                """
                select key, amount, currency, status, refunded
                from provider_charges
                where key > $1
                order by key
                limit $2
                """,
                after,
                limit,
            )
        return [Charge(**dict(row)) for row in rows]

    async def _move(self, key: str, status: str) -> Answer:
        async with self._database.acquire() as connection:
            await connection.execute(
                "update provider_charges set status = $2 where key = $1 and status = 'pending'", key, status
            )
            return await _state(connection, key)


async def _state(connection: Connection, key: str) -> Answer:
    row = await connection.fetchrow("select status, reason from provider_charges where key = $1", key)
    if row is None:
        return Voided()
    answers: dict[str, Answer] = {
        "captured": _CAPTURED,
        "declined": Declined(row["reason"]),
        "pending": Pending(),
        "voided": Voided(),
    }
    return answers[row["status"]]


async def _write_refund(connection: Connection, key: str, charge: str, amount: int, refused: str) -> None:
    await connection.execute(
        "insert into provider_refunds (key, charge, amount, refused) values ($1, $2, $3, $4)",
        key,
        charge,
        amount,
        refused,
    )
    if not refused:
        await connection.execute("update provider_charges set refunded = refunded + $2 where key = $1", charge, amount)


def _why_refused(token: str, earlier: int, left: int) -> str:
    """Empty: the refund is paid."""
    if token == "tok_refund_fails" or (token == "tok_refund_fails_once" and earlier == 0):
        return "the card's bank refused the refund"
    return "more than was taken" if left < 0 else ""
