"""A shop for the tests of carting."""

from collections.abc import AsyncIterator

import pytest

from comanda.contexts.carting.card import card as carting
from comanda.contexts.cataloging.card import card as cataloging
from comanda.contexts.profiling.card import card as profiling
from tests.contexts.carting.shop import Shop
from tests.support.database import Database
from tests.support.services import running


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    """Carting and cataloging, four products, no carts."""
    async with running(database, [profiling, cataloging, carting]) as services:
        shop = Shop(services)
        await shop.stock_catalogue()
        yield shop
