"""`comanda order watch`: an order as it happens."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console

from comanda.cli.command import DataDir, run
from comanda.cli.installation import CommandError, Installation, Service

order_app = typer.Typer(name="order", help="Look at orders.", no_args_is_help=True)

LOOK_S = 0.1
RESTS = ("completed", "failed", "canceled")


@order_app.command()
def watch(
    number: Annotated[str, typer.Argument(help="The order's number, reference or id.")],
    data_dir: DataDir = None,
    follow: Annotated[bool, typer.Option(help="Go on until the order has ended.")] = True,
) -> None:
    """Print an order's timeline as it happens: when, what changed, why, by whom."""
    from comanda.cli.running import LocalInstallation

    async def work() -> None:
        await watch_order(LocalInstallation.find(data_dir), number, Console(highlight=False), follow=follow)

    run(work)


async def watch_order(installation: Installation, number: str, console: Console, *, follow: bool = True) -> str:
    """Print a timeline until the order rests; answers its status. Raises CommandError for an unknown order."""
    calls = Service(installation, "ordering")
    try:
        order = await _find(calls, number)
        console.print(f"order {order['number']}  {order['id']}")
        begun = datetime.fromisoformat(order["created_at"])
        printed = 0
        while True:
            order = await calls.get(f"/orders/{order['id']}")
            entries = await _timeline(calls, order["id"])
            for entry in entries[printed:]:
                console.print(_line(entry, begun), soft_wrap=True)
            printed = len(entries)
            if order["status"] in RESTS or not follow:
                return str(order["status"])
            await asyncio.sleep(LOOK_S)
    finally:
        calls.close()


async def _find(calls: Service, number: str) -> dict[str, Any]:
    field = "number" if number.isdigit() else "reference"
    page = await calls.get(f"/orders?{field}={quote(number)}")
    if page["items"]:
        found: dict[str, Any] = page["items"][0]
        return found
    raise CommandError(f"there is no order {number}")


async def _timeline(calls: Service, order_id: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    async for page in calls.pages(f"/orders/{order_id}/timeline?limit=200"):
        entries += page
    return entries


def _line(entry: dict[str, Any], begun: datetime) -> str:
    after_s = (datetime.fromisoformat(entry["at"]) - begun).total_seconds()
    changes = ", ".join(f"{name} {value}" for name, value in entry["changes"].items())
    actor = f"  by {entry['actor']}" if entry.get("actor") else ""
    note = f"  “{entry['note']}”" if entry.get("note") else ""
    return f"  {after_s:+8.3f} s  {entry['cause']:<22} {changes}{actor}{note}"
