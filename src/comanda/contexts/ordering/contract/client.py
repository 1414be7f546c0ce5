"""What other services, the dialects and the sites ask of ordering."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

from comanda.contexts.ordering.contract.glances import GlancePage, decode_glances
from comanda.contexts.ordering.contract.shades import Shade
from comanda.contexts.ordering.contract.views import (
    ComparisonView,
    CurrencyView,
    LinksView,
    OrderImportView,
    OrderPage,
    OrderStatusView,
    OrderView,
    QuoteView,
    ReturnPage,
    ReturnView,
    StatisticsView,
    TaskPage,
    TaskView,
    TimelineEntryView,
    TimelinePage,
)
from comanda.kernel.errors import NotFound
from comanda.kernel.ids import is_id
from comanda.platform.outbound import Outbound, Query

StatusWord = Literal[
    "created", "reserved", "paid", "shipping_scheduled", "completed", "failed", "canceled", "shipped", "delivered"
]
"""What can be written as a status; the last two are completed with that facet."""

UNDER_WAY = ("created", "reserved", "paid", "shipping_scheduled")


class OrderingClient:
    """Ordering's routes as functions; bodies and queries are those of the routes.

    Every one raises Unavailable when ordering cannot be reached. `token` is the capability of a guest's order.
    """

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def quote(self, body: Mapping[str, Any]) -> QuoteView:
        """What a cart or lines would cost; what stands in the way is in its problems. Raises Invalid."""
        return QuoteView.model_validate_json(await self._send("POST", "/checkout", body))

    async def place(self, body: Mapping[str, Any], *, key: str | None = None) -> OrderView:
        """Place an order, with `key` at most once. Raises Invalid, Conflict."""
        return OrderView.model_validate_json(await self._send("POST", "/orders", body, key=key))

    async def link_tokens(self, links: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
        """Tokens for links to guests' orders, each good until a time in seconds since 1970. Others are left out."""
        body = {"links": [{"order_id": order_id, "expires": expires} for order_id, expires in links]}
        signed = LinksView.model_validate_json(await self._send("POST", "/order-links", body))
        return {(link.order_id, link.expires): link.token for link in signed.links}

    async def orders(self, query: Query) -> OrderPage:
        """A page of orders; `query` as for GET /orders: status, customer_id, query, sort, limit, cursor …"""
        answer = (await self._outbound.call("GET", "/orders", query=query)).checked()
        return OrderPage.model_validate_json(answer.body)

    async def glances(self, query: Query) -> GlancePage:
        """As `orders`, of each order what long lists show."""
        answer = (await self._outbound.call("GET", "/orders", query=query)).checked()
        return decode_glances(answer.body)

    async def order(self, order_id: str, *, token: str | None = None) -> OrderView:
        """One order. Raises NotFound."""
        return OrderView.model_validate_json(await self._get(_path(order_id), token))

    async def order_numbered(self, number: int) -> OrderView:
        """The order with a number. Raises NotFound."""
        return await self._only({"number": number, "limit": 1})

    async def order_referenced(self, reference: str) -> OrderView:
        """The order with a reference. Raises NotFound."""
        return await self._only({"reference": reference, "limit": 1})

    async def _only(self, query: Query) -> OrderView:
        page = await self.orders(query)
        if not page.items:
            raise NotFound("There is no such order.", cause="no-such-order")
        return page.items[0]

    async def status(self, order_id: str, *, token: str | None = None) -> OrderStatusView:
        """How far an order is, with its milestones. Raises NotFound."""
        return OrderStatusView.model_validate_json(await self._get(f"{_path(order_id)}/status", token))

    async def timeline(self, order_id: str, *, token: str | None = None) -> TimelinePage:
        """What has happened to an order, the first 200 entries. Raises NotFound."""
        return TimelinePage.model_validate_json(await self._get(f"{_path(order_id)}/timeline", token))

    async def follow(self, order_id: str, *, after: int = 0) -> AsyncGenerator[TimelineEntryView, None]:
        """What has happened to an order after an entry of its timeline, and what happens as it does.

        Ends when ordering ends it or is lost: then it is asked again, after the last entry. Raises NotFound.
        """
        async with self._outbound.follow(f"{_path(order_id)}/events", str(after)) as events:
            async for event in events:
                if event.name == "change":
                    yield TimelineEntryView.model_validate_json(event.data)

    async def is_under_way(self, customer_id: str) -> bool:
        """Whether an order of the customer has neither ended nor been completed."""
        page = await self.orders({"customer_id": customer_id, "status": UNDER_WAY, "kind": "managed", "limit": 1})
        return bool(page.items)

    async def agree_to_erase(self, customer_id: str) -> None:
        """Have nothing ordered for a customer any more. Raises Conflict while an order of theirs is under way."""
        (await self._outbound.call("PUT", f"/erasures/{quote(customer_id, safe='')}")).checked()

    async def cancel(
        self,
        order_id: str,
        reason: str | None = None,
        *,
        unpaid_only: bool = False,
        token: str | None = None,
        key: str | None = None,
    ) -> OrderView:
        """Cancel an order: it answers canceled, or with the cancel requested. Raises NotFound, Conflict."""
        body: dict[str, Any] = {"unpaid_only": unpaid_only} | ({"reason": reason} if reason else {})
        return OrderView.model_validate_json(await self._send("POST", f"{_path(order_id)}/cancel", body, token, key))

    async def put_status(
        self, order_id: str, status: StatusWord, *, present: Sequence[Shade] | None = None
    ) -> OrderView:
        """Write a status. `present`: shades in which a managed order is already as asked, and stays as it is.

        Raises NotFound, Conflict, Invalid.
        """
        body = {"status": status} if present is None else {"status": status, "present": list(present)}
        return OrderView.model_validate_json(await self._send("PUT", f"{_path(order_id)}/status", body))

    async def note(self, order_id: str, text: str, *, key: str | None = None) -> TimelineEntryView:
        """Keep a note for staff. Raises NotFound."""
        body = await self._send("POST", f"{_path(order_id)}/notes", {"text": text}, key=key)
        return TimelineEntryView.model_validate_json(body)

    async def record(self, body: Mapping[str, Any], *, key: str | None = None) -> OrderView:
        """Write down an order that another system ran. Raises Conflict for a taken reference, Invalid."""
        return OrderView.model_validate_json(await self._send("POST", "/orders/recorded", body, key=key))

    async def change(self, order_id: str, changes: Mapping[str, Any]) -> OrderView:
        """Change a recorded order. Raises NotFound, Conflict, Invalid."""
        return OrderView.model_validate_json(await self._send("PATCH", _path(order_id), changes))

    async def delete(self, order_id: str) -> None:
        """Hide a recorded order; its reference is free again. Raises NotFound, Conflict."""
        (await self._outbound.call("DELETE", _path(order_id))).checked()

    async def import_orders(
        self, orders: Sequence[Mapping[str, Any]], credits: Sequence[Mapping[str, Any]] = ()
    ) -> OrderImportView:
        """Write down orders and credits of the past, 1,000 at most; the same again changes nothing."""
        body = {"orders": list(orders), "credits": list(credits)}
        return OrderImportView.model_validate_json(await self._send("POST", "/orders/import", body))

    async def request_return(
        self, body: Mapping[str, Any], *, token: str | None = None, key: str | None = None
    ) -> ReturnView:
        """Ask for pieces of a delivered order to be taken back. Raises NotFound, Conflict, Invalid."""
        return ReturnView.model_validate_json(await self._send("POST", "/returns", body, token, key))

    async def returns(self, query: Query) -> ReturnPage:
        """A page of returns; `query` as for GET /returns: order_id, status, customer_id, limit, cursor, token."""
        answer = (await self._outbound.call("GET", "/returns", query=query)).checked()
        return ReturnPage.model_validate_json(answer.body)

    async def approve_return(self, return_id: str, note: str | None = None, *, key: str | None = None) -> ReturnView:
        """Agree to a return. Raises NotFound, Conflict."""
        body = await self._send("POST", f"/returns/{return_id}/approve", {"note": note}, key=key)
        return ReturnView.model_validate_json(body)

    async def reject_return(self, return_id: str, reason: str, *, key: str | None = None) -> ReturnView:
        """Decline a return. Raises NotFound, Conflict."""
        body = await self._send("POST", f"/returns/{return_id}/reject", {"reason": reason}, key=key)
        return ReturnView.model_validate_json(body)

    async def statistics(self) -> StatisticsView:
        """All orders in figures."""
        return StatisticsView.model_validate_json(await self._get("/stats"))

    async def currency(self) -> str:
        """The currency of clients whose amounts name none."""
        return CurrencyView.model_validate_json(await self._get("/currency")).currency

    async def tasks(self, query: Query) -> TaskPage:
        """A page of what staff have to do; `query` as for GET /tasks: done, kind, order_id, limit, cursor."""
        answer = (await self._outbound.call("GET", "/tasks", query=query)).checked()
        return TaskPage.model_validate_json(answer.body)

    async def finish_task(self, task_id: str) -> TaskView:
        """Say that a task is done. Raises NotFound."""
        return TaskView.model_validate_json(await self._send("POST", f"/tasks/{task_id}/done", {}))

    async def compare(self, *, cursor: str | None = None, heal: bool = False) -> ComparisonView:
        """Compare 50 orders with what the other services say about them. Raises Unavailable."""
        body = {"cursor": cursor, "heal": heal}
        return ComparisonView.model_validate_json(await self._send("POST", "/comparisons", body))

    async def _get(self, path: str, token: str | None = None) -> bytes:
        query = {"token": token} if token else None
        return (await self._outbound.call("GET", path, query=query)).checked().body

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any], token: str | None = None, key: str | None = None
    ) -> bytes:
        query = {"token": token} if token else None
        return (await self._outbound.call(method, path, query=query, json=body, key=key)).checked().body


def _path(order_id: str) -> str:
    """Where an order is. Raises NotFound for what cannot be an order's id."""
    if not is_id(order_id):
        raise NotFound("There is no such order.", cause="no-such-order")
    return f"/orders/{order_id}"
