"""`comanda audit`."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from comanda.cli.command import DataDir, run

if TYPE_CHECKING:
    from comanda.runtime.audit.run import Audit


def audit(
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object with a member for each invariant.")] = False,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for consumers and outside calls to catch up.")
    ] = 30.0,
) -> None:
    """Check what must hold, whatever has failed: orders, stock, money, numbers, messages, events, timelines, reports.

    Works on a running installation and changes nothing. Ends with 0 when every invariant holds, 1 with a list of the
    breaches otherwise. It first waits until everything written before it began has been handled; orders parked behind
    a dead letter are listed and excused.
    """
    from comanda.cli.running import LocalInstallation
    from comanda.runtime.audit.run import audit as check

    console = Console(stderr=True, highlight=False)

    async def work() -> "Audit":
        installation = LocalInstallation.find(data_dir)
        with console.status("auditing") as status:
            return await check(
                installation.superuser_dsn, patience_s=patience, step=lambda title: status.update(f"auditing: {title}")
            )

    found = run(work)
    if as_json:
        typer.echo(json.dumps(found.as_json()))
    else:
        _print(found)
    raise typer.Exit(0 if found.clean else 1)


def _print(found: "Audit") -> None:
    console = Console(highlight=False)
    for line in found.waiting:
        console.print(f"[yellow]still waiting[/]  {line}")
    for finding in found.findings:
        mark = "[green]holds[/]" if finding.count == 0 else f"[red]{finding.count} breaches[/]"
        console.print(f"{finding.invariant.number}  {finding.invariant.title}: {mark}")
        for breach in finding.breaches:
            console.print(f"     {breach}", markup=False)
    for order_id in found.parked:
        console.print(f"[yellow]parked[/]  {order_id} waits behind a dead letter")
    console.print(f"{'clean' if found.clean else 'not clean'}, after {found.seconds:.1f} s")
