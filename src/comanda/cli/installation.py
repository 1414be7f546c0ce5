"""A running installation as the commands see it: where its services listen, and a token to speak to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import msgspec

from comanda.cli.connection import Answer, Connection, render

PATIENCE_S = 60.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0


class Installation(Protocol):
    """What a command that works against a running installation is given."""

    def url(self, service: str) -> str:
        """The base URL of a service, such as `http://127.0.0.1:9005` for `ordering`."""
        ...

    async def token(self) -> str:
        """A bearer token that may do what staff may, valid for some minutes at least."""
        ...


class Remembered:
    """An installation whose token was asked for once, so that it can be used while the installation is down."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._token: str | None = None

    def url(self, service: str) -> str:
        """The base URL of a service."""
        return self._installation.url(service)

    async def token(self) -> str:
        """The token of the first time."""
        if self._token is None:
            self._token = await self._installation.token()
        return self._token


class CommandError(Exception):
    """A command cannot do what was asked of it; the message is one line for the person who typed it."""


class CallRefused(CommandError):
    """A service answered with an error that no repetition makes better."""

    def __init__(self, call: str, answer: Answer) -> None:
        super().__init__(f"{call} answered {answer.status}: {problem_of(answer)}")
        self.status, self.answer = answer.status, answer


class Unreachable(CommandError):
    """A service could not be reached, or had no time, for as long as patience lasts."""


def address(installation: Installation, service: str) -> tuple[str, int]:
    """Host and port of a service."""
    parts = urlsplit(installation.url(service))
    return parts.hostname or "127.0.0.1", parts.port or 80


class Service:
    """JSON calls to one service over one connection, with the installation's token.

    Calls are repeated while the network fails or the server is full (503), so they must be safe to repeat.
    """

    def __init__(self, installation: Installation, name: str, *, patience_s: float = PATIENCE_S) -> None:
        self._installation, self._name, self._patience_s = installation, name, patience_s
        self._host, port = address(installation, name)
        self._connection = Connection(self._host, port)
        self._token: str | None = None

    async def get(self, path: str) -> Any:
        """The JSON that a GET answers. Raises CallRefused and Unreachable."""
        return await self.call("GET", path)

    async def post(self, path: str, body: bytes, *, key: str | None = None) -> Any:
        """The JSON that a POST of a JSON body answers; `key` is its idempotency key.

        Raises CallRefused and Unreachable.
        """
        return await self.call("POST", path, body, {"idempotency-key": key} if key else {})

    async def call(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Any:
        """The JSON that a call answers. Raises CallRefused and Unreachable."""
        answer = await self._until_answered(method, path, body, headers or {})
        if answer.status == 401:  # the token has run out
            self._token = None
            answer = await self._until_answered(method, path, body, headers or {})
        if not 200 <= answer.status < 300:
            raise CallRefused(f"{method} {path} of {self._name}", answer)
        return msgspec.json.decode(answer.body) if answer.body else None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    async def pages(self, path: str) -> AsyncIterator[list[Any]]:
        """The pages of a list. Raises CallRefused and Unreachable."""
        cursor = None
        while True:
            join = "&" if "?" in path else "?"
            page = await self.get(path if cursor is None else f"{path}{join}cursor={quote(cursor)}")
            yield page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    async def _until_answered(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self._token is None:
            self._token = await self._installation.token()
        raw = render(method, path, self._host, body, {"authorization": f"Bearer {self._token}", **headers})
        until = time.monotonic() + self._patience_s
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                answer = await self._connection.request(raw)
                if answer.status != 503:
                    return answer
                failure = problem_of(answer)
                wait_s = answer.retry_after_s or pause_s
            except OSError as error:
                failure, wait_s = str(error), pause_s
            if time.monotonic() + wait_s > until:
                raise Unreachable(f"{self._name} at {self._host} cannot be used: {failure}")
            await asyncio.sleep(wait_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def problem_of(answer: Answer) -> str:
    """What the problem details (RFC 9457) of an answer say, in one line."""
    try:
        problem = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        problem = None
    if isinstance(problem, dict):
        said = str(problem.get("detail") or problem.get("title") or problem)
        for error in problem.get("errors") or ():
            said += f" {error.get('pointer', '')}: {error.get('detail', '')}."
        return " ".join(said.split())[:500]
    return " ".join(answer.body[:500].decode(errors="replace").split()) or "no explanation"
