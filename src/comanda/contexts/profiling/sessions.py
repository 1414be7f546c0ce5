"""Sign in, go on with a refresh token, sign out."""

import secrets
from dataclasses import replace
from datetime import timedelta

from comanda.contexts.profiling import api_token_store, attempts, mail_tokens, session_store, staff_store, store
from comanda.contexts.profiling.contract.events import SessionsEnded
from comanda.contexts.profiling.contract.views import EndedSessionsView, OpenSessionView, SessionView
from comanda.contexts.profiling.credentials import account_of
from comanda.contexts.profiling.errors import CustomerNotFound, SessionNotFound, SessionOver, WrongCredentials
from comanda.contexts.profiling.session_store import Session
from comanda.contexts.profiling.signing_keys import signing_key
from comanda.kernel.ids import new_id
from comanda.messaging.background import every
from comanda.messaging.service import Call, Service
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.auth import Role, sign

LONGEST_USER_AGENT = 200

SWEEP_S = 3_600.0


async def sign_in(email: str, password: str, call: Call) -> SessionView:
    """A new session. A known and an unknown e-mail are refused alike, after the same time.

    Raises WrongCredentials, TooManyAttempts, Unavailable when too many people sign in at once.
    """
    account = await account_of(email, password, call)
    days = timedelta(days=call.service.settings["profiling.session_days"])
    async with call.begin() as work:
        session = Session(new_id(), account.kind, account.id, work.now + days, _user_agent(call))
        token = secrets.token_urlsafe(32)
        view = await _view(session, token, work, call.service)
        if view is None:
            raise WrongCredentials
        await session_store.add_session(work.connection, session, work.now, token)
        return view


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
            view = await _view(session, token, work, call.service)
            if view is not None:
                await session_store.exchange_token(work.connection, session, work.now, refresh_token, token)
                return view
            await session_store.revoke(work.connection, session.id, session.subject, work.now)
    raise SessionOver


async def sign_out(call: Call) -> None:
    """End the session that the access token was made for. Raises SessionNotFound."""
    session_id = call.principal.session
    if session_id is None:
        raise SessionNotFound
    async with call.begin() as work:
        if not await session_store.revoke(work.connection, session_id, call.principal.id, work.now):
            raise SessionNotFound


async def sign_out_of(session_id: str, call: Call) -> None:
    """End one of the caller's sessions. Raises SessionNotFound."""
    subject = call.principal.id or ""
    async with call.begin() as work:
        if not await session_store.revoke(work.connection, session_id, subject, work.now):
            raise SessionNotFound


async def list_own(call: Call) -> list[OpenSessionView]:
    """Where the caller is signed in, the newest first."""
    subject = call.principal.id or ""
    async with call.service.database.acquire() as connection:
        rows = await session_store.open_sessions(connection, subject, call.service.clock())
    return [OpenSessionView(**dict(row), current=row["id"] == call.principal.session) for row in rows]


async def sign_out_everywhere(call: Call) -> EndedSessionsView:
    """End all sessions of the caller, the present one included."""
    role: Role = "customer" if call.principal.role == "customer" else "staff"
    return await end_sessions(call.principal.id or "", role, call)


async def end_sessions(subject: str, role: Role, call: Call) -> EndedSessionsView:
    """End all sessions of an account."""
    async with call.begin() as work:
        ended = await session_store.revoke_all(work.connection, subject, work.now)
        if ended:
            work.publish(SessionsEnded(owner_id=subject, owner=role, sessions=ended))
    return EndedSessionsView(ended=ended)


async def end_sessions_of_customer(customer_id: str, call: Call) -> EndedSessionsView:
    """The same, by staff for a customer. Raises CustomerNotFound."""
    async with call.service.database.acquire() as connection:
        if await store.read_customer(connection, customer_id, None) is None:
            raise CustomerNotFound
    return await end_sessions(customer_id, "customer", call)


async def sweep(service: Service) -> None:
    """Drop what is over once an hour, for as long as the service runs."""
    await every(service, SWEEP_S, lambda: sweep_once(service), "sessions.sweep_put_off")


async def sweep_once(service: Service) -> None:
    """Drop sessions that expired a day ago, and attempts that are not counted any more."""
    async with service.begin() as work:
        await session_store.forget_old(work.connection, work.now - timedelta(days=1))
        await attempts.forget_old(work.connection, work.now)
        await mail_tokens.forget_old(work.connection, work.now)
        await api_token_store.forget_old(work.connection, work.now - timedelta(days=30))


def _user_agent(call: Call) -> str:
    """What the caller calls itself; what no terminal or database should get is left out."""
    sent = call.request.headers.get("user-agent", "")
    return "".join(letter for letter in sent if letter.isprintable())[:LONGEST_USER_AGENT]


async def _view(session: Session, refresh_token: str, work: UnitOfWork, service: Service) -> SessionView | None:
    """The tokens; None for staff who are not any more."""
    role, permissions, minutes = session.role, frozenset[str](), service.settings["profiling.access_token_minutes"]
    if role == "staff":
        standing = await staff_store.standing(work.connection, session.subject)
        if standing is None:
            return None
        role = "admin" if standing.admin else "staff"
        permissions, minutes = standing.permissions, service.settings["profiling.staff_token_minutes"]
    access_token = sign(
        await signing_key(work.connection),
        role=role,
        subject=session.subject,
        session=session.id,
        permissions=permissions,
        lifetime_s=60 * minutes,
    )
    return SessionView(access_token=access_token, expires_in=60 * minutes, refresh_token=refresh_token)
