"""Profiling's routes about staff, their roles and what those are made of."""

from typing import Annotated

from fastapi import APIRouter, Path

from comanda.contexts.profiling import roles, sessions, staff, staff_store
from comanda.contexts.profiling.contract.views import (
    EndedSessionsView,
    NewStaffView,
    PasswordView,
    PermissionView,
    RoleView,
    StaffView,
)
from comanda.contexts.profiling.errors import RoleNotFound, StaffNotFound
from comanda.contexts.profiling.requests import NewStaff, OtherPassword, RoleBody, StaffChanges, StaffPassword
from comanda.kernel.permissions import PERMISSIONS, STAFF_READ
from comanda.messaging.service import CallDep
from comanda.platform.http import access
from comanda.platform.http.fields import NO_NUL
from comanda.platform.http.pages import Limit, Page, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

STAFF_ACCESS: access.AccessTable = {
    "GET /staff": access.staff(STAFF_READ),
    "POST /staff": access.ADMIN,
    "GET /staff/me": access.STAFF_SESSION,
    "PUT /staff/me/password": access.STAFF_SESSION,
    "GET /staff/{staff_id}": access.staff(STAFF_READ),
    "PATCH /staff/{staff_id}": access.ADMIN,
    "DELETE /staff/{staff_id}": access.ADMIN,
    "PUT /staff/{staff_id}/password": access.ADMIN,
    "DELETE /staff/{staff_id}/sessions": access.ADMIN,
    "GET /permissions": access.staff(STAFF_READ),
    "GET /roles": access.staff(STAFF_READ),
    "GET /roles/{role}": access.staff(STAFF_READ),
    "PUT /roles/{role}": access.ADMIN,
    "DELETE /roles/{role}": access.ADMIN,
}

router = APIRouter(route_class=CheckedRoute, tags=["staff"])

StaffId = Annotated[str, Path(max_length=50, pattern=NO_NUL)]
RoleName = Annotated[str, Path(max_length=50, pattern=r"^[a-z][a-z0-9_-]*$")]


@router.get("/staff")
async def list_staff(call: CallDep, limit: Limit = 50, cursor: PageCursor = None) -> Page[StaffView]:
    """The accounts of staff, the oldest first."""
    after = None if cursor is None else str(decode_cursor(cursor, str)[0])
    async with call.service.database.acquire() as connection:
        found = await staff_store.page(connection, after, limit + 1)
    return page_of(found, limit, lambda one: (one.id,))


@router.post("/staff", status_code=201)
async def add_staff(body: NewStaff, call: CallDep) -> NewStaffView:
    """Make an account. Without a password it gets a random one, which is shown this once."""
    return await staff.add(body.email, body.name, body.roles, body.password, call)


@router.get("/staff/me")
async def read_own_account(call: CallDep) -> StaffView:
    """The member of staff who asks."""
    return await read_staff(call.principal.id or "", call)


@router.put("/staff/me/password", status_code=204)
async def change_own_password_of_staff(body: OtherPassword, call: CallDep) -> None:
    """Change one's own password; the present one is asked for. All other sessions end."""
    await staff.change_own_password(body.password, body.new_password, call)


@router.get("/staff/{staff_id}")
async def read_staff(staff_id: StaffId, call: CallDep) -> StaffView:
    """One account."""
    async with call.service.database.acquire() as connection:
        found = await staff_store.read(connection, staff_id)
    if found is None:
        raise StaffNotFound
    return found


@router.patch("/staff/{staff_id}")
async def change_staff(staff_id: StaffId, body: StaffChanges, call: CallDep) -> StaffView:
    """Change name or roles, close or open an account. The last admin stays (409)."""
    return await staff.change(staff_id, body.model_dump(exclude_unset=True), call)


@router.delete("/staff/{staff_id}", status_code=204)
async def remove_staff(staff_id: StaffId, call: CallDep) -> None:
    """Delete an account. The last admin stays (409)."""
    await staff.remove(staff_id, call)


@router.put("/staff/{staff_id}/password")
async def set_password_of_staff(staff_id: StaffId, body: StaffPassword, call: CallDep) -> PasswordView:
    """Give an account a password, or a random one, which is shown this once. It is signed out everywhere."""
    return await staff.set_password(staff_id, body.password, call)


@router.delete("/staff/{staff_id}/sessions")
async def end_sessions_of_staff(staff_id: StaffId, call: CallDep) -> EndedSessionsView:
    """Sign an account out everywhere."""
    await read_staff(staff_id, call)
    return await sessions.end_sessions(staff_id, "staff", call)


@router.get("/permissions")
async def list_permissions(call: CallDep) -> Page[PermissionView]:
    """What roles are made of."""
    return Page(items=[PermissionView(name=name, description=text) for name, text in PERMISSIONS.items()])


@router.get("/roles")
async def list_roles(call: CallDep) -> Page[RoleView]:
    """All roles. `admin` is always there and may do everything."""
    async with call.service.database.acquire() as connection:
        return Page(items=await staff_store.roles(connection))


@router.get("/roles/{role}")
async def read_role(role: RoleName, call: CallDep) -> RoleView:
    """One role."""
    async with call.service.database.acquire() as connection:
        found = await staff_store.roles(connection, role)
    if not found:
        raise RoleNotFound
    return found[0]


@router.put("/roles/{role}")
async def define_role(role: RoleName, body: RoleBody, call: CallDep) -> RoleView:
    """Make a role, or give it other permissions, which are in force within minutes."""
    return await roles.define(role, body.description, body.permissions, call)


@router.delete("/roles/{role}", status_code=204)
async def remove_role(role: RoleName, call: CallDep) -> None:
    """Delete a role that nobody has any more (else 409)."""
    await roles.remove(role, call)
