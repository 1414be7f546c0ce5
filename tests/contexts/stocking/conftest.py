"""Stocking, with the catalogue beside it, ready for a test."""

from collections.abc import AsyncIterator

import pytest

from comanda.contexts.cataloging.card import card as cataloging
from comanda.contexts.stocking.card import card as stocking
from tests.contexts.stocking.desk import Desk
from tests.support.database import Database
from tests.support.services import running


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """Stocking on an empty database."""
    async with running(database, [cataloging, stocking]) as services:
        yield Desk(services)
