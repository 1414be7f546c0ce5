"""Profiling's routes about all that is held about a person."""

import re
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from comanda.contexts.profiling.api import CustomerId
from comanda.contexts.profiling.contract.views import ErasureView
from comanda.contexts.profiling.erase_customer import erase_customer
from comanda.contexts.profiling.export_customer import export_customer, sent
from comanda.kernel.permissions import CUSTOMERS_ERASE, CUSTOMERS_EXPORT
from comanda.messaging.service import CallDep
from comanda.platform.http.access import SIGNED_IN_OWNER, AccessTable
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["personal data"])

PRIVACY_ACCESS: AccessTable = {
    "GET /customers/{customer_id}/export": SIGNED_IN_OWNER.and_staff(CUSTOMERS_EXPORT),
    "DELETE /customers/{customer_id}": SIGNED_IN_OWNER.and_staff(CUSTOMERS_ERASE),
}
"""Who may see all about a person at once, or have it forgotten."""

_EXPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A file: for each service what it holds about the customer.",
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {
                    "customer_id": "0199c7f0-0000-7000-8000-000000000000",
                    "exported_at": "2026-01-31T12:00:00Z",
                    "services": {"profiling": [{"kind": "customer", "data": {"email": "ada@example.org"}}]},
                },
            }
        },
    }
}


@router.get(
    "/customers/{customer_id}/export",
    operation_id="export_customer",
    response_class=StreamingResponse,
    responses=_EXPORT,
)
async def export_personal_data(customer_id: CustomerId, call: CallDep) -> Response:
    """All that is held about a customer, gathered from every service, as one file."""
    spool = await export_customer(customer_id, call)
    name = re.sub(r"[^A-Za-z0-9-]", "_", customer_id)
    headers = {
        "Content-Disposition": f'attachment; filename="customer-{name}.json"',
        "Content-Length": str(spool.tell()),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(sent(spool), media_type="application/json", headers=headers)


@router.delete("/customers/{customer_id}")
async def delete_customer(customer_id: CustomerId, call: CallDep) -> ErasureView:
    """Erase a customer's personal data in every service, for good.

    Refused (409) while an order of theirs is under way. Tokens and sessions end at once, and the e-mail may be
    registered anew; the answer says what is kept.
    """
    return await erase_customer(customer_id, call)
