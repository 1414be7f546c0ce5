"""All services in one process on an embedded PostgreSQL: what `comanda up` runs."""

import asyncio
import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from comanda.contexts.ordering.dialects.app import LazyApp
from comanda.contexts.ordering.dialects.dialect import Dialect
from comanda.contexts.ordering.foreign.addresses import NONE, ForeignServices
from comanda.contexts.profiling.staff import ensure_first_admin
from comanda.messaging import eras
from comanda.platform.database import connect
from comanda.platform.http.limits import DEFAULT_LIMITS, HttpLimits
from comanda.platform.migrations import find_schemas, migrate
from comanda.platform.postgres import EmbeddedPostgres
from comanda.runtime.contexts import CONTEXTS
from comanda.runtime.dialects import DIALECTS
from comanda.runtime.process import Process
from comanda.runtime.server import Server, bind, make_server

FIRST_PORT = 9000

FIRST_ADMIN = "admin@comanda.example"
"""With this e-mail the first admin signs in, unless another is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where everything is: the data directory, the address, the number all ports begin with, foreign services.

    `without` are dialects that are not served.
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port_base: int = FIRST_PORT
    durable: bool = True
    admin_email: str = FIRST_ADMIN
    admin_password: str | None = None
    without: frozenset[str] = frozenset()
    limits: HttpLimits = DEFAULT_LIMITS
    foreign_services: ForeignServices = NONE

    def port(self, service_port: int) -> int:
        """The port of a service or dialect: its own, moved as far as the base is moved."""
        return service_port - FIRST_PORT + self.port_base


class AllInOne:
    """Starts PostgreSQL, brings the schemas up to date, starts every service, answers; stops in the reverse order.

    `first_admin` is set when it has made the first account of staff. `on_database` is called once the data directory is
    ours and the database runs.
    """

    def __init__(self, options: Options, on_database: Callable[[], None] = lambda: None) -> None:
        self.options = options
        self.postgres = EmbeddedPostgres(options.data_dir, durable=options.durable)
        state = {"foreign_services": options.foreign_services}
        self.process = Process(CONTEXTS, self._dsn_of, disk=options.data_dir, limits=options.limits, state=state)
        self.first_admin: tuple[str, str] | None = None
        self._on_database = on_database
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None

    def ports(self) -> dict[str, int]:
        """The port of every service."""
        return {context.name: self.options.port(context.port) for context in CONTEXTS}

    def dialect_ports(self) -> dict[str, int]:
        """The port of every dialect that is served."""
        return {dialect.name: self.options.port(dialect.port) for dialect in self._dialects()}

    def _dialects(self) -> list[Dialect]:
        return [dialect for dialect in DIALECTS if dialect.name not in self.options.without]

    async def start(self) -> None:
        """Start everything; when it returns, every service answers on its port."""
        ports = self.ports() | self.dialect_ports()
        sockets = bind(self.options.host, ports)
        try:
            await self.postgres.start()
            self._on_database()
            await migrate(self.postgres.superuser_dsn, find_schemas(self.postgres.password_for))
            await self._establish_era()
            await self.process.start()
            await self._have_an_admin()
        except BaseException:
            for sock in sockets.values():
                sock.close()
            await self.process.stop()
            await self.postgres.stop()
            raise
        apps = {ports[name]: service.edge for name, service in self.process.services.items() if service.edge}
        for dialect in self._dialects():
            apps[ports[dialect.name]] = LazyApp(dialect, self.process.reach, self.process.verifier, self.options.limits)
        _settle_memory()
        self._server = make_server(apps, self.options.limits)
        self._serving = asyncio.create_task(self._server.serve(sockets=list(sockets.values())))
        await self._server.listening.wait()

    async def stop(self) -> None:
        """Take no more requests, finish, commit, stop PostgreSQL."""
        for service in self.process.services.values():
            service.stopping.set()  # streams that stay open for as long as their clients end now
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
        await self.process.stop()
        await self.postgres.stop()

    def _dsn_of(self, name: str) -> str:
        role = f"comanda_{name}"
        return self.postgres.dsn(role, self.postgres.password_for(role))

    async def _have_an_admin(self) -> None:
        """At the first start somebody has to be able to sign in: `first_admin` tells e-mail and password this once."""
        email = self.options.admin_email
        password = await ensure_first_admin(self.process.services["profiling"], email, self.options.admin_password)
        if password is not None:
            self.first_admin = email, password

    async def _establish_era(self) -> None:
        connection = await connect(self.postgres.superuser_dsn, service="messaging")
        try:
            await eras.establish(connection)
        finally:
            await connection.close()


def _settle_memory() -> None:
    """What is there now stays: the garbage collector need not look at it again, nor as often as by default.

    Events and rows are freed by counting references; full collections of a process that holds thousands of orders
    took a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
