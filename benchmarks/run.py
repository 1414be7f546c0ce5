"""`make bench`: Comanda against what PostgreSQL alone can write, on this machine, now.

(a) pgbench, one order at a time, 8 clients     (b) pgbench, batches of 500
(c) orders of guests over HTTP to completed     (d) the whole journey: cart, quote, order

A machine drifts, so every (c) and (d) has an (a) before and after it, and the median of the ratios counts.
Every measured run needs a least number of completed orders and a clean `comanda audit`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import limit
import machine
import psutil
import uvloop
from server import PORT_BASE, Server, fresh_server
from shop import Ports, open_shop
from table import markdown

LOAD = Path(__file__).with_name("load.py")
LEAST_PER_S = {"c": 50, "d": 10}


@dataclass(slots=True)
class Results:
    """Everything measured; `loads` has a list of runs for c and d, `limits` of rates for a and b."""

    started: str
    cpus: int
    cold_start_s: list[float] = field(default_factory=list)
    warm_start_s: list[float] = field(default_factory=list)
    limits: dict[str, list[float]] = field(default_factory=lambda: {"a": [], "b": []})
    loads: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"c": [], "d": []})
    costs: dict[str, dict[str, float]] = field(default_factory=dict)
    idle_cpu: float | None = None
    peak_memory_mb: float | None = None
    growth: dict[str, Any] = field(default_factory=dict)


class Bench:
    """One server, measured again and again."""

    def __init__(self, server: Server, options: argparse.Namespace, results: Results) -> None:
        self.server, self.options, self.results = server, options, results
        self.dsn = server.dsn()
        uvloop.run(open_shop(Ports.above(PORT_BASE), server.token()))

    def limit(self, which: limit.Limit) -> float:
        """Measure a limit of PostgreSQL."""
        rate = limit.measure(self.dsn, which, self.options.seconds)
        self.results.limits[which.name].append(rate)
        say(f"({which.name}) {rate:,.0f} orders/s")
        return rate

    def load(self, name: str, seconds: float) -> dict[str, Any]:
        """Run a load to its last completed order; with CPU seconds an order over all processes."""
        cpu = machine.cpu_s(self.server)
        least = int(seconds * LEAST_PER_S[name])
        arguments = [
            name,
            "--port-base",
            str(PORT_BASE),
            "--seconds",
            str(seconds),
            "--least",
            str(least),
            "--dsn",
            self.dsn,
            "--json",
        ]
        done = subprocess.run([sys.executable, str(LOAD), *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"({name}) failed: {done.stderr.strip()}")
        figures: dict[str, Any] = json.loads(done.stdout)
        cpu = machine.cpu_s(self.server) - cpu
        figures["cpu_per_order"] = cpu / figures["placed"] + figures["client_cpu_per_order"]
        return figures

    def pair(self, name: str, before: float) -> float:
        """A load between two (a), the first of which is given; returns the second."""
        figures = self.load(name, self.options.seconds)
        self.server.audit()
        after = self.limit(limit.ONE_AT_A_TIME)
        rate = figures["outcome"]["completed_per_s"]
        figures["of_a"] = rate / statistics.mean((before, after))
        self.results.loads[name].append(figures)
        delay = figures["outcome"]["p99_s"]
        say(f"({name}) {rate:,.0f} completed/s, {name}/a {figures['of_a']:.2f}, p99 created→completed {delay:.2f} s")
        return after

    def pairs(self) -> None:
        """(a) c (a) d (a) c (a) …, with a (b) in each round."""
        self.load("c", min(3.0, self.options.seconds))
        before = self.limit(limit.ONE_AT_A_TIME)
        for _ in range(self.options.pairs):
            before = self.pair("c", before)
            before = self.pair("d", before)
            self.limit(limit.IN_BATCHES)

    def costs(self) -> None:
        """What an order of each load writes, and its statements: a run each, apart from the rates."""
        for name in ("c", "d"):
            before = machine.written(self.dsn)
            placed = self.load(name, self.options.seconds)["placed"]
            per_order = machine.written(self.dsn).per_order(before, placed)
            with machine.StatementCount(self.server, self.dsn) as count:
                logged = self.load(name, min(5.0, self.options.seconds))["placed"]
            self.results.costs[name] = {**asdict(per_order), "statements": count.statements / logged}
            say(f"({name}) an order: {self.results.costs[name]}")


def starts(server: Server, options: argparse.Namespace, results: Results) -> None:
    """Cold and warm starts; the server runs afterwards."""
    for _ in range(options.starts - 1):
        with fresh_server() as other:
            results.cold_start_s.append(other.start())
    results.cold_start_s.append(server.start())
    for _ in range(options.starts):
        server.stop()
        results.warm_start_s.append(server.start())
    say(f"cold starts {results.cold_start_s}, warm starts {results.warm_start_s}")


def growth(bench: Bench, results: Results) -> None:
    """Orders until there are so many; then the full database against an empty one, in turns."""
    target: int = bench.options.orders
    grown: dict[str, Any] = {"orders": target, "memory_mb": {}}
    half = False
    while (orders := count_orders(bench)) < target:
        if not half and orders >= target / 2:
            half = True
            grown["memory_mb"][orders] = machine.memory_mb(bench.server)
        bench.load("c", 20)
        say(f"{orders:,} orders, {machine.memory_mb(bench.server):.0f} MB")
    grown["memory_mb"][orders] = machine.memory_mb(bench.server)
    results.peak_memory_mb = machine.memory_mb(bench.server, "VmHWM")
    bench.server.audit()
    full, empty = [], []
    for _ in range(bench.options.growth_pairs):
        full.append(bench.load("c", bench.options.seconds)["outcome"]["completed_per_s"])
        bench.server.stop()
        with fresh_server() as other:
            other.start()
            fresh = Bench(other, bench.options, Results(started="", cpus=0))
            fresh.load("c", min(3.0, bench.options.seconds))
            empty.append(fresh.load("c", bench.options.seconds)["outcome"]["completed_per_s"])
        bench.server.start()
        bench.load("c", min(3.0, bench.options.seconds))
    grown |= {"full_per_s": full, "empty_per_s": empty}
    grown["full_of_empty"] = statistics.median(f / e for f, e in zip(full, empty, strict=True))
    results.growth = grown
    say(f"{orders:,} orders: {grown['full_of_empty']:.2f} of the empty rate")


def count_orders(bench: Bench) -> int:
    """Orders in the database."""
    return int(limit.psql(bench.dsn, "-c", "select count(*) from ordering.orders"))


def say(text: str) -> None:
    """A line of progress."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5, help="how often (c) and (d) are measured (5)")
    parser.add_argument("--seconds", type=float, default=10, help="length of each measurement (10)")
    parser.add_argument("--starts", type=int, default=3, help="cold and warm starts (3)")
    parser.add_argument("--orders", type=int, default=200_000, help="grow to so many orders; 0: do not")
    parser.add_argument("--growth-pairs", type=int, default=3, help="full against empty (3)")
    parser.add_argument("--quick", action="store_true", help="one short pair, no growth")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.pairs, chosen.seconds, chosen.starts, chosen.orders = 1, 4.0, 1, 0
    return chosen


def main() -> None:
    """Measure, print, write results.json and results.md."""
    chosen = options()
    results = Results(started=time.strftime("%Y-%m-%d %H:%M:%S"), cpus=psutil.cpu_count() or 0)
    with fresh_server() as server:
        starts(server, chosen, results)
        results.idle_cpu = machine.idle_cpu(server, 20.0)  # before the loads: comparing their orders goes on for hours
        bench = Bench(server, chosen, results)
        bench.pairs()
        bench.costs()
        results.peak_memory_mb = machine.memory_mb(bench.server, "VmHWM")
        if chosen.orders:
            growth(bench, results)
        server.audit()
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "results.json").write_text(json.dumps(asdict(results), indent=2) + "\n")
    text = markdown(asdict(results))
    (chosen.out / "results.md").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
