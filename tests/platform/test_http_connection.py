"""What is written in one turn of the event loop leaves together."""

import asyncio
from collections.abc import Iterable

from comanda.platform.http.connection import OneWrite


class _Wire(asyncio.Transport):
    """The end of a connection: notes what is sent by each call of the system."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        assert not self.closed
        self.sent.append(b"".join(list_of_data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def test_head_and_body_are_sent_at_once() -> None:
    wire = _Wire()
    transport = OneWrite(wire, asyncio.get_running_loop())
    for answer in (b"first", b"second"):
        transport.write(b"head of the ")
        transport.write(answer)
        await asyncio.sleep(0)
    assert wire.sent == [b"head of the first", b"head of the second"]


async def test_what_was_written_before_the_close_is_sent() -> None:
    wire = _Wire()
    transport = OneWrite(wire, asyncio.get_running_loop())
    transport.write(b"head, ")
    transport.write(b"body")
    transport.close()
    await asyncio.sleep(0)
    assert wire.sent == [b"head, body"]


async def test_a_connection_that_is_gone_takes_nothing() -> None:
    wire = _Wire()
    transport = OneWrite(wire, asyncio.get_running_loop())
    transport.write(b"too late")
    wire.close()
    await asyncio.sleep(0)
    assert wire.sent == []
