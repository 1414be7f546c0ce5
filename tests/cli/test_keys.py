"""The first admin, named by the environment, and the keys that sign their tokens."""

import json
import shutil
import tempfile
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from comanda.cli.first_admin import EMAIL_VARIABLE, PASSWORD_VARIABLE, FirstAdmin
from comanda.cli.installation import CommandError
from tests.support.command_line import Up, port_base, run_comanda

ADMIN = {EMAIL_VARIABLE: "ada@shop.example", PASSWORD_VARIABLE: "a long way to the engine"}


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
        login = {"email": ADMIN[EMAIL_VARIABLE], "password": ADMIN[PASSWORD_VARIABLE]}
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


@pytest.mark.parametrize(("variable", "wrong"), [(EMAIL_VARIABLE, "nobody"), (PASSWORD_VARIABLE, "short")])
def test_an_admin_who_could_not_sign_in_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, wrong: str) -> None:
    monkeypatch.setenv(variable, wrong)
    with pytest.raises(CommandError, match=f"^{variable}: "):
        FirstAdmin.of_environment()
