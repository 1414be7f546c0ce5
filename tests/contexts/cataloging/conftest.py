"""Cataloging, ready for a test."""

from collections.abc import AsyncIterator

import pytest

from comanda.contexts.cataloging.card import card
from tests.contexts.cataloging.desk import Desk
from tests.support.database import Database
from tests.support.services import running


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """Cataloging on an empty database."""
    async with running(database, [card]) as services:
        yield Desk(services)
