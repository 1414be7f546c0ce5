"""Paying, ready for a test."""

from collections.abc import AsyncIterator

import pytest

from tests.contexts.paying.running import Paying, running
from tests.support.database import Database


@pytest.fixture
async def paying(database: Database) -> AsyncIterator[Paying]:
    """Paying on an empty database."""
    async with running(database) as paying:
        yield paying
