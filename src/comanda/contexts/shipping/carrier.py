"""What a carrier is to shipping, and the one that is built in. Pure: it calls nobody, so it may book in a reaction."""

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from comanda.contexts.shipping.tariff import plain_postal_code
from comanda.kernel.address import Address

_NUMBER = re.compile("CM[0-9A-F]{24}")


class Label(NamedTuple):
    """The carrier takes the parcel."""

    tracking_number: str


class Refusal(NamedTuple):
    """The carrier does not take the parcel, and says why."""

    reason: str


class Carrier(Protocol):
    """Who takes parcels. An implementation answers at once, without I/O.

    One that has to be called over the network needs an intent row and a worker between the reaction and the call.
    """

    def book(self, shipment_id: str, address: Address | None) -> Label | Refusal:
        """Take a parcel; the same shipment gets the same label again."""
        ...


class BuiltInCarrier:
    """Takes every parcel but those to refused postal codes; the parcels themselves are carried by people.

    `refused` are the beginnings of postal codes (setting `shipping.refused_postal_codes`). By default that is `FAIL`,
    which no post uses: an order sent there shows what happens when a carrier does not take a parcel.
    """

    def __init__(self, refused: Sequence[str]) -> None:
        self._refused = tuple(plain_postal_code(entry) for entry in refused if entry.strip())

    def book(self, shipment_id: str, address: Address | None) -> Label | Refusal:
        """A label, or why not."""
        if self._refused and address is not None and plain_postal_code(address.postal_code).startswith(self._refused):
            return Refusal(f"The carrier does not serve {address.postal_code}.")
        return Label(tracking_number(shipment_id))


def tracking_number(shipment_id: str) -> str:
    """A number of 26 characters from the shipment's UUID version 7: its time and its last 48, mostly random, bits.

    The time in it is the way back to the shipment (`ids_of`), so that no parcel pays for an index of random numbers.
    """
    return "CM" + (shipment_id[:8] + shipment_id[9:13] + shipment_id[24:]).upper()


def ids_of(number: str) -> tuple[str, str] | None:
    """The first and the last id that a shipment with this tracking number can have; None when it is not ours."""
    if _NUMBER.fullmatch(number) is None:
        return None
    time = f"{number[2:10]}-{number[10:14]}"
    return f"{time}-0000-0000-{'0' * 12}", f"{time}-ffff-ffff-{'f' * 12}"
