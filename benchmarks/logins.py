"""How many people sign in a second, over HTTP: `python -m benchmarks.logins`.

It starts an installation of its own in a temporary folder, signs its first admin in over several connections for some
seconds, and says how many succeeded. Each costs an argon2id hash of 19 MiB and two passes; two are made at a time.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from statistics import quantiles

from comanda.cli.connection import Connection, render

EMAIL, PASSWORD = "admin@comanda.example", "correct horse battery staple"


async def sign_in(connection: Connection, until: float, took: list[float]) -> None:
    """Sign in again and again; the seconds that each took."""
    body = f'{{"email": "{EMAIL}", "password": "{PASSWORD}"}}'.encode()
    request = render("POST", "/sessions", connection.host, body)
    while time.perf_counter() < until:
        begun = time.perf_counter()
        answer = await connection.request(request)
        if answer.status != 201:
            raise SystemExit(f"a log-in answered {answer.status}: {answer.body.decode()}")
        took.append(time.perf_counter() - begun)
    connection.close()


async def measure(port: int, connections: int, seconds: float) -> str:
    """The line to print."""
    took: list[float] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(sign_in(Connection("127.0.0.1", port), until, took) for _ in range(connections)))
    cuts = quantiles(took, n=100)
    return (
        f"{len(took) / seconds:.1f} log-ins a second over {connections} connections,"
        f" p50 {cuts[49] * 1e3:.0f} ms, p99 {cuts[98] * 1e3:.0f} ms"
    )


def main() -> None:
    """Start, measure, stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--port-base", type=int, default=27_000)
    asked = parser.parse_args()
    environment = {**os.environ, "COMANDA_ADMIN_EMAIL": EMAIL, "COMANDA_ADMIN_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "comanda.cli.main", "up", "--ephemeral", "--port-base", str(asked.port_base)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if line.strip().startswith("stop"):
                break
        line = asyncio.run(measure(asked.port_base + 1, asked.connections, asked.seconds))
        sys.stdout.write(line + "\n")
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
