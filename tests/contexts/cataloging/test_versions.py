"""ETag and If-Match: whoever writes can say what they have seen."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from comanda.platform.http.routing import IN_PROCESS_PRINCIPAL
from tests.contexts.cataloging.desk import EUROS, Desk
from tests.support.services import STAFF


@pytest.fixture
async def staff(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """Requests by staff, with headers."""
    edge = desk.service.edge
    assert edge is not None

    async def as_staff(scope: Scope, receive: Receive, send: Send) -> None:
        await edge({**scope, IN_PROCESS_PRINCIPAL: STAFF}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(as_staff), base_url="http://catalogue") as client:
        yield client


async def test_a_product_is_written_only_over_the_version_that_was_seen(staff: httpx.AsyncClient, desk: Desk) -> None:
    await desk.add("A")
    tag = (await staff.get("/products/A")).headers["etag"]
    first = await staff.patch("/products/A", json={"name": "Mine"}, headers={"If-Match": tag})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    for method, body in (("PATCH", {"name": "Theirs"}), ("PUT", {"name": "Theirs", "price": EUROS}), ("DELETE", None)):
        answer = await staff.request(method, "/products/A", json=body, headers={"If-Match": tag})
        assert (answer.status_code, answer.json()["version"]) == (412, 2)
    both = {"name": "Both", "version": 2}
    assert (await staff.patch("/products/A", json=both, headers={"If-Match": tag})).status_code == 412
    assert (await staff.patch("/products/A", json=both, headers={"If-Match": f'{tag}, "2"'})).status_code == 200
    assert (await staff.patch("/products/A", json={"name": "Any"}, headers={"If-Match": "*"})).status_code == 200


async def test_a_category_is_written_only_over_the_version_that_was_seen(staff: httpx.AsyncClient, desk: Desk) -> None:
    (await desk.add_category("a")).checked()
    tag = (await staff.get("/categories/a")).headers["etag"]
    assert (await staff.patch("/categories/a", json={"name": "A"}, headers={"If-Match": tag})).status_code == 200
    assert (await staff.patch("/categories/a", json={"name": "B"}, headers={"If-Match": tag})).status_code == 412
    assert (await staff.delete("/categories/a", headers={"If-Match": tag})).status_code == 412
    assert (await staff.delete("/categories/a", headers={"If-Match": '"2"'})).status_code == 204
