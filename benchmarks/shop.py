"""The shop that the benchmark shops in: 1,000 products with stock that does not run out."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from comanda.cli.connection import Answer, Connection, render

PRODUCTS = 1_000
PIECES = 100_000_000


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the services listen."""

    host: str = "127.0.0.1"
    cataloging: int = 9002
    stocking: int = 9003
    carting: int = 9004
    ordering: int = 9005

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Options for the host and for each port."""
        parser.add_argument("--host", default=cls().host)
        parser.add_argument("--port-base", type=int, default=9000, help="as of comanda up (9000)")
        for port in fields(cls)[1:]:
            parser.add_argument(f"--port-{port.name}", type=int)

    @classmethod
    def of(cls, chosen: argparse.Namespace) -> Self:
        """The ports chosen on the command line."""
        base = cls.above(chosen.port_base, chosen.host)
        named = {port.name: getattr(chosen, f"port_{port.name}") for port in fields(cls)[1:]}
        return replace(base, **{name: port for name, port in named.items() if port is not None})

    @classmethod
    def above(cls, base: int, host: str = "127.0.0.1") -> Self:
        """The ports of an installation that was started with this `--port-base`."""
        usual = cls()
        named = {port.name: getattr(usual, port.name) - 9000 + base for port in fields(cls)[1:]}
        return cls(host=host, **named)


async def open_shop(ports: Ports, token: str) -> None:
    """Put the products into the catalogue and the stock on the shelf.

    Needs an admin's token; doing it twice does no harm.
    """
    products = [
        {
            "sku": f"SKU-{i}",
            "name": f"Product {i}",
            "price": {"amount": 1999 if i <= 500 else 4999, "currency": "EUR"},
        }
        for i in range(1, PRODUCTS + 1)
    ]
    cataloging, stocking = Connection(ports.host, ports.cataloging), Connection(ports.host, ports.stocking)
    for start in range(0, PRODUCTS, 500):
        await call(cataloging, "POST", "/products/import", token, {"products": products[start : start + 500]})
    shelf = await stocking.request(render("GET", f"/stock/SKU-{PRODUCTS}", ports.host, headers=bearer(token)))
    if shelf.status == 200 and json.loads(shelf.body)["available"] >= PIECES // 2:
        return
    adjustments = [{"sku": product["sku"], "delta": PIECES, "reason": "benchmark"} for product in products]
    for start in range(0, PRODUCTS, 500):
        await call(stocking, "POST", "/stock/adjustments", token, {"adjustments": adjustments[start : start + 500]})


async def call(connection: Connection, method: str, path: str, token: str, body: Any) -> Answer:
    """One call as staff; stops the program when the answer is not 2xx."""
    raw = render(method, path, connection.host, json.dumps(body).encode(), bearer(token))
    answer = await connection.request(raw)
    if not 200 <= answer.status < 300:
        raise SystemExit(f"{method} {path} answered {answer.status}: {answer.body[:500].decode(errors='replace')}")
    return answer


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"authorization": f"Bearer {token}"}
