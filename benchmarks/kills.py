"""Kill the server without warning, again and again, while customers order; then look for anything lost or doubled.

    python benchmarks/kills.py --kills 20

A replay sends sales at a steady rate and repeats each with its key until it is answered; it keeps a journal of its own.
The server gets SIGKILL at random moments and is started again each time. At the end these must agree exactly: the
journal of answers, the orders, the stock; every order has ended, and `comanda audit` finds nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from limit import psql
from server import Server, command, fresh_server

SECONDS_A_KILL = 8.0
PRODUCTS = 60

COUNTS = """
select
    (select count(*) from ordering.orders where kind = 'managed'),
    (select count(*) from ordering.progress where status in ('completed', 'failed', 'canceled')),
    (select coalesce(sum(delta), 0) from stocking.movements where kind = 'adjusted'),
    (select coalesce(sum(on_hand), 0) from stocking.levels),
    (select coalesce(sum(reserved), 0) from stocking.levels),
    (
        select coalesce(sum(l.quantity), 0)
        from ordering.lines l
        join ordering.progress p on p.order_id = l.order_id
        where p.status = 'completed'
    )
"""
NAMES = ("orders", "ended", "stocked", "on_hand", "reserved", "sold")


def sales_file(path: Path, sales: int, chance: random.Random) -> None:
    """A file of made-up sales in the online-retail form: one to five lines each of a few products."""
    header = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(header)
        for invoice in range(100_000, 100_000 + sales):
            for product in chance.sample(range(PRODUCTS), chance.randint(1, 5)):
                quantity, price = chance.randint(1, 12), f"{1 + product % 9}.95"
                when = f"2010-12-{1 + invoice % 28:02} 09:00:00"
                rows.writerow(
                    [invoice, f"{20_000 + product}", f"PRODUCT {product}", quantity, when, price, "", "France"]
                )


def kill_again_and_again(server: Server, replay: subprocess.Popen[str], kills: int, chance: random.Random) -> int:
    """Kill and start the server so often; stops early when the replay has ended. Returns how often."""
    for number in range(1, kills + 1):
        time.sleep(chance.uniform(0.5, 5.0))
        if replay.poll() is not None:
            return number - 1
        server.kill()
        seconds = server.start()
        say(f"kill {number} of {kills}, up again after {seconds:.1f} s")
    return kills


def differences(counts: dict[str, int], replayed: dict[str, Any], answered: list[str]) -> list[str]:
    """What does not agree, in words."""
    checks = {
        "an order was answered twice in the journal": len(answered) == len(set(answered)),
        "the journal's orders are not the shop's": counts["orders"] == len(set(answered)) == replayed["placed"],
        "an order has not ended": counts["ended"] == counts["orders"],
        "the stock that is gone is not what completed orders took": counts["stocked"] - counts["on_hand"]
        == counts["sold"],
        "stock is reserved for nobody": counts["reserved"] == 0,
        "the replay's account does not balance": bool(replayed["balanced"]),
    }
    return [words for words, holds in checks.items() if not holds]


def answered_orders(journal: Path) -> list[str]:
    """The orders that the journal holds an answer for."""
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    return [line["order"] for line in lines if line["what"] == "answered" and line["status"] == 201]


def run(server: Server, file: Path, options: argparse.Namespace, chance: random.Random) -> dict[str, Any]:
    """Replay under kills and compare; returns the figures, stops the program when something does not agree."""
    journal = file.with_suffix(".journal")
    arguments = [str(file), "--rate", str(options.rate), "--stock-share", str(options.stock_share)]
    arguments += ["--journal", str(journal), "--json", "--data-dir", str(server.data_dir)]
    replay = subprocess.Popen(command("replay", *arguments), stdout=subprocess.PIPE, text=True)
    while not (journal.exists() and "answered" in journal.read_text()):  # the shelves are full, customers come
        if replay.poll() is not None:
            raise SystemExit(f"The replay ended with {replay.returncode} before it had begun.")
        time.sleep(0.1)
    kills = kill_again_and_again(server, replay, options.kills, chance)
    output, _ = replay.communicate(timeout=600)
    if not output:
        raise SystemExit(f"The replay ended with {replay.returncode}.")
    replayed: dict[str, Any] = json.loads(output)
    server.audit()
    values = psql(server.dsn(), "-c", COUNTS).split("|")
    counts = dict(zip(NAMES, map(int, values), strict=True))
    wrong = differences(counts, replayed, answered_orders(journal))
    if wrong or kills < options.kills:
        raise SystemExit(f"{kills} kills: {'; '.join(wrong) or 'the replay ended too early'}: {counts} {replayed}")
    return {"kills": kills, **counts, "repeated_requests": replayed["repeated_requests"], "failed": replayed["failed"]}


def say(text: str) -> None:
    """A line of progress."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def main() -> None:
    """Run, print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=float, default=50, help="sales a second (50)")
    parser.add_argument("--stock-share", type=float, default=0.95, help="with less than 1 some orders fail (0.95)")
    parser.add_argument("--seed", type=int, default=None, help="of the moments and the sales")
    options = parser.parse_args()
    seed = random.randrange(1_000_000) if options.seed is None else options.seed
    say(f"seed {seed}")
    chance = random.Random(seed)
    with fresh_server() as server:
        server.start()
        file = server.data_dir.parent / "sales.csv"
        sales_file(file, int(options.rate * options.kills * SECONDS_A_KILL), chance)
        figures = run(server, file, options, chance)
    sys.stdout.write(json.dumps({"seed": seed, **figures}) + "\n")


if __name__ == "__main__":
    main()
