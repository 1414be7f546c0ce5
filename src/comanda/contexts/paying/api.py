"""Paying over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.responses import Response

from comanda.contexts.paying import open_payment, queries, refund_payment, webhooks
from comanda.contexts.paying.compare_with_provider import PIECE, compare, key_in
from comanda.contexts.paying.contract.views import (
    AcceptedView,
    ComparisonView,
    PaymentIntentView,
    RefundView,
    WebhookView,
)
from comanda.contexts.paying.ordered import read_ordered
from comanda.contexts.paying.provider import Answer, ProviderUnreachable
from comanda.contexts.paying.requests import ComparisonBody, OpenPaymentBody, RefundBody, SettleBody
from comanda.contexts.paying.till import till_of
from comanda.kernel.ids import is_id
from comanda.messaging.service import Call, CallDep
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.pages import InvalidCursor, Limit, Page, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)

IntentId = Annotated[UUID, Path(description="The payment intent's id, which is its order's.")]
RefundId = Annotated[UUID, Path(description="The refund's id.")]
OrderId = Annotated[UUID | None, Query(description="Only this order's.")]
ProviderName = Annotated[str, Path(max_length=50, pattern="^[a-z0-9-]+$")]
IntentStatus = Literal["created", "outstanding", "captured", "failed", "voided"]
Method = Literal["card", "bank_transfer", "on_delivery"]
RefundStatus = Literal["pending", "succeeded", "failed", "canceled", "settled"]


@router.post("/payment-intents", status_code=201, response_model=PaymentIntentView)
async def create_payment_intent(body: OpenPaymentBody, call: CallDep) -> Response:
    """Create an intent for a recorded order. A managed order gets its own by itself (409)."""
    command = body.command()
    await open_payment.check_order(command, call.service.outbound("ordering"))

    async def effect(work: UnitOfWork) -> BaseModel:
        await open_payment.open_payment(command, till_of(call.service), work)
        return await queries.intent(work.connection, command.order_id, None)

    return await call.once(effect, status=201)


@router.get("/payment-intents")
async def list_payment_intents(
    call: CallDep,
    order_id: OrderId = None,
    status: Annotated[IntentStatus | None, Query()] = None,
    method: Annotated[Method | None, Query()] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[PaymentIntentView]:
    """List payment intents, newest order first; customers see their own."""
    before = _id_in(cursor)
    async with call.service.database.acquire() as connection:
        found = await queries.intents(
            connection,
            owner=call.principal.owner,
            order_id=str(order_id) if order_id else None,
            status=status,
            method=method,
            before=before,
            limit=limit + 1,
        )
    return page_of(found, limit, lambda intent: (intent.id,))


@router.get("/payment-intents/{intent_id}")
async def get_payment_intent(intent_id: IntentId, call: CallDep) -> PaymentIntentView:
    """Get a payment intent."""
    async with call.service.database.acquire() as connection:
        return await queries.intent(connection, str(intent_id), call.principal.owner)


@router.post("/payment-intents/{intent_id}/confirm", response_model=PaymentIntentView)
async def confirm_payment_intent(intent_id: IntentId, call: CallDep) -> Response:
    """Record that a transfer was received, or that the payer of a pending card agreed.

    Money for an order that is over is accepted too, and refunded at once.
    """
    order_id, till = str(intent_id), till_of(call.service)
    answer = await _ask_the_payer(order_id, call)

    async def effect(work: UnitOfWork) -> BaseModel:
        await open_payment.confirm_payment(order_id, answer, till, work)
        return await queries.intent(work.connection, order_id, None)

    return await call.once(effect)


@router.post("/payment-intents/{intent_id}/capture", response_model=PaymentIntentView)
async def capture_payment_intent(intent_id: IntentId, call: CallDep) -> Response:
    """Record that what was due on delivery has been paid."""
    order_id = str(intent_id)

    async def effect(work: UnitOfWork) -> BaseModel:
        await open_payment.collect_payment(order_id, till_of(call.service), work)
        return await queries.intent(work.connection, order_id, None)

    return await call.once(effect)


@router.post("/payment-intents/{intent_id}/cancel", response_model=PaymentIntentView)
async def cancel_payment_intent(intent_id: IntentId, call: CallDep) -> Response:
    """Give up an unpaid intent, which fails its order. An outstanding or captured one answers 409.

    Where the provider has been asked already, its answer is waited for, and "captured" still counts.
    """
    order_id = str(intent_id)

    async def effect(work: UnitOfWork) -> BaseModel:
        await open_payment.cancel_payment(order_id, till_of(call.service), work)
        return await queries.intent(work.connection, order_id, None)

    return await call.once(effect)


@router.post("/refunds", status_code=201, response_model=RefundView)
async def create_refund(body: RefundBody, call: CallDep) -> Response:
    """Send money back, never more than is left. It is `pending` until the provider has answered."""
    command = body.command()
    ordered = await read_ordered(call.service.outbound("ordering"), command.order_id) if command.needs_lines else None

    async def effect(work: UnitOfWork) -> BaseModel:
        refund_id = await refund_payment.refund_payment(command, ordered, till_of(call.service), work)
        return await queries.refund(work.connection, refund_id, None)

    return await call.once(effect, status=201)


@router.get("/refunds")
async def list_refunds(
    call: CallDep,
    order_id: OrderId = None,
    status: Annotated[RefundStatus | None, Query(description="`failed`: staff have to see to it.")] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[RefundView]:
    """List refunds, newest first; customers see their own."""
    before = _id_in(cursor)
    async with call.service.database.acquire() as connection:
        found = await queries.refunds(
            connection,
            owner=call.principal.owner,
            order_id=str(order_id) if order_id else None,
            status=status,
            before=before,
            limit=limit + 1,
        )
    return page_of(found, limit, lambda refund: (refund.id,))


@router.get("/refunds/{refund_id}")
async def get_refund(refund_id: RefundId, call: CallDep) -> RefundView:
    """Get a refund."""
    async with call.service.database.acquire() as connection:
        return await queries.refund(connection, str(refund_id), call.principal.owner)


@router.post("/refunds/{refund_id}/retry", response_model=RefundView)
async def retry_refund(refund_id: RefundId, call: CallDep) -> Response:
    """Ask the provider once more for a refund that it refused."""

    async def effect(work: UnitOfWork) -> BaseModel:
        await refund_payment.retry_refund(str(refund_id), till_of(call.service), work)
        return await queries.refund(work.connection, str(refund_id), None)

    return await call.once(effect)


@router.post("/refunds/{refund_id}/settle", response_model=RefundView)
async def settle_refund(refund_id: RefundId, body: SettleBody, call: CallDep) -> Response:
    """Note that a refund which the provider refused was paid by other means."""

    async def effect(work: UnitOfWork) -> BaseModel:
        await refund_payment.settle_refund(str(refund_id), body.note, till_of(call.service), work)
        return await queries.refund(work.connection, str(refund_id), None)

    return await call.once(effect)


@router.post("/comparisons")
async def compare_with_provider(body: ComparisonBody, call: CallDep) -> ComparisonView:
    """Compare payments with the provider's own list, 200 charges at a time; money that was missed may be taken over."""
    return await compare(call.service, key_in(body.cursor), PIECE, heal=body.heal)


@router.get("/webhooks/{provider}")
async def get_webhook(provider: ProviderName, call: CallDep) -> WebhookView:
    """Where a provider is to send its webhooks, and what it signs them with."""
    webhooks.check_provider(provider)
    async with call.service.database.acquire() as connection:
        secret = await webhooks.secret_of(connection, provider)
    return WebhookView(provider=provider, path=f"/webhooks/{provider}", secret=secret)


@router.post("/webhooks/{provider}", status_code=202)
async def receive_webhook(provider: ProviderName, call: CallDep) -> AcceptedView:
    """Take in a provider's webhook, signed after Standard Webhooks. What it is about is asked of the provider."""
    webhooks.check_provider(provider)
    body = await call.request.body()
    async with call.service.database.acquire() as connection:
        secret = await webhooks.secret_of(connection, provider)
    webhooks.verify(call.request.headers, body, secret, call.service.clock())
    async with call.begin() as work:
        await webhooks.charge_changed(body, till_of(call.service), work)
    return AcceptedView(accepted=True)


async def _ask_the_payer(order_id: str, call: Call) -> Answer | None:
    """A pending card is confirmed at the provider first; None when there is nothing to confirm, or no answer."""
    till = till_of(call.service)
    async with call.service.database.acquire() as connection:
        pending = await open_payment.waits_for_the_payer(connection, order_id)
    if not pending:
        return None
    try:
        return await till.provider.confirm(order_id)
    except ProviderUnreachable:
        return None


def _id_in(cursor: str | None) -> str | None:
    """The id that a page's cursor stands at."""
    if cursor is None:
        return None
    (last,) = decode_cursor(cursor, str)
    if not is_id(str(last)):
        raise InvalidCursor("This cursor was not given by this list.")
    return str(last)
