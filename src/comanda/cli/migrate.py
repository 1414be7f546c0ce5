"""`comanda migrate`."""

from typing import Annotated

import typer

from comanda.cli.command import DataDir, fail, run


def migrate(
    data_dir: DataDir = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; end with 1 if there is something to do.")
    ] = False,
) -> None:
    """Bring the database's schemas to this release, without starting the services.

    `comanda up` does this by itself. A running installation is up to date by definition.
    """
    from comanda.cli.running import Running, default_data_dir
    from comanda.platform.migrations import find_schemas, pending
    from comanda.platform.migrations import migrate as bring_up_to_date
    from comanda.platform.postgres import EmbeddedPostgres

    folder = (data_dir or default_data_dir()).expanduser().resolve()
    if Running.read(folder) is not None:
        typer.echo("The schemas are up to date: Comanda is running on them.")
        return

    async def work() -> bool:
        async with EmbeddedPostgres(folder) as postgres:
            schemas = find_schemas(postgres.password_for)
            if check:
                return await pending(postgres.superuser_dsn, schemas)
            return await bring_up_to_date(postgres.superuser_dsn, schemas)

    changed = run(work)
    if check and changed:
        fail("the schemas are older than this release: run `comanda migrate`")
    typer.echo("The schemas are brought up to date." if changed else "The schemas are up to date.")
