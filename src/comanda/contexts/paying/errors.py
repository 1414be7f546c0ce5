"""What can go wrong with payments."""

from comanda.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated


class UnknownIntent(NotFound):
    """There is no such payment intent, or it is not the caller's to see."""

    code = "unknown-payment-intent"

    def __init__(self) -> None:
        super().__init__("There is no such payment intent.")


class UnknownRefund(NotFound):
    """There is no such refund, or it is not the caller's to see."""

    code = "unknown-refund"

    def __init__(self) -> None:
        super().__init__("There is no such refund.")


class IntentExists(Conflict):
    """The order has its payment intent: there is one an order, and a managed order gets its own by itself."""

    code = "payment-intent-exists"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"The order {order_id} has its payment intent.", order_id=order_id)


class UnknownOrder(Invalid):
    """A payment is for an order that is not there."""

    code = "unknown-order"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"There is no order {order_id}.", order_id=order_id)


class WrongState(Conflict):
    """What is asked for does not go with how far the payment is."""

    code = "payment-state"

    def __init__(self, detail: str, status: str) -> None:
        super().__init__(detail, payment_status=status)


class NotRefundable(Conflict):
    """More is to go back than is left; refunds that are under way count."""

    code = "not-refundable"

    def __init__(self, refundable: int, currency: str) -> None:
        super().__init__(
            f"{refundable} {currency} (minor units) can be refunded.",
            refundable={"amount": refundable, "currency": currency},
        )


class NotFailed(Conflict):
    """Only a refund that the provider refused can be tried again or settled by other means."""

    code = "refund-not-failed"

    def __init__(self, status: str) -> None:
        super().__init__(f"The refund is {status}, not failed.", refund_status=status)


class WrongPieces(Invalid):
    """A refund names pieces that were not ordered, or more of them than are left to refund."""

    code = "wrong-pieces"

    def __init__(self, sku: str, left: int) -> None:
        super().__init__(f"{left} pieces of {sku} can be refunded.", sku=sku, left=left)


class WrongCurrency(Invalid):
    """A refund is in the currency of its payment."""

    code = "wrong-currency"

    def __init__(self, currency: str) -> None:
        super().__init__(f"The payment was in {currency}.", currency=currency)


class NotSigned(Unauthenticated):
    """A webhook that is not signed by the provider, or stale."""

    code = "webhook-signature"
