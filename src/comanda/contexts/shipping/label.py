"""A parcel's label for label printers, in Zebra's language (ZPL II), 4 × 6 inches at 203 dpi. Pure."""

from comanda.contexts.shipping.contract.views import ShipmentView

_FIELD = "^FO{x},{y}^A0N,{size},{size}^FH^FD{text}^FS"
_BARCODE = "^FO60,860^BY2,3,160^BCN,160,Y,N,N^FH^FD{text}^FS"


def label(shipment: ShipmentView) -> str:
    """The label of a parcel that has a tracking number and an address."""
    to = shipment.recipient
    assert to is not None and shipment.tracking_number is not None
    lines = [
        to.recipient,
        to.company,
        f"{to.street} {to.number}".strip(),
        to.line2,
        f"{to.postal_code} {to.city}".strip(),
        to.state,
        to.country,
    ]
    fields = [_FIELD.format(x=60, y=60, size=36, text=_plain(f"{shipment.carrier}  {shipment.method}"))]
    for place, line in enumerate(filter(None, lines)):
        fields.append(_FIELD.format(x=60, y=200 + 70 * place, size=52, text=_plain(line)))
    fields.append(_FIELD.format(x=60, y=760, size=30, text=_plain(f"{shipment.weight_g} g  {shipment.order_id}")))
    fields.append(_BARCODE.format(text=_plain(shipment.tracking_number)))
    return "\n".join(["^XA", "^CI28", "^PW812", "^LL1218", *fields, "^XZ", ""])


def _plain(text: str) -> str:
    """Text as data: what ZPL would take for a command is written in hexadecimal (^FH)."""
    return "".join(f"_{ord(sign):02X}" if sign in "^~_" or ord(sign) < 32 else sign for sign in text)
