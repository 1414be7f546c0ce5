"""Ordering on a real database: orders as they are placed, other services' events, requests, a look at the tables."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from comanda.contexts.ordering import store
from comanda.contexts.ordering.capabilities import access_token
from comanda.contexts.ordering.contract.events import Buyer, OrderLine
from comanda.contexts.ordering.order import FACETS, TRANSITIONS
from comanda.contexts.ordering.orders_in_batch import make_load
from comanda.contexts.ordering.placement import Deadlines, PlaceOrder, Totals, place
from comanda.contexts.ordering.reactions import reactions
from comanda.contexts.ordering.timeline import replay
from comanda.kernel.address import Address
from comanda.kernel.event import Event
from comanda.kernel.ids import new_id
from comanda.messaging.service import Service
from comanda.platform.auth import Principal
from comanda.platform.outbound import Answer
from tests.contexts.ordering.facts import (
    TRACE,
    confirmation_sent,
    payment_succeeded,
    recorded,
    shipment_delivered,
    shipment_dispatched,
    shipment_scheduled,
    stock_committed,
    stock_reserved,
)
from tests.support.services import STAFF, Caller, Services, customer

ADDRESS = Address(recipient="Ada Guest", street="Rua Exemplo", city="Lisboa", postal_code="1000-001", country="PT")

_keys = count()


class Desk:
    """The running services, and what a test asks of ordering."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.service: Service = services.process.services["ordering"]
        self.staff = services.call("ordering", STAFF)
        self.guest = services.call("ordering")

    def customer(self, customer_id: str) -> Caller:
        """A customer who calls ordering."""
        return self.services.call("ordering", customer(customer_id))

    def as_(self, principal: Principal) -> Caller:
        """Somebody who calls ordering."""
        return self.services.call("ordering", principal)

    def token(self, order_id: str) -> str:
        """The capability of a guest's order."""
        return access_token(self.service.state["secret"].encode(), order_id)

    async def place(
        self,
        *lines: tuple[str, int, int],
        customer_id: str | None = None,
        email: str = "ada@example.org",
        reference: str | None = None,
        payment_method: str = "card",
        created_at: datetime | None = None,
        expires_in_s: float = 3_600,
        currency: str = "EUR",
    ) -> str:
        """Write an order as placing writes it; lines are (sku, quantity, unit price). Answers its id."""
        ordered = [
            OrderLine(
                sku=sku,
                name=sku,
                quantity=quantity,
                unit_price=price,
                net=quantity * price,
                tax=0,
                gross=quantity * price,
            )
            for sku, quantity, price in lines or (("A", 2, 1_000),)
        ]
        totals = Totals(currency, ordered, sum(line.gross for line in ordered), 500, 0, "parcel:standard")
        command = PlaceOrder(
            id=new_id(),
            scope="test",
            key=str(next(_keys)),
            fingerprint=b"",
            cart_id=None,
            lines=(),
            customer_id=customer_id,
            buyer=Buyer(email=email, shipping_address=ADDRESS),
            country="PT",
            postal_code="1000-001",
            shipping_method=None,
            payment_method=payment_method,
            token="tok_approved",
            reference=reference,
            metadata=None,
            expected_total=None,
            language="en",
            actor=f"customer:{customer_id}" if customer_id else "guest",
            trace=TRACE,
        )
        now = created_at or datetime.now(UTC)
        deadlines = Deadlines(payment_s=0, order_s=int(expires_in_s), reservation_s=int(expires_in_s))
        async with self.service.begin() as work:
            (number,) = await store.draw_numbers(work.connection, 1)
            placement = place(command, totals, number, deadlines, now)
            await store.insert(work.connection, [placement], now)
        return command.id

    async def read(self, *events: Event) -> list[Event]:
        """Let the service react to a batch, the way its consumer does. Answers what it published."""
        batch = [recorded(event, position) for position, event in enumerate(events)]
        async with self.service.begin() as work:
            orders = await make_load(self.service)(work, batch)
            for item in batch:
                work.publish(*reactions.react(item, orders), trace=item.trace)
            await orders.flush(work)
            said = [outgoing.event for outgoing in work.outgoing]
        self.service.committed()
        return said

    async def paid(self, **options: Any) -> str:
        """An order whose payment is certain."""
        order_id = await self.place(**options)
        await self.read(stock_reserved(order_id), payment_succeeded(order_id))
        return order_id

    async def completed(self, **options: Any) -> str:
        """An order that is completed."""
        order_id = await self.paid(**options)
        await self.read(stock_committed(order_id), shipment_scheduled(order_id), confirmation_sent(order_id))
        return order_id

    async def delivered(self, *lines: tuple[str, int, int], **options: Any) -> str:
        """An order whose parcel has arrived."""
        order_id = await self.place(*lines, **options)
        await self.read(stock_reserved(order_id), payment_succeeded(order_id))
        await self.read(stock_committed(order_id), shipment_scheduled(order_id), confirmation_sent(order_id))
        await self.read(shipment_dispatched(order_id), shipment_delivered(order_id))
        return order_id

    async def order(self, order_id: str) -> dict[str, Any]:
        """An order as staff see it."""
        answer: dict[str, Any] = (await self.staff("GET", f"/orders/{order_id}")).checked().json()
        return answer

    async def status(self, order_id: str) -> str:
        """Where an order is."""
        return str((await self.order(order_id))["status"])

    async def timeline(self, order_id: str) -> list[dict[str, Any]]:
        """An order's timeline as staff see it."""
        items: list[dict[str, Any]] = (
            (await self.staff("GET", f"/orders/{order_id}/timeline")).checked().json()["items"]
        )
        return items

    async def ids(self, caller: Caller | None = None, **query: Any) -> list[str]:
        """The ids of a list of orders, all pages."""
        found: list[str] = []
        cursor: dict[str, Any] = {}
        while True:
            answer = await (caller or self.staff)("GET", "/orders", query=query | cursor)
            page = answer.checked().json()
            found += [order["id"] for order in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    async def published(self, subject: str) -> list[str]:
        """The names of what ordering has said about an order, in order."""
        rows = await self.rows(
            """
            select split_part(type, '.', 3) as name
            from messaging.log
            where subject = $1
            and type like 'comanda.ordering.%'
            order by position
            """,
            subject,
        )
        return [row["name"] for row in rows]

    async def said(self, subject: str, name: str) -> list[dict[str, Any]]:
        """The data of all events of a name about an order."""
        import msgspec

        rows = await self.rows(
            "select data from messaging.log where subject = $1 and type like $2 order by position",
            subject,
            f"comanda.ordering.{name}.v%",
        )
        return [msgspec.json.decode(row["data"]) for row in rows]

    async def rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        """What a query finds."""
        async with self.service.database.acquire() as connection:
            return [dict(row) for row in await connection.fetch(query, *arguments)]

    async def run(self, statement: str, *arguments: object) -> None:
        """Change the database behind ordering's back."""
        async with self.service.database.acquire() as connection:
            await connection.execute(statement, *arguments)

    async def assert_explained(self, order_id: str) -> None:
        """Replaying the timeline gives the row, along the table."""
        order = await self.order(order_id)
        changes = [entry["changes"] for entry in await self.timeline(order_id)]
        status = changes[0]["status"]
        for change in changes[1:]:
            if "status" in change:
                assert change["status"] in TRANSITIONS[status]
                status = change["status"]
        assert replay(changes) == {"status": order["status"]} | {facet: order[facet]["status"] for facet in FACETS}


def problem(answer: Answer) -> tuple[int, str]:
    """The status and the code of a problem."""
    return answer.status, answer.json()["type"].rpartition(":")[2]


def soon(seconds: float) -> datetime:
    """A moment from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)
