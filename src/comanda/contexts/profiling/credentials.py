"""Checking passwords: alike for known and unknown accounts, and only so often for one account and one address."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from math import ceil

from comanda.contexts.profiling import attempts, store
from comanda.contexts.profiling.account import Account
from comanda.contexts.profiling.email_address import key_of
from comanda.contexts.profiling.errors import TooManyAttempts, WrongCredentials, WrongPassword
from comanda.contexts.profiling.passwords import passwords_of
from comanda.messaging.log import Connection
from comanda.messaging.service import Call

WINDOW = timedelta(minutes=15)
"""Failed attempts are counted for a quarter of an hour from the first."""


Find = Callable[[Connection], Awaitable[Account | None]]


async def account_of(email: str, password: str, call: Call) -> Account:
    """The account with this e-mail and password.

    A known and an unknown e-mail are refused alike, after the same work.
    Raises WrongCredentials, TooManyAttempts, Unavailable when too many people sign in at once.
    """
    key = key_of(email)
    found = await _checked(key, password, call, lambda connection: store.account_with_email(connection, key))
    if found is None:
        raise WrongCredentials
    return found


async def confirmed(account: Account, password: str, call: Call) -> None:
    """Make sure that somebody who is signed in knows the password, too; failures count as those of signing in.

    Raises WrongPassword, TooManyAttempts, Unavailable.
    """

    async def itself(_: Connection) -> Account:
        return account

    if await _checked(account.email_key, password, call, itself) is None:
        raise WrongPassword


def address_of(call: Call) -> str | None:
    """The network address a limit counts for.

    A service that acts for people, such as the storefront, has one address for all of them: it has none here.
    """
    if call.request.client is None or call.principal.role == "service":
        return None
    return call.request.client.host


def check(counted: Mapping[bytes, tuple[int, datetime]], limits: Mapping[bytes, int], now: datetime) -> None:
    """Raises TooManyAttempts, which says for how many seconds."""
    for key, (count, ends_at) in counted.items():
        if count >= limits[key]:
            raise TooManyAttempts(max(1, ceil((ends_at - now).total_seconds())))


async def _checked(key: str, password: str, call: Call, find: Find) -> Account | None:
    """The account, if the password is right. A failure is counted before it is the next one's turn, so that many
    tries at once are not more tries.
    """
    service, passwords = call.service, passwords_of(call.service)
    account = attempts.key_of("account", key)
    limits = {account: service.settings["profiling.attempts_per_account"]}
    address = address_of(call)
    if address is not None:
        limits[attempts.key_of("address", address)] = service.settings["profiling.attempts_per_address"]
    async with passwords.turn():
        async with service.database.acquire() as connection:
            check(await attempts.counted(connection, list(limits), service.clock()), limits, service.clock())
            known = await find(connection)
        right = await passwords.verify(password, None if known is None else known.password_hash)
        async with service.database.acquire() as connection:
            if known is None or not right:
                await attempts.count(connection, list(limits), service.clock(), WINDOW)
                return None
            await attempts.forgive(connection, account)
    return known
