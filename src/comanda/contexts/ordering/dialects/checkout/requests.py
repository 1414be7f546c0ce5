"""What requests to `checkout` carry, and how they become requests to ordering."""

from typing import Any

from pydantic import Field, JsonValue, ValidationError

from comanda.contexts.ordering.contract.views import ProblemView
from comanda.contexts.ordering.dialects.checkout.views import Status
from comanda.contexts.ordering.requests import DestinationBody, PaymentMethodBody
from comanda.platform.http.fields import AddressBody, Body, ShortText


class CheckoutBody(Body):
    """What would the user's cart cost, sent there and paid like this? A method that is none becomes a problem."""

    userId: ShortText
    deliveryAddress: DestinationBody | None = None
    paymentMethod: dict[str, JsonValue] | None = Field(default=None, examples=[{"type": "card"}])

    def question(self) -> tuple[dict[str, Any], list[ProblemView]]:
        """The body of ordering's POST /checkout, and what is wrong with the payment method itself."""
        question: dict[str, Any] = {"cart_of": self.userId}
        problems: list[ProblemView] = []
        if self.deliveryAddress is not None:
            question["shipping_address"] = self.deliveryAddress.model_dump(exclude_unset=True)
        if self.paymentMethod is not None:
            try:
                method = PaymentMethodBody.model_validate(self.paymentMethod)
                question["payment_method"] = method.model_dump(exclude_none=True)
            except ValidationError as error:
                problems = [_problem_of(entry) for entry in error.errors()]
        return question, problems


class OrderBody(Body):
    """An order of what is in the user's cart."""

    userId: ShortText
    deliveryAddress: AddressBody
    paymentMethod: PaymentMethodBody

    def order(self) -> dict[str, Any]:
        """The body of ordering's POST /orders."""
        return {
            "cart_of": self.userId,
            "shipping_address": self.deliveryAddress.model_dump(exclude_unset=True),
            "payment_method": self.paymentMethod.model_dump(exclude_none=True),
        }


class StatusBody(Body):
    """The status that the order is to have."""

    status: Status


def _problem_of(entry: Any) -> ProblemView:
    field = "/".join(("paymentMethod", *(str(part) for part in entry["loc"])))
    return ProblemView(code="payment-method-invalid", detail=f"{field}: {entry['msg']}.")
