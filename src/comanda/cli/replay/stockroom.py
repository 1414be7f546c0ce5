"""The products and the stock that a replay needs, put into the shop before it opens."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from comanda.cli.imports.send import Sent, send_products
from comanda.cli.installation import Installation, Service
from comanda.cli.replay.journal import Journal, Stocked
from comanda.cli.replay.plan import Plan

ADJUSTMENTS = 500
REASON = "replay"


async def fill(plan: Plan, stock_share: float, installation: Installation, journal: Journal) -> None:
    """Put every product at its latest price into the catalogue, and the demand × share onto its shelf; once a run.

    Raises CallRefused and Unreachable.
    """
    if journal.stocked:
        return
    cataloging, stocking = Service(installation, "cataloging"), Service(installation, "stocking")
    try:
        await send_products(plan.products, plan.currency, cataloging, Sent())
        for number, adjustments in enumerate(shares(plan, stock_share)):
            body = msgspec.json.encode({"adjustments": adjustments})
            await stocking.post("/stock/adjustments", body, key=f"replay-{journal.run}-stock-{number}")
    finally:
        cataloging.close()
        stocking.close()
    journal.note(Stocked())


def shares(plan: Plan, stock_share: float) -> Iterator[list[dict[str, object]]]:
    """The adjustments, in pieces; a share of a demand is rounded to whole pieces."""
    wanted = [(sku, round(pieces * stock_share)) for sku, pieces in plan.demand.items()]
    adjustments: list[dict[str, object]] = [
        {"sku": sku, "delta": pieces, "reason": REASON} for sku, pieces in wanted if pieces
    ]
    for start in range(0, len(adjustments), ADJUSTMENTS):
        yield adjustments[start : start + ADJUSTMENTS]
