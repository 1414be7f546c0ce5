"""`comanda`: the command line."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from comanda import __version__
from comanda.cli.audit import audit
from comanda.cli.command import DataDir, fail, run
from comanda.cli.dead_letters import dead_letters_app
from comanda.cli.demo.commands import demo_app
from comanda.cli.doctor import doctor
from comanda.cli.environment import HOST_VARIABLE, PORT_BASE_VARIABLE, read_env_file
from comanda.cli.imports.commands import import_app
from comanda.cli.installation import CommandError, Installation
from comanda.cli.keys import keys_app
from comanda.cli.migrate import migrate
from comanda.cli.order import order_app
from comanda.cli.replay.commands import add_replay
from comanda.cli.serve import named, serve

app = typer.Typer(
    name="comanda",
    help="Comanda, an order platform: from the cart to the delivered parcel, and none lost on the way.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    """Comanda, an order platform."""
    read_env_file()
    if version:
        typer.echo(f"comanda {__version__}")
        raise typer.Exit


@app.command()
def up(
    data_dir: DataDir = None,
    ephemeral: Annotated[
        bool, typer.Option("--ephemeral", help="Use a temporary data directory that goes when the server stops.")
    ] = False,
    demo: Annotated[bool, typer.Option("--demo", help="Fill an empty installation with a demo shop.")] = False,
    host: Annotated[str, typer.Option(envvar=HOST_VARIABLE, help="The address to listen on.")] = "127.0.0.1",
    port_base: Annotated[
        int,
        typer.Option(
            envvar=PORT_BASE_VARIABLE,
            min=2024,
            max=65_000,
            help="Services listen on this number + 1, + 2, … + 12, dialects on 8001 and 8084 to 8086, moved alike.",
        ),
    ] = 9000,
    without: Annotated[
        list[str] | None, typer.Option("--without", help="A dialect that is not served; may be given several times.")
    ] = None,
) -> None:
    """Start the database and every service, in this one process, until Ctrl-C.

    The first start makes the data directory; later ones go on where the last one ended, also after a crash.
    """
    import psutil

    from comanda.cli.demo.marker import refuse_in_production
    from comanda.cli.running import default_data_dir

    begun = time.perf_counter() - (time.time() - psutil.Process().create_time())
    folder = (data_dir or default_data_dir()).expanduser().resolve()
    try:
        refuse_in_production(folder, demo=demo)
        left_out = frozenset(named(name).name for name in without or ())
    except CommandError as error:
        fail(str(error))
    from comanda.cli.first_admin import FirstAdmin
    from comanda.cli.up import Start, serve_all  # the rest takes a second to import

    try:
        admin = FirstAdmin.of_environment()
    except CommandError as error:
        fail(str(error))
    start = Start(
        data_dir=None if ephemeral else folder,
        demo=demo,
        host=host,
        port_base=port_base,
        without=left_out,
        admin=admin,
    )
    sys.exit(run(lambda: serve_all(start, begun)))


@app.command()
def token(
    role: Annotated[str, typer.Option(help="customer, staff, admin or service.")],
    customer: Annotated[str | None, typer.Option(help="The customer's id, for a customer's token.")] = None,
    hours: Annotated[int, typer.Option(min=1, max=24 * 365, help="How long the token is good for.")] = 12,
    data_dir: DataDir = None,
) -> None:
    """Print a bearer token for a running installation, on one line.

    A staff token has all permissions.
    """
    from comanda.cli.running import LocalInstallation

    if role not in ("customer", "staff", "admin", "service"):
        fail(f"there is no role {role}: it is customer, staff, admin or service")
    if (role == "customer") != (customer is not None):
        fail("--customer goes with --role customer, and only with it")
    subject = customer or f"cli-{role}"
    typer.echo(run(lambda: LocalInstallation.find(data_dir).token_of(role, subject, hours * 3600)))  # type: ignore[arg-type]


@app.command()
def db_url(data_dir: DataDir = None) -> None:
    """Print a libpq URL of the embedded database's superuser, for psql and backups."""
    from comanda.cli.running import LocalInstallation

    try:
        typer.echo(LocalInstallation.find(data_dir).superuser_dsn)
    except CommandError as error:
        fail(str(error))


def find_installation(data_dir: Path | None) -> Installation:
    """The running installation of a data directory."""
    from comanda.cli.running import LocalInstallation

    return LocalInstallation.find(data_dir)


app.command()(migrate)
app.add_typer(import_app(find_installation), name="import")
add_replay(app, find_installation)
app.add_typer(order_app)
app.add_typer(keys_app)
app.add_typer(dead_letters_app)
app.add_typer(demo_app)
app.command()(serve)
app.command()(audit)
app.command()(doctor)

if __name__ == "__main__":
    app()
