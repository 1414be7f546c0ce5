"""Schemas, their revisions and who may do what in them."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from comanda.platform import schema_upgrade
from comanda.platform.migrations import MigrationError, Schema, find_schemas, migrate
from comanda.platform.postgres import EmbeddedPostgres
from tests.support.database import Database as Clone


@pytest.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[Clone]:
    """A database without any schema of ours."""
    name = f"test_{uuid4().hex}"
    root = await asyncpg.connect(postgres.dsn(postgres.superuser, database="postgres"))
    await root.execute(f"create database {name} template template0")
    yield Clone(postgres, name)
    await root.execute(f"drop database {name} with (force)")
    await root.close()


def _revision(folder: Path, number: str, sql: str) -> None:
    folder.mkdir(exist_ok=True)
    before = f'"{int(number) - 1:04}"' if int(number) > 1 else "None"
    text = f'from alembic import op\nrevision = "{number}"\ndown_revision = {before}\n'
    (folder / f"{number}_step.py").write_text(f"{text}def upgrade():\n    op.execute({sql!r})\n")


async def _all(dsn: str, query: str, *arguments: object) -> list[object]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch(query, *arguments)]
    finally:
        await connection.close()


async def _refused(dsn: str, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _all(dsn, statement)


async def test_revisions_run_once_and_new_ones_follow(empty: Clone, tmp_path: Path) -> None:
    schemas = [Schema("sample", tmp_path, "secret")]
    _revision(tmp_path, "0001", "create table sample.first (id int); insert into sample.first values (1), (2)")
    assert await migrate(empty.superuser_dsn, schemas)
    assert not await migrate(empty.superuser_dsn, schemas)
    _revision(tmp_path, "0002", "insert into first values (3)")
    assert await migrate(empty.superuser_dsn, schemas)
    assert not await migrate(empty.superuser_dsn, schemas)
    assert await _all(empty.superuser_dsn, "select id from sample.first order by id") == [1, 2, 3]
    assert await _all(empty.superuser_dsn, "select version_num from sample.alembic_version") == ["0002"]


async def test_sql_is_run_as_written(empty: Clone, tmp_path: Path) -> None:
    _revision(
        tmp_path,
        "0001",
        """create table sample.texts (t text default '{"a":1, "b" :c}');
           insert into sample.texts values ('100 % of 12:30'), (default);
           create function sample.twice(n int) returns int language sql as $$ select n * 2; $$""",
    )
    await migrate(empty.superuser_dsn, [Schema("sample", tmp_path)])
    texts = await _all(empty.superuser_dsn, "select t from sample.texts")
    assert texts == ["100 % of 12:30", '{"a":1, "b" :c}']
    assert await _all(empty.superuser_dsn, "select sample.twice(4)") == [8]


async def test_an_index_can_be_built_without_locking_writers_out(empty: Clone, tmp_path: Path) -> None:
    _revision(tmp_path, "0001", "create table sample.first (id int)")
    (tmp_path / "0002_index.py").write_text(
        "from alembic import op\nrevision, down_revision = '0002', '0001'\n"
        "def upgrade():\n"
        "    with op.get_context().autocommit_block():\n"
        "        op.execute('create index concurrently first_id on sample.first (id)')\n"
    )
    assert await migrate(empty.superuser_dsn, [Schema("sample", tmp_path)])
    assert not await migrate(empty.superuser_dsn, [Schema("sample", tmp_path)])
    owner = "select tableowner::text from pg_tables join pg_indexes using (tablename) where indexname = 'first_id'"
    assert await _all(empty.superuser_dsn, owner) == ["comanda_sample"]


async def test_a_failing_revision_leaves_nothing_and_says_where(empty: Clone, tmp_path: Path) -> None:
    _revision(tmp_path, "0001", "create table sample.first (id int)")
    _revision(tmp_path, "0002", "create table sample.second (id int); select no_such_thing")
    with pytest.raises(MigrationError, match='schema sample failed: column "no_such_thing" does not exist') as failed:
        await migrate(empty.superuser_dsn, [Schema("sample", tmp_path)])
    assert "\n" not in str(failed.value)
    assert await _all(empty.superuser_dsn, "select 1 from pg_tables where schemaname = 'sample'") == []
    _revision(tmp_path, "0002", "create table sample.second (id int)")
    assert await migrate(empty.superuser_dsn, [Schema("sample", tmp_path)])


async def test_a_newer_database_is_left_alone(empty: Clone, tmp_path: Path) -> None:
    _revision(tmp_path, "0001", "create table sample.first (id int)")
    _revision(tmp_path, "0002", "create table sample.second (id int)")
    await migrate(empty.superuser_dsn, [Schema("sample", tmp_path)])
    (tmp_path / "0002_step.py").unlink()
    with pytest.raises(MigrationError, match="sample is at revision 0002, newer than this release knows"):
        await migrate(empty.superuser_dsn, [Schema("sample", tmp_path)])


async def test_each_service_is_at_home_in_its_schema_alone(empty: Clone, tmp_path: Path) -> None:
    schemas = [Schema("first", tmp_path / "a", "one"), Schema("second", tmp_path / "b", "two")]
    _revision(tmp_path / "a", "0001", "create table first.mine (id int)")
    _revision(tmp_path / "b", "0001", "create table second.mine (id int)")
    await migrate(empty.superuser_dsn, schemas)
    first = empty.postgres.dsn("comanda_first", "one", empty.name)
    assert await _all(first, "select current_user::text") == ["comanda_first"]
    assert await _all(first, "select id from first.mine") == []
    await _refused(first, "select id from second.mine")
    await _refused(first, "create table second.other (id int)")
    await _refused(first, "create table public.other (id int)")
    await _refused(first, "create role another")


async def test_a_changed_password_is_set_and_the_old_one_is_void(empty: Clone, tmp_path: Path) -> None:
    await migrate(empty.superuser_dsn, [Schema("renewed", tmp_path, "old")])
    assert not await migrate(empty.superuser_dsn, [Schema("renewed", tmp_path, "old")])
    assert await migrate(empty.superuser_dsn, [Schema("renewed", tmp_path, "new")])
    with pytest.raises(asyncpg.InvalidPasswordError):
        await _all(empty.postgres.dsn("comanda_renewed", "old", empty.name), "select 1")
    assert await _all(empty.postgres.dsn("comanda_renewed", "new", empty.name), "select 1") == [1]


async def test_without_roles_everything_belongs_to_who_connects(empty: Clone, tmp_path: Path) -> None:
    _revision(tmp_path, "0001", "create table sample.first (id int)")
    schemas = [Schema("sample", tmp_path)]
    assert await migrate(empty.superuser_dsn, schemas, roles=False)
    assert not await migrate(empty.superuser_dsn, schemas, roles=False)
    owner = "select tableowner::text from pg_tables where schemaname = 'sample' and tablename = 'first'"
    assert await _all(empty.superuser_dsn, owner) == [empty.postgres.superuser]


async def test_two_at_once_wait_for_each_other(empty: Clone, tmp_path: Path) -> None:
    _revision(tmp_path, "0001", "create table sample.first (id int); insert into sample.first values (1)")
    schemas = [Schema("sample", tmp_path)]

    def upgrade() -> None:
        schema_upgrade.upgrade(empty.superuser_dsn, schemas, roles=True)

    program = "import sys; from pathlib import Path; from comanda.platform.migrations import Schema;"
    program += "from comanda.platform.schema_upgrade import upgrade;"
    program += "upgrade(sys.argv[1], [Schema('sample', Path(sys.argv[2]))], roles=True)"
    arguments = ("-c", program, empty.superuser_dsn, str(tmp_path))
    other = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    await asyncio.to_thread(upgrade)
    assert await other.wait() == 0
    assert await _all(empty.superuser_dsn, "select id from sample.first") == [1]


async def test_what_was_said_in_the_log_stays_said(database: Clone) -> None:
    ordering = database.dsn("ordering")
    await _all(ordering, "insert into messaging.log (type, subject, data) values ('t', 's', '{}') returning position")
    assert await _all(ordering, "update messaging.log set personal = null returning 1") == [1]
    await _refused(ordering, "update messaging.log set data = '[]'")
    await _refused(ordering, "delete from messaging.log")
    await _refused(ordering, "delete from messaging.eras")
    await _refused(ordering, "update messaging.alembic_version set version_num = '0000'")
    assert await _all(ordering, "delete from messaging.cursors returning 1") == []


@pytest.mark.parametrize("schema", find_schemas(lambda role: role), ids=lambda schema: schema.name)
def test_revisions_are_one_numbered_line(schema: Schema) -> None:
    files = sorted(file.name[:4] for file in schema.revisions.glob("*.py"))
    assert files == [f"{number:04}" for number in range(1, len(files) + 1)]
    config = Config()
    config.set_main_option("script_location", str(Path(schema_upgrade.__file__).with_name("revisions")))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(schema.revisions))
    line = [revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()]
    assert line[::-1] == files


@pytest.mark.parametrize("schema", find_schemas(lambda role: role), ids=lambda schema: schema.name)
async def test_every_table_lives_in_its_schema(database: Clone, schema: Schema) -> None:
    strays = "select relname::text from pg_class where relnamespace = 'public'::regnamespace"
    assert await _all(database.superuser_dsn, strays) == []
    owners = "select distinct tableowner::text from pg_tables where schemaname = $1"
    assert await _all(database.superuser_dsn, owners, schema.name) in ([], [schema.role])
