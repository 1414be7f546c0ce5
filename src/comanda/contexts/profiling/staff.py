"""Accounts of staff: made, changed, closed by admins. There is always one admin who can sign in."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from comanda.contexts.profiling import session_store, staff_store
from comanda.contexts.profiling.contract.events import StaffAdded, StaffChanged, StaffPasswordSet, StaffRemoved
from comanda.contexts.profiling.contract.views import NewStaffView, PasswordView, StaffView
from comanda.contexts.profiling.credentials import confirmed
from comanda.contexts.profiling.email_address import as_written, key_of
from comanda.contexts.profiling.errors import EmailTaken, LastAdmin, StaffNotFound, UnknownRole, WrongPassword
from comanda.contexts.profiling.passwords import Passwords, passwords_of
from comanda.kernel.ids import new_id
from comanda.messaging.service import Call, Service
from comanda.messaging.unit_of_work import UnitOfWork

ONE_TIME_BYTES = 15
"""120 random bits, 20 characters."""


async def add(email: str, name: str, roles: Sequence[str], password: str | None, call: Call) -> NewStaffView:
    """A new account. Without a password it gets a random one, which is answered this once and due to be changed.

    Raises EmailTaken, UnknownRole.
    """
    given = password or one_time_password()
    password_hash = await _hashed(given, passwords_of(call.service))
    async with call.begin() as work:
        added = await write_new(work, email, name, roles, password_hash, due=password is None)
    return NewStaffView(**added.model_dump(), one_time_password=None if password else given)


async def write_new(
    work: UnitOfWork, email: str, name: str, roles: Sequence[str], password_hash: str, *, due: bool
) -> StaffView:
    """Write an account. Raises EmailTaken, UnknownRole."""
    await staff_store.one_at_a_time(work.connection)
    staff = StaffView(
        id=new_id(),
        email=as_written(email),
        name=name,
        roles=sorted(set(roles)),
        disabled=False,
        password_change_due=due,
        created_at=work.now,
        updated_at=work.now,
    )
    try:
        await staff_store.add(work.connection, staff, key_of(email), password_hash)
    except asyncpg.UniqueViolationError as error:
        raise EmailTaken from error
    if not await staff_store.set_roles(work.connection, staff.id, staff.roles):
        raise UnknownRole
    work.publish(StaffAdded(staff_id=staff.id, roles=staff.roles))
    return staff


async def change(staff_id: str, changes: Mapping[str, Any], call: Call) -> StaffView:
    """The account with these values of `name`, `roles` and `disabled`.

    Whoever is disabled is signed out at once; an access token that they hold ends within its few minutes.
    Raises StaffNotFound, UnknownRole, LastAdmin.
    """
    async with call.begin() as work:
        await staff_store.one_at_a_time(work.connection)
        staff = await staff_store.read(work.connection, staff_id)
        if staff is None:
            raise StaffNotFound
        changed = staff.model_copy(update={**changes})
        changed.roles = sorted(set(changed.roles))
        if changed == staff:
            return staff
        changed.updated_at = work.now
        await staff_store.save(work.connection, changed)
        if changed.roles != staff.roles and not await staff_store.set_roles(work.connection, staff_id, changed.roles):
            raise UnknownRole
        await _keep_an_admin(work, staff)
        if changed.disabled:
            await session_store.revoke_all(work.connection, staff_id, work.now)
        work.publish(StaffChanged(staff_id=staff_id, roles=changed.roles, disabled=changed.disabled))
        return changed


async def remove(staff_id: str, call: Call) -> None:
    """Delete an account and sign it out. Raises StaffNotFound, LastAdmin."""
    async with call.begin() as work:
        await staff_store.one_at_a_time(work.connection)
        staff = await staff_store.read(work.connection, staff_id)
        if staff is None:
            raise StaffNotFound
        await staff_store.remove(work.connection, staff_id)
        await _keep_an_admin(work, staff)
        await session_store.revoke_all(work.connection, staff_id, work.now)
        work.publish(StaffRemoved(staff_id=staff_id))


async def set_password(staff_id: str, password: str | None, call: Call) -> PasswordView:
    """Give an account a password, or a random one that is answered this once; it is signed out everywhere.

    Raises StaffNotFound.
    """
    given = password or one_time_password()
    password_hash = await _hashed(given, passwords_of(call.service))
    async with call.begin() as work:
        if not await staff_store.set_password(work.connection, staff_id, password_hash, work.now, due=True):
            raise StaffNotFound
        await session_store.revoke_all(work.connection, staff_id, work.now)
        work.publish(StaffPasswordSet(staff_id=staff_id))
    return PasswordView(one_time_password=None if password else given)


async def change_own_password(password: str, new_password: str, call: Call) -> None:
    """Change one's password; all other sessions end. Raises WrongPassword, TooManyAttempts, StaffNotFound."""
    staff_id = call.principal.id or ""
    async with call.service.database.acquire() as connection:
        account = await staff_store.account(connection, staff_id)
    if account is None:
        raise StaffNotFound
    await confirmed(account, password, call)
    new_hash = await _hashed(new_password, passwords_of(call.service))
    async with call.begin() as work:
        was = account.password_hash
        if not await staff_store.set_password(work.connection, staff_id, new_hash, work.now, due=False, was=was):
            raise WrongPassword
        await session_store.revoke_all(work.connection, staff_id, work.now, but=call.principal.session)
        work.publish(StaffPasswordSet(staff_id=staff_id))


async def ensure_first_admin(service: Service, email: str, password: str | None) -> str | None:
    """Make an admin if there is no staff yet; answers the password, None when there was somebody."""
    async with service.database.acquire() as connection:
        if not await staff_store.is_empty(connection):
            return None
    given = password or one_time_password()
    password_hash = await _hashed(given, passwords_of(service))
    async with service.begin() as work:
        await staff_store.one_at_a_time(work.connection)
        if not await staff_store.is_empty(work.connection):
            return None
        await write_new(work, email, "", [staff_store.ADMIN], password_hash, due=password is None)
    return given


def one_time_password() -> str:
    """A random password for somebody who is to choose their own."""
    return secrets.token_urlsafe(ONE_TIME_BYTES)


async def _keep_an_admin(work: UnitOfWork, changed: StaffView) -> None:
    """Whoever is not one was not the last one."""
    was_admin = staff_store.ADMIN in changed.roles and not changed.disabled
    if was_admin and not await staff_store.has_admin(work.connection):
        raise LastAdmin


async def _hashed(password: str, passwords: Passwords) -> str:
    async with passwords.turn():
        return await passwords.hash(password)
