"""Ordering, alone or with the whole shop around it, ready for a test."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from comanda.contexts.ordering.card import card
from comanda.contexts.ordering.watching import watch_orders
from comanda.runtime.contexts import CONTEXTS
from tests.contexts.ordering.desk import Desk
from tests.support.database import Database
from tests.support.services import running


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """Ordering on an empty database; sweeping, comparing and forgetting happen when a test says so."""
    async with running(database, [replace(card, background=(watch_orders,))]) as services:
        yield Desk(services)


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Desk]:
    """All services."""
    async with running(database, CONTEXTS) as services:
        yield Desk(services)
