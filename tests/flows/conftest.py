"""One shop for the tests of a module: each uses products of its own, and leaves the audit clean."""

from collections.abc import AsyncIterator

import pytest_asyncio

from comanda.platform.postgres import EmbeddedPostgres
from tests.support.database import cloned_database
from tests.support.shop import Shop, open_shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(postgres: EmbeddedPostgres) -> AsyncIterator[Shop]:
    """A running shop. Its tests are marked `pytest.mark.asyncio(loop_scope="module")`."""
    async with cloned_database(postgres) as database, open_shop(database) as opened:
        yield opened
