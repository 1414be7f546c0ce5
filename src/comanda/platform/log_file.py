"""PostgreSQL's log: one file that it appends to itself, cut by us so that it cannot fill the disk."""

import os
import shutil
from pathlib import Path

MAX_LOG_BYTES = 16 * 1024 * 1024
"""Where the log is cut; with the part before it, it takes at most a little over twice as much."""


class LogFile:
    """The log of a running PostgreSQL, and of the ones before it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> int:
        """A descriptor to give to PostgreSQL; whatever is written to it goes to the file's present end."""
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def size(self) -> int:
        """Bytes in the file; 0 when there is none."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def rotate(self, limit: int = MAX_LOG_BYTES) -> None:
        """Past the limit, move what is there to `….1` and go on with an empty file.

        PostgreSQL keeps the file open, so it is copied and emptied; lines written in between are lost.
        """
        if self.size() <= limit:
            return
        draft = self.path.with_name(f"{self.path.name}.new")
        shutil.copyfile(self.path, draft)
        draft.chmod(0o600)
        draft.replace(self.path.with_name(f"{self.path.name}.1"))
        os.truncate(self.path, 0)

    def reason(self, since: int) -> str:
        """Why PostgreSQL ended, as far as what it wrote after byte `since` tells."""
        try:
            with self.path.open("rb") as log:
                log.seek(since)
                return last_complaint(log.read(1024 * 1024).decode(errors="replace"))
        except OSError as error:
            return error.strerror or str(error)


def last_complaint(text: str) -> str:
    """The last error in the output of one of PostgreSQL's programs, without time and severity."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for mark in ("FATAL:", "PANIC:", "error:"):
        for line in reversed(lines):
            if mark in line:
                return line.partition(mark)[2].strip()
    return " ".join(lines[-3:]) or "it said nothing"
