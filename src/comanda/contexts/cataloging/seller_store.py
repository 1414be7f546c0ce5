"""The SQL of suspended sellers and of the jobs that tell about their products."""

from collections.abc import Mapping
from dataclasses import dataclass

from comanda.messaging.log import Connection

_SUSPEND = """
    insert into suspended_sellers (seller_id)
    select seller_id
    from unnest($1::text[]) as new (seller_id)
    on conflict (seller_id) do nothing
"""

_REINSTATE = "delete from suspended_sellers where seller_id = any ($1::text[])"

_BEGIN_JOBS = """
    insert into seller_jobs (seller_id)
    select seller_id
    from unnest($1::text[]) as new (seller_id)
    on conflict (seller_id) do update set after = '', updated_at = now()
"""

_HAS_JOBS = "select exists (select from seller_jobs)"

_NEXT_JOB = """
    select seller_id, after, exists (
        select
        from suspended_sellers
        where suspended_sellers.seller_id = seller_jobs.seller_id
    ) as suspended
    from seller_jobs
    order by updated_at
    limit 1
"""

_ACTIVE = """
    select sku
    from products
    where seller_id = $1
    and sku > $2
    and status = 'active'
    order by sku
    limit $3
"""

_MOVE_JOB = "update seller_jobs set after = $2, updated_at = now() where seller_id = $1"

_END_JOB = "delete from seller_jobs where seller_id = $1"


@dataclass(frozen=True, slots=True)
class Job:
    """A seller whose products are to be told about, after a sku; `suspended` is how it is now."""

    seller_id: str
    after: str
    suspended: bool


async def set_suspended(connection: Connection, suspended: Mapping[str, bool]) -> None:
    """Suspend and reinstate sellers; their jobs begin from the start."""
    out = [seller for seller, is_out in suspended.items() if is_out]
    back = [seller for seller, is_out in suspended.items() if not is_out]
    if out:
        await connection.execute(_SUSPEND, out)
    if back:
        await connection.execute(_REINSTATE, back)
    await connection.execute(_BEGIN_JOBS, list(suspended))


async def has_jobs(connection: Connection) -> bool:
    """Whether there is anything to tell."""
    return bool(await connection.fetchval(_HAS_JOBS))


async def next_job(connection: Connection) -> Job | None:
    """The job that has waited longest."""
    row = await connection.fetchrow(_NEXT_JOB)
    return None if row is None else Job(**row)


async def active_skus(connection: Connection, seller_id: str, after: str, limit: int) -> list[str]:
    """A seller's active products after a sku."""
    return [row["sku"] for row in await connection.fetch(_ACTIVE, seller_id, after, limit)]


async def move_job(connection: Connection, seller_id: str, after: str) -> None:
    """Go on after this sku the next time."""
    await connection.execute(_MOVE_JOB, seller_id, after)


async def end_job(connection: Connection, seller_id: str) -> None:
    """All is told."""
    await connection.execute(_END_JOB, seller_id)
