"""What administering publishes."""

from comanda.kernel.event import Event


class SellerAdded(Event, version=1, subject="seller_id"):
    """A seller may offer products."""

    seller_id: str
    name: str


class SellerSuspended(Event, version=1, subject="seller_id"):
    """A seller's products cannot be bought for now; orders already placed go on."""

    seller_id: str
    reason: str


class SellerReinstated(Event, version=1, subject="seller_id"):
    """A suspended seller's products can be bought again."""

    seller_id: str


class SettingChanged(Event, version=1, subject="name"):
    """A system setting has a new value, as JSON of the setting's type."""

    name: str
    value: str
