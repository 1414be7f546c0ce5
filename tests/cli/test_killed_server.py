"""A server that is killed again and again under its customers loses nothing and does nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

KILLS = Path(__file__).parents[2] / "benchmarks" / "kills.py"


def test_five_kills_under_a_replay_lose_and_double_nothing() -> None:
    """The program ends with an error when journal, orders, stock and audit do not agree exactly."""
    command = [sys.executable, str(KILLS), "--kills", "5", "--rate", "30"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["kills"] == 5
    assert figures["orders"] == figures["ended"] > 500
