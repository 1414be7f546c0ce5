"""Sign in, go on with a refresh token, sign out."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

import structlog

from comanda.contexts.profiling import attempts, session_store, store
from comanda.contexts.profiling.contract.views import SessionView
from comanda.contexts.profiling.email_address import key_of
from comanda.contexts.profiling.errors import SessionNotFound, SessionOver, TooManyAttempts, WrongCredentials
from comanda.contexts.profiling.passwords import passwords_of
from comanda.contexts.profiling.session_store import Session
from comanda.contexts.profiling.signing_keys import signing_key
from comanda.kernel.ids import new_id
from comanda.messaging.service import Call, Service
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.auth import sign
from comanda.platform.database import is_transient

WINDOW = timedelta(minutes=15)
"""Failed attempts are counted for a quarter of an hour from the first."""

SWEEP_S = 3_600.0

_logger = structlog.get_logger(__name__)


async def sign_in(email: str, password: str, call: Call) -> SessionView:
    """A new session. A known and an unknown e-mail are refused alike, after the same time.

    Raises WrongCredentials, TooManyAttempts, Unavailable when too many people sign in at once.
    """
    customer_id = await _verified(email, password, call)
    days = timedelta(days=call.service.settings["profiling.session_days"])
    async with call.begin() as work:
        session = Session(new_id(), "customer", customer_id, work.now + days)
        token = secrets.token_urlsafe(32)
        await session_store.add_session(work.connection, session, work.now, token)
        return await _view(session, token, work, call.service)


async def go_on(refresh_token: str, call: Call) -> SessionView:
    """New tokens for the session. One that was used before was copied by somebody: the session ends for both.

    Raises SessionOver.
    """
    async with call.begin() as work:
        session = await session_store.lock_session_of(work.connection, refresh_token)
        if session is not None and session.token_used:
            await session_store.revoke(work.connection, session.id, session.subject, work.now)
            session = replace(session, revoked=True)
        if session is not None and not session.revoked and session.expires_at > work.now:
            token = secrets.token_urlsafe(32)
            await session_store.exchange_token(work.connection, session, work.now, refresh_token, token)
            return await _view(session, token, work, call.service)
    raise SessionOver


async def sign_out(call: Call) -> None:
    """End the session that the access token was made for. Raises SessionNotFound."""
    session_id = call.principal.session
    if session_id is None:
        raise SessionNotFound
    async with call.begin() as work:
        if not await session_store.revoke(work.connection, session_id, call.principal.id, work.now):
            raise SessionNotFound


async def sweep(service: Service) -> None:
    """Drop what is over once an hour, for as long as the service runs."""
    while not await service.pause(SWEEP_S):
        try:
            await sweep_once(service)
        except Exception as error:
            if not is_transient(error):
                raise
            _logger.warning("sessions.sweep_put_off", error=str(error))


async def sweep_once(service: Service) -> None:
    """Drop sessions that expired a day ago, and attempts that are not counted any more."""
    async with service.begin() as work:
        await session_store.forget_old(work.connection, work.now - timedelta(days=1))
        await attempts.forget_old(work.connection, work.now)


async def _verified(email: str, password: str, call: Call) -> str:
    """The id of the customer with this e-mail and password. Failures count, for the account and for the address.

    They are counted before it is the next one's turn, so that many tries at once are not more tries. A service that
    signs people in, such as the storefront, has one address for all of them: it is not counted.
    """
    service, passwords = call.service, passwords_of(call.service)
    key = key_of(email)
    account = attempts.key_of("account", key)
    limits = {account: service.settings["profiling.attempts_per_account"]}
    if call.request.client is not None and call.principal.role != "service":
        address = attempts.key_of("address", call.request.client.host)
        limits[address] = service.settings["profiling.attempts_per_address"]
    async with passwords.turn():
        async with service.database.acquire() as connection:
            _check(await attempts.counted(connection, list(limits), service.clock()), limits, service.clock())
            known = await store.credentials(connection, key)
        right = await passwords.verify(password, None if known is None else known[1])
        async with service.database.acquire() as connection:
            if known is None or not right:
                await attempts.count(connection, list(limits), service.clock(), WINDOW)
                raise WrongCredentials
            await attempts.forgive(connection, account)
    return known[0]


def _check(counted: Mapping[bytes, tuple[int, datetime]], limits: Mapping[bytes, int], now: datetime) -> None:
    """Raises TooManyAttempts, which says for how many seconds."""
    for key, (count, ends_at) in counted.items():
        if count >= limits[key]:
            raise TooManyAttempts(max(1, ceil((ends_at - now).total_seconds())))


async def _view(session: Session, refresh_token: str, work: UnitOfWork, service: Service) -> SessionView:
    lifetime_s = 60 * int(service.settings["profiling.access_token_minutes"])
    key = await signing_key(work.connection)
    access_token = sign(key, role=session.role, subject=session.subject, session=session.id, lifetime_s=lifetime_s)
    return SessionView(access_token=access_token, expires_in=lifetime_s, refresh_token=refresh_token)
