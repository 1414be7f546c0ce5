"""Fixtures for all tests: real PostgreSQL, one for the session, a fresh database for every test."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from comanda.platform.postgres import EmbeddedPostgres
from tests.support.database import Database, cloned_database
from tests.support.postgres import clear_abandoned_sessions, end_session, session_dir, shared_postgres

_TESTS = Path(__file__).parent
_LONGEST_FIRST = ("cli", "platform", "flows", "faults", "runtime", "messaging", "fuzz")

_FOLDER = pytest.StashKey[Path]()


def _leads(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How thoroughly tests/fuzz tries every operation."""
    parser.addoption("--fuzz", type=int, default=0, help="requests an operation, and all its boundaries (0: a few)")
    parser.addoption("--fuzz-seed", type=int, default=1, help="another number makes other requests")


def pytest_configure(config: pytest.Config) -> None:
    """Agree on the session's folder; a worker's parent is xdist's controller."""
    if _leads(config):
        clear_abandoned_sessions()
    config.stash[_FOLDER] = session_dir(os.getpid() if _leads(config) else os.getppid())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that in the end no worker waits for another."""
    ranks = {folder: rank for rank, folder in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.relative_to(_TESTS).parts[0], len(ranks)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in figures what tests/fuzz has tried."""
    if config.getoption("fuzz"):
        for report in (one for kind in ("passed", "failed") for one in terminalreporter.getreports(kind)):
            for name, value in report.user_properties:
                if name == "figures" and report.when == "call":
                    terminalreporter.write_line(f"{report.nodeid}: {value}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing running: the leader outlives its workers."""
    if _leads(config) and _FOLDER in config.stash:
        end_session(config.stash[_FOLDER])


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[EmbeddedPostgres]:
    """The session's PostgreSQL, migrated. It does not fsync; tests of faults start their own."""
    postgres = shared_postgres(pytestconfig.stash[_FOLDER])
    yield postgres
    if _leads(pytestconfig):
        asyncio.run(postgres.stop())


@pytest.fixture
async def database(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    """A migrated, empty database for this test alone: `dsn(role)`, `superuser_dsn`, `name`."""
    async with cloned_database(postgres) as clone:
        yield clone
