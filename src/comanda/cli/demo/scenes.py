"""Orders that really run: each is placed, and then done to it what makes its scene.

A scene may be played again from the start, which changes nothing: its calls carry idempotency keys.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from comanda.cli.demo.calls import Calls
from comanda.cli.demo.goods import SOLD_OUT
from comanda.cli.installation import CommandError

PATIENCE_S = 60.0
LOOK_S = 0.05

CARD = {"type": "card", "token": "tok_approved"}
DECLINED = {"type": "card", "token": "tok_declined"}
TRANSFER = {"type": "bank_transfer"}
ON_DELIVERY = {"type": "on_delivery"}

NOWHERE = "FAIL"
"""A postal code that the built-in carrier refuses."""


class Stage:
    """An order under way in its scene."""

    def __init__(self, calls: Calls, order: dict[str, Any]) -> None:
        self._calls = calls
        self.order = order
        self.id: str = order["id"]

    async def until(self, **wanted: str) -> None:
        """Wait until `status`, or the status of a facet, is this. Raises CommandError when it does not come."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not all(_word(self.order, name) == word for name, word in wanted.items()):
                    await asyncio.sleep(LOOK_S)
                    self.order = await self._calls.get("ordering", f"/orders/{self.id}")
        except TimeoutError:
            said = ", ".join(f"{name} {word}" for name, word in wanted.items())
            raise CommandError(f"the demo's order {self.order['number']} did not come to {said}") from None

    async def move(self, word: str) -> None:
        """Ship or deliver its parcel."""
        await self._calls.send("ordering", "PUT", f"/orders/{self.id}/status", {"status": word})

    async def cancel(self) -> None:
        """Cancel it."""
        path = f"/orders/{self.id}/cancel"
        await self._calls.ensure("ordering", path, {"reason": "changed my mind"}, key=f"demo:cancel:{self.id}")

    async def refund(self, **what: Any) -> None:
        """Give money back."""
        body = {"order_id": self.id, "reason": "as a courtesy", **what}
        await self._calls.ensure("paying", "/refunds", body, key=f"demo:refund:{self.id}")

    async def ask_return(self) -> str:
        """Ask for one piece of the first line to be taken back; answers the return's id."""
        line = self.order["lines"][0]
        body = {"order_id": self.id, "lines": [{"sku": line["sku"], "quantity": 1}], "reason": "the wrong colour"}
        answer = await self._calls.send("ordering", "POST", "/returns", body, key=f"demo:return:{self.id}")
        return str(answer["id"])

    async def agree(self, return_id: str) -> None:
        """Agree to a return and take its parcel in."""
        await self._calls.send("ordering", "POST", f"/returns/{return_id}/approve", key=f"demo:agree:{self.id}")
        path = f"/shipments/{await self._parcel_back()}/return"
        await self._calls.ensure("shipping", path, {"restockable": True}, key=f"demo:back:{self.id}")

    async def decline(self, return_id: str) -> None:
        """Decline a return."""
        path = f"/returns/{return_id}/reject"
        await self._calls.ensure("ordering", path, {"reason": "it was worn"}, key=f"demo:decline:{self.id}")

    async def _parcel_back(self) -> str:
        """The id of the shipment that shipping prepares for a return."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    found = await self._calls.get("shipping", f"/shipments?order_id={self.id}&kind=return")
                    if found["items"]:
                        return str(found["items"][0]["id"])
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise CommandError(f"the demo's order {self.order['number']} got no parcel back") from None


Play = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scene:
    """How an order is placed and what is done to it."""

    play: Play
    payment: dict[str, str]
    sku: str | None = None
    postal_code: str | None = None


async def _completes(order: Stage) -> None:
    await order.until(status="completed")


async def _ships(order: Stage) -> None:
    await order.until(status="completed")
    await order.move("shipped")


async def _arrives(order: Stage) -> None:
    await order.until(status="completed")
    await order.move("delivered")
    await order.until(fulfillment="delivered")


async def _comes_back(order: Stage) -> None:
    await _arrives(order)
    await order.agree(await order.ask_return())


async def _return_waits(order: Stage) -> None:
    await _arrives(order)
    await order.ask_return()


async def _return_is_declined(order: Stage) -> None:
    await _arrives(order)
    await order.decline(await order.ask_return())


async def _is_refunded_in_part(order: Stage) -> None:
    await _arrives(order)
    total = order.order["totals"]["total"]
    await order.refund(amount={"amount": total["amount"] // 5 + 1, "currency": total["currency"]})


async def _is_refunded(order: Stage) -> None:
    await _arrives(order)
    await order.refund(restock=True)
    await order.until(payment="refunded")


async def _is_canceled(order: Stage) -> None:
    await order.until(status="completed")
    await order.cancel()
    await order.until(status="canceled")


async def _is_canceled_unpaid(order: Stage) -> None:
    await order.until(status="reserved")
    await order.cancel()


async def _waits_for_money(order: Stage) -> None:
    await order.until(status="reserved")


async def _fails(order: Stage) -> None:
    await order.until(status="failed")


SCENES: tuple[Scene, ...] = (
    *(Scene(_completes, CARD),) * 6,
    *(Scene(_ships, CARD),) * 5,
    *(Scene(_arrives, CARD),) * 7,
    *(Scene(_comes_back, CARD),) * 3,
    Scene(_return_waits, CARD),
    Scene(_return_is_declined, CARD),
    *(Scene(_is_refunded_in_part, CARD),) * 2,
    Scene(_is_refunded, CARD),
    *(Scene(_is_canceled, CARD),) * 3,
    *(Scene(_fails, CARD, sku=SOLD_OUT),) * 2,
    *(Scene(_fails, DECLINED),) * 2,
    Scene(_fails, CARD, postal_code=NOWHERE),
    *(Scene(_waits_for_money, TRANSFER),) * 2,
    Scene(_is_canceled_unpaid, TRANSFER),
    Scene(_completes, ON_DELIVERY),
    *(Scene(_arrives, ON_DELIVERY),) * 2,
)


def _word(order: dict[str, Any], name: str) -> str:
    value = order[name]
    return str(value if isinstance(value, str) else value["status"])
