"""Shipping's settings."""

from comanda.messaging.settings import Setting

SETTINGS = (
    Setting(
        "shipping.refused_postal_codes",
        list[str],
        ["FAIL"],
        "Beginnings of postal codes the built-in carrier does not take parcels to. FAIL, which no post uses, shows how"
        " an order ends that cannot be shipped.",
    ),
)
