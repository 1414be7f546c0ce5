"""The paying part of the order process, word for word from its executable description: what the tests compare with."""

from dataclasses import dataclass, field

TOTAL = 2_000


@dataclass
class Described:
    """All that paying knows of one order, and what it has published."""

    method: str
    intent: str = "none"
    ask: str = "none"
    stock_known: bool = False
    expired: bool = False
    undone: bool = False
    captured: int = 0
    outstanding: int = 0
    refunds: list[tuple[str, int]] = field(default_factory=list)
    published: list[str] = field(default_factory=list)

    def order_created(self) -> None:
        if not self.undone and self.intent == "none":
            self.intent = "created"
            self.published.append("PaymentIntentCreated")
            self._take()

    def stock_reserved(self) -> None:
        if not self.stock_known:
            self.stock_known = True
            self._take()

    def undo(self) -> None:
        if self.undone:
            return
        self.undone = True
        if self.ask in ("leased", "unknown"):
            return
        if self.intent in ("created", "outstanding"):
            self._close("voided")
        elif self.captured:
            self.refunds.append(("undone", TOTAL))

    def delivered(self) -> None:
        if self.outstanding:
            self._capture("PaymentCaptured")

    def came_back(self, value: int) -> None:
        if self.outstanding:
            self._close("voided")
        elif self.captured:
            self.refunds.append(("return", value))

    def leased(self) -> None:
        if self.ask == "due":
            self.ask = "leased"

    def money_came(self) -> None:
        late = self.undone or self.intent in ("failed", "voided")
        self._capture("PaymentCaptured" if late else "PaymentSucceeded")
        if late:
            self.refunds.append(("undone", TOTAL))

    def answered(self, answer: str) -> None:
        if self.ask != "leased":
            return
        if answer == "captured":
            self.money_came()
        elif answer == "declined":
            self._close("failed")
        elif answer == "voided":
            self._close("voided" if self.undone else "failed")

    def confirmed(self) -> None:
        if self.method == "bank_transfer" and self.intent in ("created", "failed", "voided"):
            self.money_came()

    def deadline(self) -> None:
        if self.intent == "created" and not self.undone and not self.expired:
            if self.ask == "leased":
                self.expired = True
            else:
                self._close("failed")

    def _take(self) -> None:
        if self.intent == "created" and self.stock_known and not self.undone:
            if self.method == "card":
                self.ask = "due"
            elif self.method == "on_delivery":
                self.intent, self.outstanding = "outstanding", TOTAL
                self.published.append("PaymentSucceeded")

    def _close(self, how: str) -> None:
        self.intent, self.ask, self.outstanding = how, "none", 0
        self.published.append("PaymentVoided" if how == "voided" else "PaymentFailed")

    def _capture(self, event: str) -> None:
        self.captured, self.outstanding, self.intent, self.ask = TOTAL, 0, "captured", "none"
        self.published.append(event)
