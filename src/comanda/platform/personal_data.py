"""What a service holds about a person: the shape in which every service tells it, and the client that asks.

Every service that holds personal data has the internal route `GET /personal-data/{customer_id}`. It answers records in
a stable order, a page at a time, so that a customer with thousands of orders needs no more memory than one with ten.
"""

from collections.abc import AsyncIterator
from urllib.parse import quote

import msgspec

from comanda.platform.outbound import Outbound

PAGE = 200


class PersonalRecord(msgspec.Struct, frozen=True):
    """One thing that is held about a person: an order, an address, a message …"""

    kind: str
    data: msgspec.Raw


class PersonalPage(msgspec.Struct, frozen=True):
    """A part of what a service holds. `next_cursor` is null on the last page."""

    items: list[PersonalRecord]
    next_cursor: str | None


class PersonalDataClient:
    """A service that holds personal data, as seen from the one that gathers them."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def page(self, customer_id: str, cursor: str | None = None, *, limit: int = PAGE) -> PersonalPage:
        """A page of what the service holds about a customer. Raises Unavailable when it cannot be reached."""
        query: dict[str, str | int] = {"limit": limit}
        if cursor is not None:
            query["cursor"] = cursor
        answer = await self._outbound.call("GET", f"/personal-data/{quote(customer_id, safe='')}", query=query)
        return _decode(answer.checked().body)

    async def records(self, customer_id: str) -> AsyncIterator[PersonalRecord]:
        """All that the service holds about a customer, page after page."""
        cursor = None
        while True:
            page = await self.page(customer_id, cursor)
            for record in page.items:
                yield record
            cursor = page.next_cursor
            if cursor is None:
                return


_decode = msgspec.json.Decoder(PersonalPage).decode
