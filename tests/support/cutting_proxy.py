"""A proxy between a service and PostgreSQL that cuts a connection after a commit has happened, before its answer comes.

It reads the frontend/backend protocol (version 3, PostgreSQL's documentation, "Message Formats") just far enough to
know which statements a transaction has run and when the server has committed it.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from comanda.platform.postgres import EmbeddedPostgres
from tests.support.database import Database

_CHUNK = 65_536


@dataclass(slots=True)
class Cut:
    """Cut the next `left` commits of transactions that ran a statement with these words, `spared` before each."""

    words: str
    left: int
    spared: int
    seen: int = 0
    done: int = 0

    def strikes(self, statements: list[str]) -> bool:
        """Whether this commit's answer is to be lost."""
        if self.left == 0 or not any(self.words in statement for statement in statements):
            return False
        self.seen += 1
        if self.seen % (self.spared + 1):
            return False
        self.left -= 1
        self.done += 1
        return True


@dataclass(slots=True)
class _Conversation:
    """What one connection has said: its prepared statements, and those run since its last transaction ended."""

    prepared: dict[bytes, str] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)
    failed: bool = False

    def asked(self, kind: bytes, body: bytes) -> None:
        """A message of the client."""
        if kind == b"P":
            name, _, rest = body.partition(b"\0")
            self.prepared[name] = rest.partition(b"\0")[0].decode()
        elif kind == b"B":
            name = body.partition(b"\0")[2].partition(b"\0")[0]
            self.statements.append(self.prepared.get(name, ""))
        elif kind == b"Q":
            self.statements.append(body.rstrip(b"\0").decode())

    def committed(self, kind: bytes, body: bytes) -> list[str]:
        """The statements of the transaction that the server says, by this message, is committed; else none.

        That is ReadyForQuery, idle: a statement outside of BEGIN and COMMIT is committed just before it.
        """
        self.failed |= kind == b"E" or (kind, body) == (b"C", b"ROLLBACK\0")
        if (kind, body) != (b"Z", b"I"):
            return []
        statements, failed = self.statements, self.failed
        self.statements, self.failed = [], False
        return [] if failed else statements


class Proxy:
    """Listens in a folder of its own under PostgreSQL's socket name. `cut` arms it."""

    def __init__(self, upstream: Path, folder: Path) -> None:
        self.folder = folder
        self._upstream = upstream
        self._cuts: list[Cut] = []
        self._streams: set[asyncio.StreamWriter] = set()

    def cut(self, words: str, times: int = 1, spared: int = 0) -> Cut:
        """Lose the answers of commits whose transaction ran a statement with these words; `done` counts them."""
        cut = Cut(words, times, spared)
        self._cuts.append(cut)
        return cut

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it or it is cut."""
        server, to_server = await asyncio.open_unix_connection(str(self._upstream))
        conversation = _Conversation()
        self._streams |= {to_client, to_server}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._ask(client, to_server, conversation))
                both.create_task(self._answer(server, to_client, conversation))
        except* (OSError, EOFError, _Ended):
            pass
        finally:
            for stream in (to_client, to_server):
                stream.transport.abort()
                self._streams.discard(stream)

    async def _ask(self, client: asyncio.StreamReader, to_server: asyncio.StreamWriter, said: _Conversation) -> None:
        size = await client.readexactly(4)
        to_server.write(size + await client.readexactly(int.from_bytes(size, "big") - 4))
        messages = _Messages()
        while chunk := await client.read(_CHUNK):
            for kind, body in messages.take(chunk):
                said.asked(kind, body)
            to_server.write(chunk)
            await to_server.drain()
        raise _Ended

    async def _answer(self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter, said: _Conversation) -> None:
        messages = _Messages()
        while chunk := await server.read(_CHUNK):
            for kind, body in messages.take(chunk):
                statements = said.committed(kind, body)
                if any(cut.strikes(statements) for cut in self._cuts):
                    raise _Ended
            to_client.write(chunk)
            await to_client.drain()
        raise _Ended


class _Ended(Exception):
    """One side is gone, or the connection is cut."""


class _Messages:
    """Messages out of a stream: a byte that says what it is, its length, its body."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, chunk: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The messages that are complete with this chunk."""
        data, start = self._rest + chunk, 0
        while len(data) - start >= 5:
            end = start + 1 + int.from_bytes(data[start + 1 : start + 5], "big")
            if end > len(data):
                break
            yield data[start : start + 1], data[start + 5 : end]
            start = end
        self._rest = data[start:]


@dataclass(frozen=True, slots=True)
class ProxiedDatabase(Database):
    """A database that services reach through a proxy, and the superuser directly."""

    folder: Path

    def dsn(self, role: str) -> str:
        """A URL for a service's role, through the proxy."""
        direct = Database(self.postgres, self.name).dsn(role)
        return direct.replace(quote(self.postgres.host, safe=""), quote(str(self.folder), safe=""))


@asynccontextmanager
async def proxied(database: Database) -> AsyncIterator[tuple[Proxy, ProxiedDatabase]]:
    """A proxy in front of a test's database, and the database behind it."""
    with tempfile.TemporaryDirectory(prefix="cut-") as name:
        folder = Path(name)
        socket = f".s.PGSQL.{EmbeddedPostgres.port}"
        proxy = Proxy(Path(database.postgres.host) / socket, folder)
        server = await asyncio.start_unix_server(proxy.serve, str(folder / socket))
        try:
            yield proxy, ProxiedDatabase(database.postgres, database.name, folder)
        finally:
            server.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(server.wait_closed(), 5)
