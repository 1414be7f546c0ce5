"""Ordering's route by which profiling asks whether a customer may be forgotten."""

from typing import Annotated

from fastapi import APIRouter, Path

from comanda.contexts.ordering.agree_to_erase import agree_to_erase
from comanda.messaging.service import CallDep
from comanda.platform.http.access import SERVICE, AccessTable
from comanda.platform.http.fields import NO_NUL
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["personal data"])

ERASING_ACCESS: AccessTable = {"PUT /erasures/{customer_id:path}": SERVICE}

CustomerId = Annotated[str, Path(min_length=1, max_length=50, pattern=NO_NUL)]


@router.put("/erasures/{customer_id:path}", status_code=204)
async def agree_to_erasure(customer_id: CustomerId, call: CallDep) -> None:
    """Agree that a customer is forgotten, from now on. For our own services.

    Refused (409) while an order of the customer is under way; else nothing can be ordered for them any more.
    """
    await agree_to_erase(customer_id, call.service)
