"""The results as a Markdown table."""

from __future__ import annotations

from statistics import median
from typing import Any

TARGETS = {"c": "≥ 0.8", "d": "≥ 0.4"}


def spread(values: list[float], form: str = ",.0f") -> str:
    """The median, and the range where there is more than one value."""
    if not values:
        return "–"
    middle = format(median(values), form)
    if len(values) == 1:
        return middle
    return f"{middle} ({format(min(values), form)}–{format(max(values), form)})"


def milliseconds(values: list[float]) -> str:
    """Seconds, shown as milliseconds."""
    return spread([value * 1000 for value in values], ",.1f")


def markdown(results: dict[str, Any]) -> str:
    """The table; medians, with the range in parentheses."""
    lines = [
        f"Measured {results['started']} on {results['cpus']} cores, load generator included, fsync on.",
        "Medians (range).",
        "",
        "| | | target |",
        "|---|---|---|",
        f"| (a) PostgreSQL alone, one order at a time | {spread(results['limits']['a'])} orders/s | |",
        f"| (b) PostgreSQL alone, batches of 500 | {spread(results['limits']['b'])} orders/s | |",
    ]
    for name, words in (("c", "orders over HTTP to completed"), ("d", "cart, quote, order to completed")):
        lines += load_lines(name, words, results)
    lines += start_lines(results) + growth_lines(results["growth"])
    return "\n".join(lines) + "\n"


def load_lines(name: str, words: str, results: dict[str, Any]) -> list[str]:
    """The lines of one load."""
    runs = results["loads"][name]
    if not runs:
        return []
    outcomes = [run["outcome"] for run in runs]
    rates = [outcome["completed_per_s"] for outcome in outcomes]
    cpu_us = [run["cpu_per_order"] * 1e6 for run in runs]
    first = [
        f"| **({name}) {words}** | **{spread(rates)} orders/s** | |",
        f"| {name}/a | {spread([run['of_a'] for run in runs], '.2f')} | {TARGETS[name]} |",
    ]
    if name == "c" and results["limits"]["b"]:
        batch = median(results["limits"]["b"])
        first.append(f"| c/b | {spread([rate / batch for rate in rates], '.3f')} | |")
    return [
        *first,
        f"| click → answer p50 | {milliseconds([run['click_p50'] for run in runs])} ms | |",
        f"| click → answer p99 | {milliseconds([run['click_p99'] for run in runs])} ms | |",
        f"| created → completed p50 | {milliseconds([o['p50_s'] for o in outcomes])} ms | |",
        f"| created → completed p99 | {milliseconds([o['p99_s'] for o in outcomes])} ms"
        f" | {'≤ 1,000 ms' if name == 'c' else ''} |",
        f"| CPU an order, all processes | {spread(cpu_us)} µs | {'≤ 2,000 µs' if name == 'c' else ''} |",
        *cost_lines(results["costs"].get(name)),
    ]


def cost_lines(costs: dict[str, float] | None) -> list[str]:
    """Statements, transactions, rows and bytes an order."""
    if not costs:
        return []
    rows = ", ".join(f"{costs[kind]:.1f} {kind}" for kind in ("inserted", "updated", "deleted"))
    return [
        f"| statements / transactions an order | {costs['statements']:.1f} / {costs['transactions']:.2f} | |",
        f"| rows an order | {rows} | |",
        f"| WAL an order | {costs['wal_bytes'] / 1024:.1f} KiB | |",
    ]


def start_lines(results: dict[str, Any]) -> list[str]:
    """Starts, memory, idleness."""
    lines = [
        f"| cold start | {spread(results['cold_start_s'], '.1f')} s | ≤ 6 s |",
        f"| warm start | {spread(results['warm_start_s'], '.1f')} s | ≤ 3 s |",
    ]
    if results["peak_memory_mb"] is not None:
        lines.append(f"| peak memory, Python process | {results['peak_memory_mb']:.0f} MB | |")
    if results["idle_cpu"] is not None:
        lines.append(f"| idle CPU, all processes | {results['idle_cpu']:.2%} of a core | < 2 % |")
    return lines


def growth_lines(grown: dict[str, Any]) -> list[str]:
    """The full database against the empty one."""
    if not grown:
        return []
    memory = ", ".join(f"{mb:.0f} MB at {int(orders):,}" for orders, mb in grown["memory_mb"].items())
    return [
        f"| {grown['orders']:,} orders | {spread(grown['full_per_s'])} orders/s | |",
        f"| against empty | {grown['full_of_empty']:.2f} of {spread(grown['empty_per_s'])} orders/s | ≥ 0.8 |",
        f"| resident memory, Python process | {memory} | ≤ 300 MB, then ≤ 5 % more |",
    ]
