"""The load of the benchmark: shoppers who place orders over HTTP, each as soon as the last one was answered.

c   32 connections of guests who order two lines of 1,000 products, each order with an idempotency key
d   8 shoppers who go the whole way: a cart with two of 50 products, the quote, the order with addresses

    python benchmarks/load.py setup --token "$(comanda token --role admin)"
    python benchmarks/load.py c --seconds 10 --dsn "$(comanda db-url)"

It takes as little CPU as it can, because the server runs on the same cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field

import uvloop
from outcome import Outcome, wait_for_outcome
from shop import Ports, open_shop

from comanda.cli.connection import Answer, Connection

RETRY_S = 0.05

ADDRESS = (
    b'{"recipient":"Ada Guest","street":"Rua Exemplo","number":"10A","city":"Lisboa",'
    b'"postal_code":"1000-001","country":"PT"}'
)
ORDER = (
    b'{"lines":[{"sku":"SKU-%d","quantity":2},{"sku":"SKU-%d","quantity":1}],"email":"guest-%d@example.org",'
    b'"shipping_address":' + ADDRESS + b',"payment_method":{"type":"card","token":"tok_approved"}}'
)
CART = b'{"items":[{"sku":"SKU-%d","quantity":1},{"sku":"SKU-%d","quantity":2}]}'
QUOTE = b'{"cart_id":"%b","shipping_address":' + ADDRESS + b"}"
CART_ORDER = (
    b'{"cart_id":"%b","email":"guest-%d@example.org","shipping_address":'
    + ADDRESS
    + b',"billing_address":'
    + ADDRESS
    + b',"payment_method":{"type":"card","token":"tok_approved"}}'
)


@dataclass(slots=True)
class Load:
    """What the shoppers saw, and when."""

    started: float = 0.0
    seconds: float = 0.0
    clicks_s: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @property
    def placed(self) -> int:
        """Orders answered 201."""
        return len(self.clicks_s)

    def count(self, name: str, answer: Answer) -> None:
        """Note an answer that was not the expected one."""
        self.statuses[f"{name} {answer.status}"] += 1
        if len(self.problems) < 3:
            self.problems.append(f"{name} {answer.status} {answer.body[:300]!r}")


@dataclass(frozen=True, slots=True)
class Figures:
    """One measured run. Times in seconds; rates per second; the last group is None without a database URL."""

    placed: int
    placed_per_s: float
    click_p50: float
    click_p99: float
    client_cpu_per_order: float
    statuses: dict[str, int]
    outcome: Outcome | None


class Refused(Exception):
    """An answer that no retry makes better."""


def post(host: str, path: bytes) -> Callable[[bytes, bytes], bytes]:
    """A function that renders a POST from an idempotency key (may be empty) and a body."""
    start = b"POST %b HTTP/1.1\r\nhost: %b\r\ncontent-type: application/json\r\n" % (path, host.encode())

    def render(key: bytes, body: bytes) -> bytes:
        keyed = b"idempotency-key: %b\r\n" % key if key else b""
        return b"%b%bcontent-length: %d\r\n\r\n%b" % (start, keyed, len(body), body)

    return render


async def until_answered(connection: Connection, raw: bytes, name: str, expected: int, load: Load) -> Answer:
    """Send until the server takes it: after a full shop (503) or a lost connection the same request again."""
    while True:
        try:
            answer = await connection.request(raw)
        except OSError as error:
            load.statuses[f"{name} {type(error).__name__}"] += 1
            await asyncio.sleep(RETRY_S)
            continue
        if answer.status == expected:
            return answer
        load.count(name, answer)
        if answer.status != 503:
            raise Refused
        await asyncio.sleep(answer.retry_after_s or RETRY_S)


async def guest(number: int, run: bytes, ports: Ports, until: float, load: Load) -> None:
    """Load (c): place one order after another until the time is over."""
    connection = Connection(ports.host, ports.ordering)
    render = post(f"{ports.host}:{ports.ordering}", b"/orders")
    pick = random.Random(number).randrange
    n = 0
    while (clicked := time.perf_counter()) < until:
        n += 1
        body = ORDER % (pick(500) + 1, pick(500) + 501, number * 10_000_000 + n)
        try:
            await until_answered(connection, render(b"%b-%d-%d" % (run, number, n), body), "order", 201, load)
        except Refused:
            continue
        load.clicks_s.append(time.perf_counter() - clicked)
    connection.close()


async def shopper(number: int, run: bytes, ports: Ports, until: float, load: Load) -> None:
    """Load (d): cart, quote and order, one journey after another until the time is over."""
    carting, ordering = Connection(ports.host, ports.carting), Connection(ports.host, ports.ordering)
    cart = post(f"{ports.host}:{ports.carting}", b"/carts")
    quote = post(f"{ports.host}:{ports.ordering}", b"/checkout")
    order = post(f"{ports.host}:{ports.ordering}", b"/orders")
    pick = random.Random(number).sample
    n = 0
    while (clicked := time.perf_counter()) < until:
        n += 1
        one, two = pick(range(1, 51), 2)
        key = b"%b-%d-%d" % (run, number, n)
        try:
            made = await until_answered(carting, cart(b"", CART % (one, two)), "cart", 201, load)
            cart_id = json.loads(made.body)["id"].encode()
            await until_answered(ordering, quote(b"", QUOTE % cart_id), "quote", 200, load)
            body = CART_ORDER % (cart_id, number * 10_000_000 + n)
            await until_answered(ordering, order(key, body), "order", 201, load)
        except Refused:
            continue
        load.clicks_s.append(time.perf_counter() - clicked)
    carting.close()
    ordering.close()


Shopper = Callable[[int, bytes, Ports, float, Load], Awaitable[None]]
LOADS: dict[str, tuple[Shopper, int]] = {"c": (guest, 32), "d": (shopper, 8)}


async def run_load(name: str, ports: Ports, *, connections: int, seconds: float) -> Load:
    """Let so many shoppers order for so long, and wait for their last answers."""
    one, _ = LOADS[name]
    load = Load(started=time.time())
    begin = time.perf_counter()
    run = b"bench-%b" % os.urandom(8).hex().encode()
    await asyncio.gather(*(one(i, run, ports, begin + seconds, load) for i in range(connections)))
    load.seconds = time.perf_counter() - begin
    return load


async def measure(
    name: str, ports: Ports, *, connections: int, seconds: float, least: int = 1, dsn: str | None = None
) -> Figures:
    """Run a load and return its figures; stops the program when fewer than `least` orders completed."""
    cpu = own_cpu_s()
    load = await run_load(name, ports, connections=connections, seconds=seconds)
    cpu = own_cpu_s() - cpu
    if load.placed < least:
        raise SystemExit(f"({name}) placed {load.placed} orders, at least {least} expected: {load.problems}")
    outcome = await wait_for_outcome(dsn, since=load.started, placed=load.placed) if dsn else None
    if outcome and outcome.completed < max(least, load.placed):
        raise SystemExit(f"({name}) only {outcome.completed} of {load.placed} orders completed: {outcome}")
    clicks = sorted(load.clicks_s)
    return Figures(
        placed=load.placed,
        placed_per_s=load.placed / load.seconds,
        click_p50=clicks[len(clicks) // 2],
        click_p99=clicks[int(len(clicks) * 0.99)],
        client_cpu_per_order=cpu / load.placed,
        statuses=dict(load.statuses),
        outcome=outcome,
    )


def own_cpu_s() -> float:
    """CPU seconds that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def show(figures: Figures) -> str:
    """The figures as lines for people."""
    click_ms = f"p50 {figures.click_p50 * 1000:,.1f} ms, p99 {figures.click_p99 * 1000:,.1f} ms"
    lines = [
        f"placed               {figures.placed:>10,}   {figures.placed_per_s:,.0f}/s",
        f"click → answer       {click_ms}",
        f"load generator       {figures.client_cpu_per_order * 1e6:,.0f} µs CPU an order",
    ]
    if figures.outcome:
        o = figures.outcome
        lines += [
            f"completed            {o.completed:>10,}   {o.completed_per_s:,.0f}/s",
            f"created → completed  p50 {o.p50_s:.3f} s, p99 {o.p99_s:.3f} s, max {o.max_s:.3f} s",
        ]
    if figures.statuses:
        lines.append(f"other answers        {figures.statuses}")
    return "\n".join(lines)


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("load", choices=["setup", *LOADS])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, help="(c: 32, d: 8)")
    parser.add_argument("--least", type=int, default=1, help="fewer orders are an error")
    parser.add_argument("--dsn", help="the database's URL, to measure created → completed")
    parser.add_argument("--token", help="an admin's token, for setup")
    parser.add_argument("--json", action="store_true")
    Ports.add_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Set the shop up, or run one load against it."""
    chosen = options()
    ports = Ports.of(chosen)
    if chosen.load == "setup":
        if not chosen.token:
            raise SystemExit("setup needs --token (comanda token --role admin)")
        uvloop.run(open_shop(ports, chosen.token))
        return
    connections = chosen.connections or LOADS[chosen.load][1]
    figures = uvloop.run(
        measure(
            chosen.load,
            ports,
            connections=connections,
            seconds=chosen.seconds,
            least=chosen.least,
            dsn=chosen.dsn,
        )
    )
    sys.stdout.write((json.dumps(asdict(figures)) if chosen.json else show(figures)) + "\n")


if __name__ == "__main__":
    main()
