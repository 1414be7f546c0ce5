"""`comanda keys`: the keys that tokens are signed with."""

from typing import Annotated, Any

import typer

from comanda.cli.command import DataDir, run
from comanda.cli.installation import Service

keys_app = typer.Typer(
    name="keys", help="Look at and change the keys that tokens are signed with.", no_args_is_help=True
)


@keys_app.command("list")
def list_keys(data_dir: DataDir = None) -> None:
    """Print the published keys, the newest first."""
    from comanda.cli.running import LocalInstallation

    async def work() -> list[Any]:
        calls = Service(LocalInstallation.find(data_dir), "profiling")
        try:
            found: list[Any] = (await calls.get("/signing-keys"))["items"]
            return found
        finally:
            calls.close()

    for key in run(work):
        typer.echo(_line(key))


@keys_app.command()
def rotate(
    data_dir: DataDir = None,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="The present keys have become known: end every token there is, now.")
    ] = False,
) -> None:
    """Make a new key. It signs in ten minutes; tokens of the present one stay good until they expire."""
    from comanda.cli.running import LocalInstallation

    async def work() -> Any:
        calls = Service(LocalInstallation.find(data_dir), "profiling")
        try:
            return await calls.post("/signing-keys", b'{"revoke_others": true}' if revoke else b"{}")
        finally:
            calls.close()

    typer.echo(_line(run(work)))


def _line(key: dict[str, Any]) -> str:
    state = "signs" if key["signs"] else f"signs from {key['signs_from']}"
    if key["trusted_until"] is not None:
        state = f"{'signs, ' if key['signs'] else ''}is trusted until {key['trusted_until']}"
    return f"{key['kid']}  {state}"
