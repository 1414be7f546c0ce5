"""Roles of staff: named sets of permissions. A change is in force with the next access token, within minutes."""

from collections.abc import Sequence

import asyncpg

from comanda.contexts.profiling import staff_store
from comanda.contexts.profiling.contract.events import RoleDefined, RoleRemoved
from comanda.contexts.profiling.contract.views import RoleView
from comanda.contexts.profiling.errors import AdminIsFixed, RoleInUse, RoleNotFound, UnknownPermission
from comanda.kernel.permissions import PERMISSIONS
from comanda.messaging.service import Call

ALL = "*"


def check_permissions(permissions: Sequence[str]) -> None:
    """Raises UnknownPermission for one that there is not."""
    unknown = set(permissions) - PERMISSIONS.keys() - {ALL}
    if unknown:
        raise UnknownPermission(sorted(unknown))


async def define(name: str, description: str, permissions: Sequence[str], call: Call) -> RoleView:
    """The role with these permissions, new or not. Raises UnknownPermission, AdminIsFixed."""
    check_permissions(permissions)
    if name == staff_store.ADMIN:
        raise AdminIsFixed
    async with call.begin() as work:
        await staff_store.one_at_a_time(work.connection)
        found = await staff_store.roles(work.connection, name)
        role = RoleView(
            name=name,
            description=description,
            permissions=sorted(set(permissions)),
            created_at=found[0].created_at if found else work.now,
            updated_at=work.now,
        )
        await staff_store.put_role(work.connection, role)
        previous = found[0].permissions if found else []
        work.publish(RoleDefined(role=name, permissions=role.permissions, previous=previous))
    return role


async def remove(name: str, call: Call) -> None:
    """Delete a role that nobody has. Raises RoleNotFound, RoleInUse, AdminIsFixed."""
    if name == staff_store.ADMIN:
        raise AdminIsFixed
    async with call.begin() as work:
        await staff_store.one_at_a_time(work.connection)
        try:
            if not await staff_store.remove_role(work.connection, name):
                raise RoleNotFound
        except asyncpg.ForeignKeyViolationError as error:
            raise RoleInUse from error
        work.publish(RoleRemoved(role=name))
