"""What notifying shows of messages."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

Channel = Literal["email", "sms"]
Status = Literal["sent", "skipped", "failed", "withdrawn"]


class NotificationView(BaseModel):
    """One entry of the delivery log. `about` is what the message is about: an order's id, a customer's id or a sku.

    `cause` tells several of one milestone apart: a refund's id. `copy` counts explicit resends; `to` is the address.
    """

    id: str
    about: str
    milestone: str
    channel: Channel
    cause: str
    copy_number: int
    status: Status
    reason: str
    to: str
    created_at: datetime
