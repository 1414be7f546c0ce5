"""Shipping, ready for a test."""

from collections.abc import AsyncIterator

import pytest

from comanda.contexts.shipping.card import card
from tests.support.database import Database
from tests.support.one_service import OneService, one_service


@pytest.fixture
async def shipping(database: Database) -> AsyncIterator[OneService]:
    """Shipping on an empty database."""
    async with one_service(card, database) as service:
        yield service
