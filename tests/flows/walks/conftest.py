"""One shop with one of everything in it, for the walks of a module."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.flows.walks.objects import make_objects
from tests.flows.walks.walk import Walk
from tests.support.shop import Shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(shop: Shop) -> AsyncIterator[Walk]:
    """The walk through one shop."""
    yield Walk(shop, await make_objects(shop))
