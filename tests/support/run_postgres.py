"""`python -m tests.support.run_postgres DATA_DIR`: a process that runs an embedded PostgreSQL until SIGTERM.

Says `ready` and the URL on a line once it serves, or `failed` and the reason.
"""

import asyncio
import signal
import sys
from pathlib import Path

from comanda.platform.postgres import EmbeddedPostgres, PostgresError


async def main(data_dir: Path) -> int:
    """Run it; the exit status is 0 after SIGTERM and 1 when it does not start."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    postgres = EmbeddedPostgres(data_dir)
    try:
        await postgres.start()
    except PostgresError as error:
        sys.stdout.write(f"failed {error}\n")
        return 1
    sys.stdout.write(f"ready {postgres.superuser_dsn}\n")
    sys.stdout.flush()
    await ended.wait()
    await postgres.stop()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
