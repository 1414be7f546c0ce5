"""`comanda dead-letters`: events that a service could not handle."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from comanda.cli.command import DataDir, run
from comanda.cli.installation import CommandError, Service

dead_letters_app = typer.Typer(
    name="dead-letters",
    help="Events that a service could not handle: parked with their subject, so that everything else goes on.",
    no_args_is_help=True,
)

ServiceName = Annotated[str | None, typer.Option("--service", help="Only this service's letters.")]
LetterId = Annotated[str, typer.Argument(help="The letter's id, as `list` shows it.")]


@dead_letters_app.command("list")
def list_letters(
    service: ServiceName = None,
    status: Annotated[str, typer.Option(help="parked, replayed or discarded.")] = "parked",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
    data_dir: DataDir = None,
) -> None:
    """List the letters of all services, newest first."""

    async def work() -> list[dict[str, Any]]:
        from comanda.cli.running import LocalInstallation

        installation = LocalInstallation.find(data_dir)
        letters: list[dict[str, Any]] = []
        for name in [service] if service else installation.services:
            calls = Service(installation, name)
            try:
                async for page in calls.pages(f"/dead-letters?status={status}&limit=200"):
                    letters += page
            finally:
                calls.close()
        return sorted(letters, key=lambda letter: str(letter["parked_at"]), reverse=True)

    letters = run(work)
    if as_json:
        typer.echo(json.dumps(letters))
        return
    if not letters:
        typer.echo(f"There are no {status} letters.")
        return
    table = Table("id", "service", "event", "subject", "parked", "reason")
    for letter in letters:
        event = letter["type"].removeprefix("comanda.")
        table.add_row(
            letter["id"], letter["consumer"], event, letter["subject"], letter["parked_at"][:19], letter["reason"][:120]
        )
    Console().print(table)


@dead_letters_app.command()
def show(letter_id: LetterId, data_dir: DataDir = None) -> None:
    """Show a letter whole, as JSON."""
    typer.echo(json.dumps(run(lambda: _of_any_service(letter_id, "GET", "", data_dir)), indent=2))


@dead_letters_app.command()
def replay(letter_id: LetterId, data_dir: DataDir = None) -> None:
    """Handle the letter's subject again, all its letters in order; nothing changes when it still fails."""
    answer = run(lambda: _of_any_service(letter_id, "POST", "/replay", data_dir))
    typer.echo(f"{answer['replayed']} handled")


@dead_letters_app.command()
def discard(letter_id: LetterId, data_dir: DataDir = None) -> None:
    """Give up a letter for good: its event will have no effect in its service."""
    answer = run(lambda: _of_any_service(letter_id, "POST", "/discard", data_dir))
    typer.echo(f"{answer['status']}")


async def _of_any_service(letter_id: str, method: str, act: str, data_dir: Any) -> Any:
    from comanda.cli.installation import CallRefused
    from comanda.cli.running import LocalInstallation

    installation = LocalInstallation.find(data_dir)
    for name in installation.services:
        calls = Service(installation, name)
        try:
            await calls.get(f"/dead-letters/{letter_id}")
            return await calls.call(method, f"/dead-letters/{letter_id}{act}", b"{}" if method == "POST" else b"")
        except CallRefused as refused:
            if refused.status != 404:
                raise
        finally:
            calls.close()
    raise CommandError(f"no service has a dead letter {letter_id}")
