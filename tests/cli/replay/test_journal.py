"""The client's journal brings a replay back to where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from comanda.cli.replay.journal import Answered, Journal, Sent, Stocked, WrongJournal


def test_journal_goes_on_with_the_same_keys_and_answers(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal.open(path, "f", 1.0) as first:
        first.note(Stocked())
        first.note(Sent("1"))
        first.note(Answered("1", 201, order="o-1"))
        first.note(Sent("2"))
        first.note(Answered("2", 422, problem="no"))
        first.note(Sent("3"))
    with Journal.open(path, "f", 1.0) as second:
        assert second.stocked
        assert second.key("1") == first.key("1")
        assert second.sent == {"1", "2", "3"}
        assert second.orders == {"o-1": "1"}
        assert [answer.problem for answer in second.refused] == ["no"]


def test_line_is_in_the_file_before_note_returns(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal", "f", 1.0)
    journal.note(Sent("1"))
    assert (tmp_path / "journal").read_text().endswith('{"what":"sent","invoice":"1"}\n')
    journal.close()


def test_line_that_a_crash_cut_off_counts_as_never_written(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal.open(path, "f", 1.0) as first:
        first.note(Sent("1"))
    path.write_bytes(path.read_bytes() + b'{"what":"answ')
    with Journal.open(path, "f", 1.0) as second:
        second.note(Answered("1", 201, order="o"))
    with Journal.open(path, "f", 1.0) as third:
        assert third.orders == {"o": "1"}


def test_journal_of_another_replay_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    Journal.open(path, "f", 1.0).close()
    with pytest.raises(WrongJournal, match="another replay"):
        Journal.open(path, "g", 1.0)
    with pytest.raises(WrongJournal, match="another replay"):
        Journal.open(path, "f", 0.5)
    path.write_text("hello\n")
    with pytest.raises(WrongJournal, match="no journal"):
        Journal.open(path, "f", 1.0)


def test_every_run_has_keys_of_its_own() -> None:
    assert Journal.open(None, "f", 1.0).key("1") != Journal.open(None, "f", 1.0).key("1")
