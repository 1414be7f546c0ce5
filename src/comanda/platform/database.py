"""A service's connections to PostgreSQL, and what its errors mean for whoever may try again."""

import traceback
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Self

import asyncpg
from asyncpg.pgproto import pgproto
from asyncpg.pool import PoolAcquireContext
from asyncpg.protocol import protocol

OnConnect = Callable[[asyncpg.Connection], Awaitable[None]]

CONNECT_TIMEOUT_S = 10.0
"""A connection that is not there by then counts as lost."""

COMMAND_TIMEOUT_S = 60.0
"""Longer than any statement may run: past it the server or the way to it hangs, and the connection is dropped."""

_SESSION = {
    "timezone": "UTC",
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",
}


class Database:
    """The connection pool of one service, in its own schema and under its own role.

    On every connection uuids are text, in and out, json and jsonb are text, and times are aware, in UTC. Nothing
    waits for a lock longer than 5 s, runs longer than 30 s, or keeps a transaction idle longer than 30 s.
    The session is not cleaned up between two users (that would cost a round trip each): they use
    `set local`, transaction-level advisory locks, and a connection from `connect` to listen on.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(
        cls,
        dsn: str,
        *,
        service: str,
        min_size: int = 1,
        max_size: int = 8,
        on_connect: OnConnect | None = None,
        by_key: bool = False,
    ) -> Self:
        """Connect as the service, whose name is also its schema. `by_key`: see `connect`.

        `on_connect` sees every new connection before anybody uses it; if it raises, the connection is closed and
        whoever wanted it gets the error. Raises what asyncpg raises when the database cannot be reached.
        """

        async def init(connection: asyncpg.Connection) -> None:
            await _prepare(connection)
            if on_connect is not None:
                await on_connect(connection)

        pool = asyncpg.create_pool(
            dsn,
            min_size=min_size,
            max_size=max_size,
            init=init,
            reset=_leave_as_is,
            connection_class=_Connection,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=COMMAND_TIMEOUT_S,
            server_settings=_settings(service, by_key=by_key),
        )
        await pool
        return cls(pool)

    def acquire(self) -> PoolAcquireContext:
        """A connection for the length of an `async with`; waits while all are in use."""
        return self._pool.acquire()

    async def close(self) -> None:
        """Wait until every connection is given back, and close them."""
        await self._pool.close()

    def terminate(self) -> None:
        """Close every connection at once, in use or not: the server rolls back what they were doing."""
        self._pool.terminate()


class _Connection(asyncpg.Connection):
    """Asks PostgreSQL about a built-in type once a process, not once a connection: the answer takes 10 ms."""

    async def _introspect_types(self, typeoids: set[int], timeout: float | None) -> tuple[Any, Any]:
        asked = frozenset(typeoids)
        if asked in _built_in:
            return _built_in[asked], _NOT_ASKED
        types, statement = await super()._introspect_types(typeoids, timeout)  # type: ignore[misc]
        if all(described["oid"] < _FIRST_OID_OF_A_CATALOG for described in types):
            _built_in[asked] = types
        return types, statement


# asyncpg asks abstract base classes of every element of an array whether it is an array itself, which takes longer than
# to encode it. For us an array is a list or a tuple, and nothing else.
protocol.IterableABC = protocol.SizedABC = (list, tuple)  # type: ignore[attr-defined]


class _NotAsked(NamedTuple):
    """Stands for the statement that was not executed: a named one, which spoils no unnamed one."""

    name: str = "not asked"


_NOT_ASKED = _NotAsked()

_FIRST_OID_OF_A_CATALOG = 10_000
"""Below, types have the same numbers in every database and version."""

_built_in: dict[frozenset[int], Any] = {}


async def connect(dsn: str, *, service: str, by_key: bool = False) -> asyncpg.Connection:
    """A connection of one's own, outside any pool, set up like those of `Database`.

    `by_key`: its statements find rows by their keys, whatever the arguments, so that one plan of each is as good as
    any. PostgreSQL then plans each once; left to choose, it plans those with arrays anew for every few rows, which
    takes longer than to execute them.
    """
    connection = await asyncpg.connect(
        dsn,
        connection_class=_Connection,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=COMMAND_TIMEOUT_S,
        server_settings=_settings(service, by_key=by_key),
    )
    await _prepare(connection)
    return connection


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction, tried again as a whole, may well succeed.

    True for a lost connection, a serialization failure, a deadlock, a lock timeout, a lack of resources, a server
    that stops or starts, a session ended for idling (a stopped process wakes up to that), and a schema changed
    under a prepared statement. False for a statement timeout (see `is_statement_timeout`) and for whatever lies
    in the data or in the program.
    """
    if isinstance(error, asyncpg.PostgresError):
        return _is_transient_state(error.sqlstate or "") or isinstance(error, asyncpg.InvalidCachedStatementError)
    if isinstance(error, _PROGRAMMING_ERRORS):
        return False
    if isinstance(error, (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, EOFError)):
        return True
    return _is_loss_unnoticed(error)


def _is_loss_unnoticed(error: BaseException) -> bool:
    """Whether asyncpg stumbled over a connection that was lost between the two halves of a statement.

    It looks whether the connection is open before it prepares a statement, not again before it executes it.
    """
    if not isinstance(error, AttributeError) or error.obj is not None:
        return False
    raised_in = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        raised_in = frame.f_globals.get("__name__", "")
    return raised_in is not None and raised_in.partition(".")[0] == "asyncpg"


def is_statement_timeout(error: BaseException) -> bool:
    """Whether a statement ran into `statement_timeout`: less work at once may succeed."""
    return isinstance(error, asyncpg.QueryCanceledError)


_PROGRAMMING_ERRORS = (
    ValueError,  # asyncpg's own DataError among them: an argument that no retry makes fit
    asyncpg.UnsupportedClientFeatureError,
    asyncpg.UnsupportedServerFeatureError,
)

_TRANSIENT_CLASSES = frozenset({"08", "40", "53", "57", "58"})
"""Connection, rollback (serialization, deadlock), resources, operator intervention, system errors."""

_TRANSIENT_STATES = frozenset({"55P03", "25P03", "25P04"})
"""Lock not available; session or transaction ended by its timeout."""

_QUERY_CANCELED = "57014"


def _is_transient_state(sqlstate: str) -> bool:
    if sqlstate == _QUERY_CANCELED:
        return False
    return sqlstate[:2] in _TRANSIENT_CLASSES or sqlstate in _TRANSIENT_STATES


def _settings(service: str, *, by_key: bool) -> dict[str, str]:
    return _SESSION | {
        "application_name": f"comanda {service}",
        "search_path": service,
        "plan_cache_mode": "force_generic_plan" if by_key else "auto",
    }


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=_uuid_to_wire, decoder=_uuid_from_wire, format="binary"
    )


async def _leave_as_is(connection: asyncpg.Connection) -> None:
    """What happens to a connection that is given back: nothing. An open transaction is rolled back all the same."""


# Of all the ways to have text, the sixteen bytes through asyncpg's own UUID cost Python and PostgreSQL together the
# least: 2.0 µs a value there and back, against 2.4 µs as text without a line of Python, and 2.8 µs in Python.


def _uuid_to_wire(value: str) -> bytes:
    return pgproto.UUID(value).bytes


def _uuid_from_wire(value: bytes) -> str:
    return str(pgproto.UUID(value))
