"""Lists of commandes: bare arrays, newest first, counted by `skip` and `limit`, with a link to what follows."""

from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import URL
from starlette.responses import Response

from comanda.contexts.ordering.contract.client import OrderingClient
from comanda.contexts.ordering.contract.glances import Glance
from comanda.contexts.ordering.dialects.commandes.bodies import Commande, encode
from comanda.contexts.ordering.dialects.commandes.words import GUEST, WORDS
from comanda.messaging.service import json_response
from comanda.platform.http.pages import LARGEST_PAGE

MOST_LISTED = 1_000
MOST_SKIPPED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which commandes. `cursor` comes with the link to the next ones and stands in the place of `skip`."""

    status: str | None = None
    customer_id: str | None = None
    skip: int = 0
    limit: int = 100
    cursor: str | None = None

    def query(self) -> dict[str, Any]:
        """As ordering is asked. Raises UnknownWord for a status that is none."""
        query: dict[str, Any] = {}
        if self.status is not None:
            query["status"] = WORDS.shades(self.status)
        if self.customer_id == GUEST:
            query["guest"] = "true"
        elif self.customer_id is not None:
            query["customer_id"] = self.customer_id
        if self.cursor is not None:
            query["cursor"] = self.cursor
        elif self.skip:
            query["skip"] = self.skip
        return query


async def commandes(ordering: OrderingClient, wanted: Wanted, url: URL) -> Response:
    """The list, and in its header `Link` the address of the next ones: following it costs the same however deep.

    Ordering is asked once for every 200 orders. Raises UnknownWord, Invalid.
    """
    currency = await ordering.currency()
    found, cursor = await _orders(ordering, wanted)
    response = json_response(encode([Commande.of(order, currency) for order in found]))
    if cursor is not None:
        behind = replace(wanted, skip=min(wanted.skip + wanted.limit, MOST_SKIPPED), cursor=cursor)
        response.headers["Link"] = f'<{_address(url, behind)}>; rel="next"'
    return response


async def _orders(ordering: OrderingClient, wanted: Wanted) -> tuple[list[Glance], str | None]:
    found: list[Glance] = []
    query = wanted.query()
    while True:
        page = await ordering.glances(query | {"limit": min(wanted.limit - len(found), LARGEST_PAGE)})
        found += page.items
        if page.next_cursor is None or len(found) >= wanted.limit:
            return found, page.next_cursor
        query = {name: value for name, value in query.items() if name != "skip"} | {"cursor": page.next_cursor}


def _address(url: URL, wanted: Wanted) -> URL:
    return url.include_query_params(skip=wanted.skip, limit=wanted.limit, cursor=wanted.cursor)
