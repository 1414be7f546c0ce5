"""A whole shop over real HTTP, in a thread of its own: every service and dialect on a port, with one of everything."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

from comanda.contexts.ordering.dialects.app import LazyApp
from comanda.contexts.profiling.signing_keys import issue_token
from comanda.platform.auth import Role
from comanda.platform.postgres import EmbeddedPostgres
from comanda.runtime.dialects import DIALECTS
from comanda.runtime.server import bind, make_server
from tests.flows.walks.objects import Objects, make_objects
from tests.support.database import cloned_database
from tests.support.shop import Shop, open_shop

HOUR_S = 3_600


@dataclass(frozen=True, slots=True)
class Site:
    """Where everything answers, what everybody shows, and what there is to ask about."""

    urls: Mapping[str, str]
    headers: Mapping[str, Mapping[str, str]]
    objects: Objects


@contextmanager
def open_site(postgres: EmbeddedPostgres) -> Iterator[Site]:
    """The shop, while it is open."""
    opened: dict[str, Any] = {}
    ready, over = threading.Event(), threading.Event()

    def run() -> None:
        try:
            asyncio.run(_keep_open(postgres, opened, ready, over))
        except BaseException as error:
            opened["error"] = error
            raise
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="site")
    thread.start()
    ready.wait()
    try:
        if "error" in opened:
            raise RuntimeError("the shop did not open") from opened["error"]
        yield opened["site"]
    finally:
        over.set()
        thread.join()


async def _keep_open(
    postgres: EmbeddedPostgres, opened: dict[str, Any], ready: threading.Event, over: threading.Event
) -> None:
    async with cloned_database(postgres) as database, open_shop(database) as shop:
        objects = await make_objects(shop)
        apps = _apps(shop)
        sockets = bind("127.0.0.1", dict.fromkeys(apps, 0))
        ports = {name: sock.getsockname()[1] for name, sock in sockets.items()}
        server = make_server({ports[name]: app for name, app in apps.items()})
        serving = asyncio.create_task(server.serve(sockets=list(sockets.values())))
        await server.listening.wait()
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        opened["site"] = Site(urls, await _headers(shop, objects), objects)
        ready.set()
        await asyncio.to_thread(over.wait)
        server.should_exit = True
        await serving


def _apps(shop: Shop) -> dict[str, ASGIApp]:
    process = shop.services.process
    services: dict[str, ASGIApp] = {name: service.edge for name, service in process.services.items() if service.edge}
    return services | {dialect.name: LazyApp(dialect, process.reach, process.verifier) for dialect in DIALECTS}


async def _headers(shop: Shop, objects: Objects) -> dict[str, dict[str, str]]:
    """What each role sends along."""
    assert objects.owner.id is not None and objects.other.id is not None
    return {
        "anonymous": {},
        "guest with an order's token": {"Order-Token": objects.token},
        "customer": await _bearer(shop, "customer", objects.owner.id),
        "other customer": await _bearer(shop, "customer", objects.other.id),
        "staff": await _bearer(shop, "staff", "staff-1", ("*",)),
        "staff without permissions": await _bearer(shop, "staff", "staff-2"),
        "admin": await _bearer(shop, "admin", "admin-1"),
        "service": await _bearer(shop, "service", "ordering"),
    }


async def _bearer(shop: Shop, role: Role, subject: str, permissions: tuple[str, ...] = ()) -> dict[str, str]:
    async with shop.services.process.services["profiling"].database.acquire() as connection:
        token = await issue_token(connection, role, subject, permissions, HOUR_S)
    return {"Authorization": f"Bearer {token}"}
