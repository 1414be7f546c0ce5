"""Sellers: adding, changing, suspending and removing them. Their rows are locked before anything is published."""

from dataclasses import dataclass

import asyncpg

from comanda.contexts.administering.contract.events import SellerAdded, SellerReinstated, SellerSuspended
from comanda.contexts.administering.contract.views import SellerStatus, SellerView
from comanda.contexts.administering.errors import SellerChanged, SellerNameTaken, UnknownSeller
from comanda.kernel.ids import is_id, new_id
from comanda.messaging.log import Connection
from comanda.messaging.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerFields:
    """What staff say of a seller; None leaves it as it is."""

    name: str | None = None
    email: str | None = None
    description: str | None = None


async def add(work: UnitOfWork, fields: SellerFields) -> SellerView:
    """A new seller, who may offer products at once. Raises SellerNameTaken."""
    try:
        row = await work.connection.fetchrow(
            """
            insert into sellers (id, name, email, description)
            values ($1, $2, $3, $4)
            returning *
            """,
            new_id(),
            fields.name,
            fields.email or "",
            fields.description or "",
        )
    except asyncpg.UniqueViolationError as error:
        raise SellerNameTaken(fields.name or "") from error
    seller = _view(row)
    work.publish(SellerAdded(seller_id=seller.id, name=seller.name))
    return seller


async def change(work: UnitOfWork, seller_id: str, fields: SellerFields, version: int | None) -> SellerView:
    """New values. Raises UnknownSeller, SellerNameTaken, or SellerChanged if `version` is not the present one."""
    present = await _lock(work, seller_id)
    if version is not None and version != present.version:
        raise SellerChanged(present.version)
    try:
        row = await work.connection.fetchrow(
            """
            update sellers
            set name = coalesce($2, name), email = coalesce($3, email), description = coalesce($4, description),
                version = version + 1, updated_at = $5
            where id = $1
            returning *
            """,
            seller_id,
            fields.name,
            fields.email,
            fields.description,
            work.now,
        )
    except asyncpg.UniqueViolationError as error:
        raise SellerNameTaken(fields.name or "") from error
    return _view(row)


async def suspend(work: UnitOfWork, seller_id: str, reason: str) -> SellerView:
    """Nothing of the seller can be bought for now. Of one who is suspended already only the reason is new."""
    present = await _lock(work, seller_id)
    if present.status != "suspended":
        work.publish(SellerSuspended(seller_id=seller_id, reason=reason))
    return await _set_status(work, seller_id, "suspended", reason)


async def reinstate(work: UnitOfWork, seller_id: str) -> SellerView:
    """A suspended seller's products can be bought again; for one who is not, nothing happens."""
    present = await _lock(work, seller_id)
    if present.status == "active":
        return present
    work.publish(SellerReinstated(seller_id=seller_id))
    return await _set_status(work, seller_id, "active", "")


async def remove(work: UnitOfWork, seller_id: str) -> None:
    """The seller is gone for good, and what they offered cannot be bought; orders placed already go on."""
    present = await _lock(work, seller_id)
    if present.status == "active":
        work.publish(SellerSuspended(seller_id=seller_id, reason="removed"))
    await work.connection.execute(
        """
        update sellers
        set status = 'removed', reason = 'removed', version = version + 1, updated_at = $2
        where id = $1
        """,
        seller_id,
        work.now,
    )


async def find(connection: Connection, seller_id: str) -> SellerView:
    """One seller. Raises UnknownSeller, for a removed one too."""
    if not is_id(seller_id):
        raise UnknownSeller(seller_id)
    row = await connection.fetchrow("select * from sellers where id = $1 and status <> 'removed'", seller_id)
    if row is None:
        raise UnknownSeller(seller_id)
    return _view(row)


async def page(
    connection: Connection, *, status: SellerStatus | None, query: str | None, after: tuple[str, str] | None, limit: int
) -> list[SellerView]:
    """Sellers by name, and one more than the page holds. `after`: name and id of the last one before."""
    name, seller_id = after or (None, None)
    rows = await connection.fetch(
        """
        select *
        from sellers
        where status <> 'removed'
        and ($1::text is null or status = $1)
        and ($2::text is null or strpos(lower(name), lower($2)) > 0)
        and ($3::text is null or (lower(name), id) > (lower($3), $4::uuid))
        order by lower(name), id
        limit $5
        """,
        status,
        query,
        name,
        seller_id,
        limit + 1,
    )
    return [_view(row) for row in rows]


async def _lock(work: UnitOfWork, seller_id: str) -> SellerView:
    row = None
    if is_id(seller_id):
        row = await work.connection.fetchrow(
            "select * from sellers where id = $1 and status <> 'removed' for update", seller_id
        )
    if row is None:
        raise UnknownSeller(seller_id)
    return _view(row)


async def _set_status(work: UnitOfWork, seller_id: str, status: SellerStatus, reason: str) -> SellerView:
    row = await work.connection.fetchrow(
        """
        update sellers
        set status = $2, reason = $3, version = version + 1, updated_at = $4
        where id = $1
        returning *
        """,
        seller_id,
        status,
        reason,
        work.now,
    )
    return _view(row)


def _view(row: asyncpg.Record | None) -> SellerView:
    assert row is not None
    return SellerView(**dict(row))
