"""The client's own journal: what it sent and what it was answered, a JSON line each.

It is written before a sale is sent and after it was answered, so whatever dies in between, the next run knows which
sales to send again, with the same keys. It holds the client's side of the account: compared with the shop's own orders
it shows any order that is missing or twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from uuid import uuid4

import msgspec

from comanda.cli.installation import CommandError


class WrongJournal(CommandError):
    """The journal belongs to another replay."""


class Start(msgspec.Struct, tag="start", tag_field="what"):
    """The first line: which replay this is."""

    run: str
    fingerprint: str
    stock_share: float


class Stocked(msgspec.Struct, tag="stocked", tag_field="what"):
    """Products and stock are in the shop."""


class Sent(msgspec.Struct, tag="sent", tag_field="what"):
    """A sale is about to be sent for the first time in this process."""

    invoice: str


class Answered(msgspec.Struct, tag="answered", tag_field="what", omit_defaults=True):
    """A sale has its answer: 201 and the order, or a refusal and its reason."""

    invoice: str
    status: int
    order: str = ""
    problem: str = ""
    seconds: float = 0.0


LINE = msgspec.json.Decoder(Start | Stocked | Sent | Answered)
ENCODE = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Journal:
    """What this run has sent so far, in memory and (with a path) in a file."""

    run: str
    stocked: bool = False
    sent: set[str] = field(default_factory=set)
    answers: dict[str, Answered] = field(default_factory=dict)
    _file: IO[bytes] | None = None

    @classmethod
    def open(cls, path: Path | None, fingerprint: str, stock_share: float) -> Self:
        """Begin a journal, or go on with the one in the file. Raises WrongJournal and OSError."""
        if path is None:
            return cls(run=uuid4().hex)
        whole = _whole_lines(path)
        journal = cls._read(whole, path, fingerprint, stock_share) if whole else cls(run=uuid4().hex)
        file = path.open("ab", buffering=0)
        file.truncate(sum(map(len, whole)))
        journal._file = file
        if not whole:
            journal._write(Start(run=journal.run, fingerprint=fingerprint, stock_share=stock_share))
        return journal

    @classmethod
    def _read(cls, lines: list[bytes], path: Path, fingerprint: str, stock_share: float) -> Self:
        try:
            start, *rest = [LINE.decode(line) for line in lines]
        except msgspec.DecodeError as error:
            raise WrongJournal(f"{path} is no journal of a replay: {error}.") from error
        if not isinstance(start, Start) or (start.fingerprint, start.stock_share) != (fingerprint, stock_share):
            raise WrongJournal(
                f"{path} is the journal of another replay; go on with its file, --limit and --stock-share."
            )
        journal = cls(run=start.run)
        for event in rest:
            journal._apply(event)
        return journal

    def key(self, invoice: str) -> str:
        """The idempotency key of a sale: the same in every try of this run."""
        return f"replay-{self.run}-{invoice}"

    def note(self, event: Stocked | Sent | Answered) -> None:
        """Remember and write down; the line is with the operating system when this returns."""
        self._apply(event)
        self._write(event)

    @property
    def orders(self) -> dict[str, str]:
        """Order id → invoice of every sale answered 201."""
        return {answer.order: invoice for invoice, answer in self.answers.items() if answer.status == 201}

    @property
    def refused(self) -> list[Answered]:
        """Sales that the shop does not take."""
        return [answer for answer in self.answers.values() if answer.status != 201]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _apply(self, event: Start | Stocked | Sent | Answered) -> None:
        if isinstance(event, Answered):
            self.answers[event.invoice] = event
        elif isinstance(event, Sent):
            self.sent.add(event.invoice)
        elif isinstance(event, Stocked):
            self.stocked = True

    def _write(self, event: Start | Stocked | Sent | Answered) -> None:
        if self._file is not None:
            self._file.write(ENCODE(event) + b"\n")


def _whole_lines(path: Path) -> list[bytes]:
    """The lines of the file; one that a crash cut off counts as never written."""
    if not path.exists():
        return []
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
