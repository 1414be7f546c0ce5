"""What paying needs of a payment provider, and what one may answer. The port; the adapters implement it.

Every call carries a key that is the same for every try, so that asking again never takes or returns money twice.
A call that ends in an exception has an unknown outcome.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Captured:
    """The money was taken."""


@dataclass(frozen=True, slots=True)
class Declined:
    """The provider will not take the money. `reason` is declined or insufficient_funds."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pending:
    """The provider waits for the payer to act."""


@dataclass(frozen=True, slots=True)
class Voided:
    """Nothing was taken under this key, and nothing will be."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """The money went back."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will not send the money back."""

    reason: str


Answer = Captured | Declined | Pending | Voided
Decide = Callable[[str], Answer | None]
"""What a provider makes of a token when it needs no call to say so; None: it has to be asked."""


class ProviderUnreachable(Exception):
    """No answer came: whether the provider acted is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """An entry of the provider's own list. `status` is captured, declined, pending or voided."""

    key: str
    amount: int
    currency: str
    status: str
    refunded: int


class Provider(Protocol):
    """Takes money and sends it back."""

    def decides(self, token: str) -> Answer | None:
        """What becomes of a charge with this token, if that is known without a call; None: ask."""

    async def charge(self, key: str, *, amount: int, currency: str, token: str) -> Answer:
        """Authorise and capture in one step. The same key again gives the present state of the first charge."""

    async def confirm(self, key: str) -> Answer:
        """The payer has acted on a pending charge."""

    async def void(self, key: str) -> Answer:
        """Make sure that nothing is taken under this key from here on. Captured: it had been already."""

    async def refund(self, key: str, *, charge: str, amount: int) -> Refunded | Refused:
        """Send back a part or all of a captured charge. The same key again gives the first answer."""

    async def list(self, after: str, limit: int) -> Sequence[Charge]:
        """The provider's own list of charges, in the order of their keys, from behind `after` (empty: the first)."""
