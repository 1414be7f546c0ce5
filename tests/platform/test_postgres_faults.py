"""The embedded PostgreSQL when something goes wrong: nothing acknowledged is lost, and the reason is one line."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest

from comanda.platform import postgres as supervisor
from comanda.platform import postmaster
from comanda.platform.database import is_transient
from comanda.platform.log_file import LogFile
from comanda.platform.postgres import DataDirError, EmbeddedPostgres, PostgresError
from tests.platform.conftest import ROOT, Run
from tests.support.postgres import lives

_WAIT_S = 60


async def _value(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _fails(data_dir: Path, why: str, error: type[PostgresError] = DataDirError) -> None:
    """A start fails with one line that says why, and leaves the directory free."""
    postgres = EmbeddedPostgres(data_dir)
    with pytest.raises(error, match=why) as failed:
        await postgres.start()
    assert "\n" not in str(failed.value)
    assert str(failed.value).endswith(".")
    await postgres.stop()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(_WAIT_S):
        while not holds():  # noqa: ASYNC110 - what other processes do sets no event here
            await asyncio.sleep(0.02)


async def _served_again(postgres: EmbeddedPostgres, old_pid: int) -> None:
    """Wait for a new postmaster that answers."""
    async with asyncio.timeout(_WAIT_S):
        while True:
            try:
                if postgres.pid != old_pid and await _value(postgres.superuser_dsn, "select 1") == 1:
                    return
            except (PostgresError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pass
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("used")
async def test_an_orphan_is_found_and_replaced(data_dir: Path, run: Run) -> None:
    runner = run(data_dir)
    await _value(runner.dsn(), "create table kept as select 42 as answer")
    orphan = EmbeddedPostgres(data_dir).pid
    runner.kill()
    assert lives(orphan)
    async with EmbeddedPostgres(data_dir) as postgres:
        assert postgres.pid != orphan
        assert not lives(orphan)
        assert await _value(postgres.superuser_dsn, "select answer from kept") == 42


@pytest.mark.usefixtures("used")
async def test_an_orphan_can_be_stopped_without_a_start(data_dir: Path, run: Run) -> None:
    runner = run(data_dir)
    runner.dsn()
    orphan = EmbeddedPostgres(data_dir).pid
    with pytest.raises(DataDirError, match="in use by another Comanda"):
        await EmbeddedPostgres(data_dir).stop_left_behind()
    runner.kill()
    await EmbeddedPostgres(data_dir).stop_left_behind()
    assert not lives(orphan)


@pytest.mark.usefixtures("used")
async def test_two_at_once_are_one_and_a_clear_answer(data_dir: Path, run: Run) -> None:
    runner = run(data_dir)
    runner.dsn()
    await _fails(data_dir, rf"in use by another Comanda \(process {runner.process.pid}\)")
    runner.kill()
    async with EmbeddedPostgres(data_dir) as postgres:
        assert await _value(postgres.superuser_dsn, "select 1") == 1


async def test_two_first_starts_at_once_make_one_installation(data_dir: Path, run: Run) -> None:
    said = [runner.line() for runner in [run(data_dir) for _ in range(3)]]
    assert sorted(line.split()[0] for line in said) == ["failed", "failed", "ready"]
    assert all("in use by another Comanda" in line for line in said if line.startswith("failed"))


@pytest.mark.usefixtures("used")
async def test_what_was_acknowledged_survives_a_killed_postmaster(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir) as postgres:
        connection = await asyncpg.connect(postgres.superuser_dsn)
        await connection.execute("create table acknowledged (n int primary key)")
        for n in range(200):
            await connection.execute("insert into acknowledged values ($1)", n)
        killed = postgres.pid
        os.kill(killed, signal.SIGKILL)
        await _served_again(postgres, killed)
        assert await _value(postgres.superuser_dsn, "select count(*) from acknowledged") == 200
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)) as lost:
            await connection.execute("select 1")
        assert is_transient(lost.value)


@pytest.mark.usefixtures("used")
async def test_what_was_acknowledged_survives_a_killed_session(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir) as postgres:
        await _value(postgres.superuser_dsn, "create table kept as select 42 as answer")
        connection = await asyncpg.connect(postgres.superuser_dsn)
        pid = postgres.pid
        os.kill(connection.get_server_pid(), signal.SIGKILL)
        await _served_again(postgres, pid)
        assert await _value(postgres.superuser_dsn, "select answer from kept") == 42


@pytest.mark.usefixtures("used")
async def test_it_stops_whenever_it_is_asked_to(data_dir: Path) -> None:
    """Also just after a session was killed, when PostgreSQL is about to end, ends, or is started again."""
    postgres = EmbeddedPostgres(data_dir, durable=False)
    for pause in (0, 0.01, 0.03, 0.1, 0.2):
        await postgres.start()
        pid = postgres.pid
        connection = await asyncpg.connect(postgres.superuser_dsn)
        os.kill(connection.get_server_pid(), signal.SIGKILL)
        await asyncio.sleep(pause)
        async with asyncio.timeout(postmaster.FAST_SHUTDOWN_S / 2):
            await postgres.stop()
        assert not lives(pid)


@pytest.mark.usefixtures("used")
async def test_all_killed_at_once_recovers_at_the_next_start(data_dir: Path, run: Run) -> None:
    runner = run(data_dir)
    await _value(runner.dsn(), "create table kept as select n from generate_series(1, 50000) n")
    orphan = psutil.Process(EmbeddedPostgres(data_dir).pid)
    runner.process.kill()
    orphan.kill()
    runner.process.wait()
    async with EmbeddedPostgres(data_dir) as postgres:
        assert await _value(postgres.superuser_dsn, "select count(*) from kept") == 50_000
    assert "automatic recovery" in (data_dir / "postgres.log").read_text()


@pytest.mark.usefixtures("used")
async def test_children_that_outlive_a_killed_postmaster_are_waited_for(data_dir: Path, run: Run) -> None:
    runner = run(data_dir)
    runner.dsn()
    orphan = psutil.Process(EmbeddedPostgres(data_dir).pid)
    lingering = next(child for child in orphan.children() if "checkpointer" in " ".join(child.cmdline()))
    lingering.suspend()
    runner.kill()
    orphan.kill()
    postgres = EmbeddedPostgres(data_dir)
    starting = asyncio.create_task(postgres.start())
    log = data_dir / "postgres.log"
    await _until(lambda: "shared memory block" in log.read_text() or starting.done())
    assert not starting.done()
    lingering.resume()
    await asyncio.wait_for(starting, _WAIT_S)
    assert await _value(postgres.superuser_dsn, "select 1") == 1
    await postgres.stop()


@pytest.mark.usefixtures("used")
async def test_a_process_that_got_a_dead_postmasters_number_is_left_in_peace(data_dir: Path, run: Run) -> None:
    async with EmbeddedPostgres(data_dir) as postgres:
        host = postgres.host
    user = (data_dir / "postgres").stat()
    stranger = subprocess.Popen(["sleep", "600"], user=user.st_uid if ROOT else None)
    try:
        pid_file = data_dir / "postgres" / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{data_dir}/postgres\n1\n5432\n{host}\n\n0 0\nready\n")
        os.chown(pid_file, user.st_uid, user.st_gid)
        with pytest.raises(PostgresError, match="No PostgreSQL is running"):
            _ = EmbeddedPostgres(data_dir).pid
        async with EmbeddedPostgres(data_dir) as postgres:
            assert await _value(postgres.superuser_dsn, "select 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


async def test_a_cancelled_start_can_be_repeated_at_once(data_dir: Path) -> None:
    postgres = EmbeddedPostgres(data_dir)
    starting = asyncio.create_task(postgres.start())
    await _until(lambda: any(data_dir.glob("postgres.new.*/base")))
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not list(data_dir.glob("postgres*/base"))
    async with postgres:
        assert await _value(postgres.superuser_dsn, "select 1") == 1


async def test_a_first_start_that_was_killed_is_repeated(data_dir: Path, run: Run) -> None:
    runner = run(data_dir)
    await _until(lambda: any(data_dir.glob("postgres.new.*/base")))
    runner.kill()
    async with EmbeddedPostgres(data_dir) as postgres:
        assert await _value(postgres.superuser_dsn, "select 1") == 1


async def test_a_start_that_stands_still_is_given_up(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with EmbeddedPostgres(data_dir):
        pass
    monkeypatch.setattr(supervisor, "STALLED_S", -1.0)
    await _fails(data_dir, "does not get ready", PostgresError)
    monkeypatch.undo()
    async with EmbeddedPostgres(data_dir) as postgres:
        assert await _value(postgres.superuser_dsn, "select 1") == 1


@pytest.mark.usefixtures("used")
async def test_one_that_does_not_obey_is_ended_all_the_same(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres = EmbeddedPostgres(data_dir)
    await postgres.start()
    await _value(postgres.superuser_dsn, "create table kept as select 42 as answer")
    process = psutil.Process(postgres.pid)
    process.suspend()
    monkeypatch.setattr(postmaster, "FAST_SHUTDOWN_S", 0.1)
    monkeypatch.setattr(postmaster, "IMMEDIATE_SHUTDOWN_S", 0.1)
    await postgres.stop()
    assert not lives(process.pid)
    monkeypatch.undo()
    async with postgres:
        assert await _value(postgres.superuser_dsn, "select answer from kept") == 42


@pytest.mark.usefixtures("used")
async def test_files_of_another_postgresql_are_left_alone(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir):
        pass
    (data_dir / "postgres" / "PG_VERSION").write_text("16\n")
    await _fails(data_dir, "made by PostgreSQL 16; this Comanda brings 18")


@pytest.mark.usefixtures("used")
async def test_another_layout_is_left_alone(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir):
        pass
    (data_dir / "VERSION").write_text("2\n")
    await _fails(data_dir, r"another version of Comanda \(layout 2, this one reads 1\)")


async def test_a_folder_of_somebody_elses_is_left_alone(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "thesis.odt").write_text("years of work")
    await _fails(data_dir, "is not a data directory of Comanda: it has no VERSION and holds thesis.odt")
    assert (data_dir / "thesis.odt").read_text() == "years of work"


async def test_a_file_in_the_way_is_said(data_dir: Path) -> None:
    data_dir.write_text("")
    await _fails(data_dir, "cannot be used")
    await _fails(data_dir / "deeper", "cannot be used")


@pytest.mark.usefixtures("used")
async def test_broken_files_are_said_with_postgresqls_own_words(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir):
        pass
    shutil.rmtree(data_dir / "postgres" / "pg_wal")
    why = 'does not start: required WAL directory "pg_wal" does not exist. Its log is .*/postgres.log'
    await _fails(data_dir, why, PostgresError)


def test_a_folder_one_may_not_write_to_is_said(data_dir: Path, run: Run) -> None:
    data_dir.parent.chmod(0o755)
    data_dir.mkdir(mode=0o555)
    line = run(data_dir, as_nobody=ROOT).line()
    assert line.startswith(f"failed The data directory {data_dir} cannot be used")
    assert line.endswith("Permission denied.")


async def test_a_read_only_disk_is_said(small_disk: Callable[..., Path]) -> None:
    await _fails(small_disk(10, options=",ro") / "data", "cannot be used.*Read-only file system")


async def test_a_disk_too_small_to_begin_with_is_said_and_left_clean(small_disk: Callable[..., Path]) -> None:
    disk = small_disk(20)
    await _fails(disk / "data", "The disk that holds the data directory .* is full")
    assert sorted(path.name for path in (disk / "data").iterdir()) == [
        "VERSION", "lock", "postgres.password", "run",
    ]  # fmt: skip


async def test_a_disk_that_is_full_at_the_start_is_said_and_room_helps(small_disk: Callable[..., Path]) -> None:
    disk = small_disk(160)
    async with EmbeddedPostgres(disk / "data"):
        pass
    _fill(disk)
    await _fails(disk / "data", "The disk that holds the data directory .* is full")
    (disk / "filler").unlink()
    async with EmbeddedPostgres(disk / "data") as postgres:
        assert await _value(postgres.superuser_dsn, "select 1") == 1


async def test_a_disk_that_fills_loses_nothing_and_room_helps(small_disk: Callable[..., Path]) -> None:
    disk = small_disk(160)
    async with EmbeddedPostgres(disk / "data") as postgres:
        await _value(postgres.superuser_dsn, "create table acknowledged (n int primary key, filling text)")
        _fill(disk, but_megabytes=8)
        acknowledged = await _insert_until_it_fails(postgres.superuser_dsn)
        (disk / "filler").unlink()
        async with asyncio.timeout(_WAIT_S):
            while True:
                try:
                    count = await _value(postgres.superuser_dsn, "select count(*) from acknowledged")
                    await _value(postgres.superuser_dsn, "insert into acknowledged values (-1) returning n")
                    break
                except (PostgresError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await asyncio.sleep(0.1)
        assert acknowledged > 0
        assert count in (acknowledged, acknowledged + 1)  # the one whose answer was lost may be there


def _fill(disk: Path, but_megabytes: int = 0) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler:
        with suppress(OSError):
            while filler.write(bytes(64 * 1024)):
                pass
        filler.truncate(filler.tell() - but_megabytes * 1024 * 1024)


async def _insert_until_it_fails(dsn: str) -> int:
    """How many rows were acknowledged before the disk was full."""
    connection = await asyncpg.connect(dsn)
    for n in range(100_000):
        try:
            text = "select string_agg(md5(random()::text), '') from generate_series(1, 1000)"
            await connection.execute(f"insert into acknowledged values ($1, ({text}))", n)  # noqa: S608
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            assert is_transient(error)
            await connection.close(timeout=10)
            return n
    raise AssertionError("the disk did not fill")


def test_the_log_is_cut_while_it_is_written_to(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "postgres.log")
    writer = log.open()
    os.write(writer, b"first " * 100)
    log.rotate(limit=1000)
    assert log.size() == 600
    os.write(writer, b"second " * 100)
    log.rotate(limit=1000)
    os.write(writer, b"third\n")
    os.close(writer)
    assert log.path.read_text() == "third\n"
    assert (tmp_path / "postgres.log.1").read_text().startswith("first ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["postgres.log", "postgres.log.1"]
