"""Profiling's SQL on staff and their roles."""

from collections.abc import Sequence
from datetime import datetime

from comanda.contexts.profiling.account import Account, Standing
from comanda.contexts.profiling.contract.views import RoleView, StaffView
from comanda.messaging.log import Connection

ADMIN = "admin"
"""The role that is always there."""


async def one_at_a_time(connection: Connection) -> None:
    """Whoever changes staff or roles waits for the one before: so the last admin is counted right."""
    await connection.execute("select from roles where name = 'admin' for update")


async def add(connection: Connection, staff: StaffView, email_key: str, password_hash: str) -> None:
    """Write a new account. Raises UniqueViolationError when somebody has the e-mail."""
    await connection.execute(
        """
        insert into staff (id, email, email_key, name, password_hash, password_change_due, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $7)
        """,
        staff.id,
        staff.email,
        email_key,
        staff.name,
        password_hash,
        staff.password_change_due,
        staff.created_at,
    )


async def save(connection: Connection, staff: StaffView) -> None:
    """Write name and whether the account is disabled."""
    await connection.execute(
        """
        update staff
        set name = $2,
            disabled_at = case when $3 then coalesce(disabled_at, $4) end,
            updated_at = $4
        where id = $1
        """,
        staff.id,
        staff.name,
        staff.disabled,
        staff.updated_at,
    )


async def set_roles(connection: Connection, staff_id: str, roles: Sequence[str]) -> bool:
    """Give an account these roles and no others; False when one of them is unknown."""
    await connection.execute("delete from staff_roles where staff_id = $1", staff_id)
    given = await connection.fetch(
        """
        insert into staff_roles (staff_id, role)
        select $1, name
        from roles
        where name = any ($2::text[])
        returning role
        """,
        staff_id,
        list(roles),
    )
    return len(given) == len(set(roles))


async def set_password(
    connection: Connection, staff_id: str, password_hash: str, now: datetime, *, due: bool, was: str | None = None
) -> bool:
    """Write a password; `was`: only if that is still the present hash. Whether it was written."""
    found = await connection.fetchval(
        """
        update staff
        set password_hash = $2, password_change_due = $3, updated_at = $4
        where id = $1
        and ($5::text is null or password_hash = $5)
        returning true
        """,
        staff_id,
        password_hash,
        due,
        now,
        was,
    )
    return found is True


async def remove(connection: Connection, staff_id: str) -> None:
    """Delete an account."""
    await connection.execute("delete from staff where id = $1", staff_id)


async def is_empty(connection: Connection) -> bool:
    """Whether there is no staff yet."""
    return not await connection.fetchval("select exists (select from staff)")


async def has_admin(connection: Connection) -> bool:
    """Whether somebody could sign in as an admin."""
    found = await connection.fetchval(
        """
        select exists (
            select
            from staff_roles
            join staff on staff.id = staff_roles.staff_id
            where staff_roles.role = 'admin'
            and staff.disabled_at is null
        )
        """
    )
    return found is True


async def standing(connection: Connection, staff_id: str) -> Standing | None:
    """What somebody may do at present; None for who is not, or not any more, of the staff."""
    row = await connection.fetchrow(
        """
        select coalesce(bool_or(roles.name = 'admin'), false) as admin,
            coalesce(array_agg(distinct permission) filter (where permission is not null), '{}') as permissions
        from staff
        left join staff_roles on staff_roles.staff_id = staff.id
        left join roles on roles.name = staff_roles.role
        left join lateral unnest(roles.permissions) as permission on true
        where staff.id = $1
        and staff.disabled_at is null
        group by staff.id
        """,
        staff_id,
    )
    return None if row is None else Standing(row["admin"], frozenset(row["permissions"]))


async def account(connection: Connection, staff_id: str) -> Account | None:
    """What somebody signs in with."""
    row = await connection.fetchrow(
        "select id, 'staff', email_key, password_hash from staff where id = $1 and disabled_at is null", staff_id
    )
    return None if row is None else Account(*row)


async def read(connection: Connection, staff_id: str) -> StaffView | None:
    """An account."""
    row = await connection.fetchrow(_ONE, staff_id)
    return None if row is None else StaffView(**dict(row))


async def page(connection: Connection, after: str | None, limit: int) -> list[StaffView]:
    """Accounts, the oldest first."""
    return [StaffView(**dict(row)) for row in await connection.fetch(_PAGE, after, limit)]


async def roles(connection: Connection, name: str | None = None) -> list[RoleView]:
    """All roles by name, or one of them."""
    rows = await connection.fetch(
        """
        select name, description, permissions, created_at, updated_at
        from roles
        where ($1::text is null or name = $1)
        order by name
        """,
        name,
    )
    return [RoleView(**dict(row)) for row in rows]


async def put_role(connection: Connection, role: RoleView) -> None:
    """Write a role, new or not."""
    await connection.execute(
        """
        insert into roles (name, description, permissions, created_at, updated_at)
        values ($1, $2, $3, $4, $5)
        on conflict (name) do update
        set description = excluded.description, permissions = excluded.permissions, updated_at = excluded.updated_at
        """,
        role.name,
        role.description,
        role.permissions,
        role.created_at,
        role.updated_at,
    )


async def remove_role(connection: Connection, name: str) -> bool:
    """Delete a role; whether there was one. Raises ForeignKeyViolationError while somebody has it."""
    found = await connection.fetchval("delete from roles where name = $1 returning true", name)
    return found is True


_ONE = """
    select id, email, name, password_change_due, disabled_at is not null as disabled, created_at, updated_at,
        array(select role from staff_roles where staff_id = staff.id order by role) as roles
    from staff
    where id = $1
"""

_PAGE = """
    select id, email, name, password_change_due, disabled_at is not null as disabled, created_at, updated_at,
        array(select role from staff_roles where staff_id = staff.id order by role) as roles
    from staff
    where ($1::text is null or id > $1)
    order by id
    limit $2
"""
