"""Which payment methods are taken for which order: by country, amount and currency, as the settings say. Pure."""

from collections.abc import Mapping
from typing import Any

from comanda.kernel.errors import Conflict
from comanda.messaging.settings import Setting

COUNTRIES = "ordering.on_delivery_countries"
MOST = "ordering.on_delivery_most"
CURRENCIES = "ordering.bank_transfer_currencies"

PAYMENT_SETTINGS = (
    Setting(COUNTRIES, list[str], [], "Where orders may be paid on delivery: country codes. None: everywhere."),
    Setting(
        MOST, int, 0, "Up to which total an order may be paid on delivery, in minor units. 0: no limit.", minimum=0
    ),
    Setting(CURRENCIES, list[str], [], "In which currencies a bank transfer is taken: their codes. None: in all."),
)


class PaymentMethodRefused(Conflict):
    """This order cannot be paid in this way."""

    code = "payment-method-refused"


def check_payment(settings: Mapping[str, Any], method: str, total: int, currency: str, country: str) -> None:
    """Raises PaymentMethodRefused for a method that is not taken for such an order."""
    if method == "on_delivery":
        countries, most = settings[COUNTRIES], settings[MOST]
        if countries and country not in countries:
            raise PaymentMethodRefused("Orders to this country cannot be paid on delivery.", country=country)
        if most and total > most:
            raise PaymentMethodRefused("The total is too high to be paid on delivery.", most=most)
    elif method == "bank_transfer":
        currencies = settings[CURRENCIES]
        if currencies and currency not in currencies:
            raise PaymentMethodRefused("A transfer is not taken in this currency.", currency=currency)
