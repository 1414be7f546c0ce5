"""The live order: its states as it comes to them."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from comanda.cli.demo.calls import Calls
from comanda.cli.installation import CommandError
from comanda.cli.order import RESTS

PATIENCE_S = 30.0
LOOK_S = 0.02


async def follow(calls: Calls, order: dict[str, Any], on_state: Callable[[str, float], None]) -> str:
    """Tell each state and the seconds since the order was created, until it rests; answers the last state.

    Raises CommandError when it does not come to rest.
    """
    begun = datetime.fromisoformat(order["created_at"])
    told = 0
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                entries = (await calls.get("ordering", f"/orders/{order['id']}/timeline?limit=200"))["items"]
                for entry in entries[told:]:
                    state = entry["changes"].get("status")
                    if state is not None:
                        on_state(state, (datetime.fromisoformat(entry["at"]) - begun).total_seconds())
                    if state in RESTS:
                        return str(state)
                told = len(entries)
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise CommandError(f"the order {order['number']} did not come to rest") from None
