"""Routes about shipments."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field, StringConstraints

from comanda.contexts.shipping import carriers, listing, move_parcel, send_by_hand
from comanda.contexts.shipping.contract.views import ShipmentStatus, ShipmentView, TrackingView
from comanda.contexts.shipping.label import label
from comanda.contexts.shipping.send_by_hand import SendByHand
from comanda.contexts.shipping.shipment import Content, Parcel, WrongState
from comanda.contexts.shipping.tariff import carrier_of
from comanda.kernel.errors import Invalid, NotFound
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import is_id
from comanda.messaging.service import Call, CallDep
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.fields import AddressBody, Body, MoneyBody, OptionalLine, Paragraph, Quantity, ShortText, Sku
from comanda.platform.http.pages import Limit, Page, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)

ZPL = "application/zpl"


class ReasonBody(Body):
    """Why."""

    reason: Annotated[Paragraph, StringConstraints(max_length=500)] = ""


class PiecesBody(Body):
    """Some pieces of one product."""

    sku: Sku
    quantity: Quantity


class ContentBody(PiecesBody):
    """Pieces in a parcel, and what they are called."""

    name: OptionalLine = ""


class ShipmentBody(Body):
    """A parcel sent by hand: what is in it, what it cost, where it goes and how."""

    order_id: Annotated[str, StringConstraints(max_length=50)]
    customer_id: ShortText | None = None
    lines: Annotated[list[ContentBody], Field(min_length=1, max_length=1_000)]
    value: MoneyBody
    weight_g: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    shipping_address: AddressBody
    shipping_method: ShortText = "parcel:standard"

    def command(self) -> SendByHand:
        """As the use case's word. Raises NotFound for what cannot be an order's id."""
        if not is_id(self.order_id):
            raise NotFound("There is no such order.")
        parcel = Parcel(
            carrier=carrier_of(self.shipping_method),
            method=self.shipping_method,
            lines=[Content(sku=line.sku, quantity=line.quantity, name=line.name) for line in self.lines],
            value=self.value.amount,
            currency=self.value.currency,
            weight_g=self.weight_g,
            country=self.shipping_address.country,
        )
        return SendByHand(
            order_id=self.order_id,
            customer_id=self.customer_id,
            parcel=parcel,
            recipient=self.shipping_address.address(""),
        )


class ReturnBody(Body):
    """Whether what came back can be sold again, and which pieces of it, when it is not all."""

    restockable: bool
    lines: Annotated[list[PiecesBody], Field(max_length=1_000)] | None = None


@router.get("/shipments")
async def list_shipments(
    call: CallDep,
    order_id: Annotated[ShortText | None, Query(description="Only those of this order.")] = None,
    status: ShipmentStatus | None = None,
    kind: Literal["outbound", "return"] | None = None,
    customer_id: Annotated[ShortText | None, Query(description="Only this customer's (staff).")] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[ShipmentView]:
    """Shipments and returns, newest first. Customers see their own."""
    owner = call.principal.owner
    if (order_id is not None and not is_id(order_id)) or (owner is not None and customer_id not in (None, owner)):
        return Page(items=[])
    before = str(decode_cursor(cursor, str)[0]) if cursor else listing.NEWEST
    if not is_id(before):
        raise Invalid("This cursor was not given by this list.")
    wanted = listing.Filter(
        order_id=order_id,
        customer=customer_id if owner is None else owner,
        status=status,
        kind=kind,
        before=before,
        limit=limit,
    )
    async with call.service.database.acquire() as connection:
        found = await listing.shipments(connection, wanted)
    return page_of(found, limit, lambda shipment: (shipment.id,))


@router.post("/shipments", status_code=201, response_model=ShipmentView)
async def add_shipment(body: ShipmentBody, call: CallDep) -> Response:
    """Send a parcel for an order that another system runs. A managed order's shipment makes itself: 409."""
    command = body.command()
    await send_by_hand.check_order(call.service, command.order_id)
    return await call.once(lambda work: send_by_hand.send(command, call.service, work), status=201)


@router.get("/shipments/{shipment_id}")
async def get_shipment(shipment_id: str, call: CallDep) -> ShipmentView:
    """One shipment or return."""
    found = None
    if is_id(shipment_id):
        async with call.service.database.acquire() as connection:
            found = await listing.shipment(connection, shipment_id, call.principal.owner)
    if found is None:
        raise NotFound("There is no such shipment.")
    return found


@router.get(
    "/shipments/{shipment_id}/label.zpl",
    response_class=PlainTextResponse,
    responses={200: {"content": {ZPL: {"schema": {"type": "string"}}}}},
)
async def get_label(shipment_id: str, call: CallDep) -> Response:
    """A parcel's label for a label printer (ZPL II, 4 × 6 inches). A void label, or one without an address: 409."""
    shipment = await get_shipment(shipment_id, call)
    if shipment.label == "void" or shipment.recipient is None or shipment.tracking_number is None:
        raise WrongState("There is no label to print.", shipment_status=shipment.status)
    return Response(label(shipment), media_type=ZPL)


@router.get("/tracking/{number}")
async def track_parcel(number: Annotated[str, StringConstraints(max_length=100)], call: CallDep) -> TrackingView:
    """Where a parcel is, for whoever has its number; nothing about whom it belongs to."""
    found = None
    if "\x00" not in number:
        async with call.service.database.acquire() as connection:
            found = await listing.tracked(connection, number, carriers.known(call.service))
    if found is None:
        raise NotFound("There is no such parcel.")
    return found


@router.post("/shipments/{shipment_id}/dispatch", response_model=ShipmentView)
async def dispatch_shipment(shipment_id: str, call: CallDep) -> Response:
    """The parcel leaves: from now on the order cannot be canceled."""
    return await _once(call, shipment_id, lambda work: move_parcel.dispatch(work, shipment_id))


@router.post("/shipments/{shipment_id}/deliver", response_model=ShipmentView)
async def deliver_shipment(shipment_id: str, call: CallDep) -> Response:
    """The parcel has arrived. What is paid on delivery is taken now."""
    return await _once(call, shipment_id, lambda work: move_parcel.deliver(work, shipment_id))


@router.post("/shipments/{shipment_id}/cancel", response_model=ShipmentView)
async def cancel_shipment(shipment_id: str, call: CallDep, body: ReasonBody | None = None) -> Response:
    """The parcel does not leave, which cancels its order."""
    reason = body.reason if body else ""
    return await _once(call, shipment_id, lambda work: move_parcel.cancel(work, shipment_id, reason))


@router.post("/shipments/{shipment_id}/fail", response_model=ShipmentView)
async def fail_shipment(shipment_id: str, call: CallDep, body: ReasonBody | None = None) -> Response:
    """The carrier cannot take the parcel after all, which fails its order."""
    reason = body.reason if body else ""
    return await _once(call, shipment_id, lambda work: move_parcel.fail(work, shipment_id, reason))


@router.post("/shipments/{shipment_id}/return", response_model=ShipmentView)
async def receive_return(shipment_id: str, body: ReturnBody, call: CallDep) -> Response:
    """An approved return has come, or a dispatched parcel that was refused at the door or lost.

    The id is the return's shipment, or the parcel that left: a dispatched one comes back whole, for a delivered one
    the approved return that has waited longest is taken. The answer is the shipment that came back.
    """
    lines = None if body.lines is None else [Pieces(sku=line.sku, quantity=line.quantity) for line in body.lines]
    return await _once(call, shipment_id, lambda work: move_parcel.receive(work, shipment_id, body.restockable, lines))


async def _once(call: Call, shipment_id: str, act: Callable[[UnitOfWork], Awaitable[ShipmentView]]) -> Response:
    if not is_id(shipment_id):
        raise NotFound("There is no such shipment.")
    return await call.once(act)
