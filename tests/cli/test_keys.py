"""The first admin, named by the environment, and the keys that sign their tokens."""

import json
import shutil
import tempfile
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.support.command_line import Up, port_base, run_comanda

ADMIN = {"COMANDA_ADMIN_EMAIL": "ada@shop.example", "COMANDA_ADMIN_PASSWORD": "a long way to the engine"}


def _status(url: str, token: str, body: dict[str, str] | None = None) -> tuple[int, dict[str, str]]:
    """What is answered to a GET, or to a POST of the body."""
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urlopen(Request(url, content, headers)) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def test_the_first_admin_signs_in_and_a_revoked_key_ends_their_token() -> None:
    folder = Path(tempfile.mkdtemp(prefix="comanda-keys-"))
    folder.chmod(0o711)
    data = folder / "data"
    with port_base() as base, Up(data, base, **ADMIN) as up:
        assert "a long way" not in up.until("Ctrl-C"), "a password that is known need not be shown"
        profiling = f"http://127.0.0.1:{base + 1}"
        login = {"email": ADMIN["COMANDA_ADMIN_EMAIL"], "password": ADMIN["COMANDA_ADMIN_PASSWORD"]}
        status, session = _status(f"{profiling}/sessions", "", login)
        assert status == 201, session
        assert _status(f"{profiling}/staff", session["access_token"])[0] == 200

        def keys(*arguments: str) -> list[str]:
            done = run_comanda("keys", *arguments, "--data-dir", data)
            assert done.returncode == 0, done.stderr
            return done.stdout.splitlines()

        (first,) = keys("list")
        assert first.endswith("  signs")
        (second,) = keys("rotate")
        assert "  signs from 20" in second
        assert {line.split()[0] for line in keys("list")} == {first.split()[0], second.split()[0]}
        assert _status(f"{profiling}/staff", session["access_token"])[0] == 200, "a present token stays good"
        (third,) = keys("rotate", "--revoke")
        assert keys("list") == [third] and third.endswith("  signs")
        assert _status(f"{profiling}/staff", session["access_token"])[0] == 401
        status, session = _status(f"{profiling}/sessions", "", login)
        assert status == 201 and _status(f"{profiling}/staff", session["access_token"])[0] == 200
    shutil.rmtree(folder)


def test_an_admin_who_could_not_sign_in_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    for wrong in ({"COMANDA_ADMIN_EMAIL": "nobody"}, {"COMANDA_ADMIN_PASSWORD": "short"}):
        done = run_comanda("up", "--data-dir", tmp_path / "data", **wrong)
        assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
        assert done.stderr.startswith(f"comanda: {next(iter(wrong))}: ")
    assert not (tmp_path / "data").exists()


def test_keys_of_an_installation_that_does_not_run_are_out_of_reach(tmp_path: Path) -> None:
    done = run_comanda("keys", "list", "--data-dir", tmp_path)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and done.stderr.startswith("comanda: ")
