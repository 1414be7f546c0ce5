"""A desk for the tests of profiling."""

from collections.abc import AsyncIterator

import pytest

from comanda.contexts.profiling.card import card
from tests.contexts.profiling.desk import Desk
from tests.support.database import Database
from tests.support.services import running


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """Profiling, without customers."""
    async with running(database, [card]) as services:
        yield Desk(services)
