"""Signed links to guests' orders, for the messages that other services send."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from comanda.contexts.ordering.capabilities import link_token
from comanda.contexts.ordering.contract.views import LinksView, LinkView
from comanda.messaging.service import CallDep
from comanda.platform.http.access import SERVICE, AccessTable
from comanda.platform.http.fields import Body
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["orders"])

LINKS_ACCESS: AccessTable = {"POST /order-links": SERVICE}

MOST_LINKS = 1_000
LATEST = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""

_OF_GUESTS = """
    select id
    from orders
    where id = any ($1::uuid[])
    and customer_id is null
"""

OrderId = Annotated[
    str,
    Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", examples=["0198c0de-0000-7000-8000-000000000000"]),
]


class LinkBody(Body):
    """An order, and until when its link is to be good: seconds since 1970."""

    order_id: OrderId
    expires: Annotated[int, Field(ge=0, le=LATEST, examples=[1_800_000_000])]


class LinksBody(Body):
    """The links to sign."""

    links: Annotated[list[LinkBody], Field(max_length=MOST_LINKS)]


@router.post("/order-links")
async def sign_links(body: LinksBody, call: CallDep) -> LinksView:
    """For services: the tokens for links to guests' orders. A customer's order has none: its owner signs in."""
    async with call.service.database.acquire() as connection:
        rows = await connection.fetch(_OF_GUESTS, [link.order_id for link in body.links])
    guests, secret = {row["id"] for row in rows}, call.service.state["secret"].encode()
    return LinksView(
        links=[
            LinkView(
                order_id=link.order_id,
                expires=link.expires,
                token=link_token(secret, link.order_id, link.expires),
            )
            for link in body.links
            if link.order_id in guests
        ]
    )
