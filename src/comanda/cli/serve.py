"""`comanda serve NAME`: a dialect as a process of its own, in front of a running installation."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from comanda.cli.command import DataDir, run
from comanda.cli.environment import (
    CARTING_URL_VARIABLE,
    HOST_VARIABLE,
    ORDERING_URL_VARIABLE,
    PROFILING_URL_VARIABLE,
)
from comanda.cli.installation import CommandError
from comanda.cli.running import LocalInstallation
from comanda.contexts.ordering.dialects.dialect import Dialect
from comanda.runtime.dialects import DIALECTS

FIRST_PORT = 9000


def serve(
    name: Annotated[str, typer.Argument(help="workflow, commandes, checkout or pedidos.")],
    data_dir: DataDir = None,
    ordering_url: Annotated[
        str | None, typer.Option(envvar=ORDERING_URL_VARIABLE, help="Where ordering is, such as http://10.0.0.5:9005.")
    ] = None,
    carting_url: Annotated[str | None, typer.Option(envvar=CARTING_URL_VARIABLE, help="Where carting is.")] = None,
    profiling_url: Annotated[
        str | None, typer.Option(envvar=PROFILING_URL_VARIABLE, help="Where profiling is, whose keys verify tokens.")
    ] = None,
    host: Annotated[str, typer.Option(envvar=HOST_VARIABLE, help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65_535, help="The port; by default the dialect's own, moved as the installation's."),
    ] = None,
) -> None:
    """Serve one dialect as a process of its own, until Ctrl-C.

    It asks the services at the URLs given; those that are not given are the ones of the installation that runs on the
    data directory.
    """
    urls = {"ordering": ordering_url, "carting": carting_url, "profiling": profiling_url}
    sys.exit(run(lambda: _serve(name, urls, data_dir, host, port)))


async def _serve(name: str, given: Mapping[str, str | None], data_dir: Path | None, host: str, port: int | None) -> int:
    from comanda.runtime.http_settings import WrongSetting, http_limits
    from comanda.runtime.one_dialect import OneDialect
    from comanda.runtime.server import PortTaken

    dialect = named(name)
    installation = None if all(given.values()) else LocalInstallation.find(data_dir)
    urls = {service: url or _url(installation, service) for service, url in given.items()}
    moved = 0 if installation is None else installation.running.ports["profiling"] - FIRST_PORT - 1
    try:
        limits = http_limits(os.environ)
    except WrongSetting as error:
        raise CommandError(str(error)) from error
    server = OneDialect(dialect, urls, host=host, port=port or dialect.port + moved, limits=limits)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await server.start()
    except PortTaken as error:
        raise CommandError(f"{error}; {_way_out(installation, name)}") from error
    typer.echo(
        f"{name} answers on http://{host}:{server.port}, asking ordering at {urls['ordering']}; stop with Ctrl-C"
    )
    await stop.wait()
    await server.stop()
    return 0


def named(name: str) -> Dialect:
    """The dialect of a name. Raises CommandError."""
    for dialect in DIALECTS:
        if dialect.name == name:
            return dialect
    known = ", ".join(dialect.name for dialect in DIALECTS)
    raise CommandError(f"there is no dialect {name}: there are {known}, and every service runs in `comanda up`")


def _url(installation: LocalInstallation | None, service: str) -> str:
    assert installation is not None
    return installation.url(service)


def _way_out(installation: LocalInstallation | None, name: str) -> str:
    if installation is not None and name in installation.running.dialects:
        return f"the installation serves it already: `comanda up --without {name}` leaves it out, or choose a `--port`"
    return "`--port` chooses another"
