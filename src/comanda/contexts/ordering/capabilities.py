"""What a guest's order is reached by: the token of its 201, and signed links that end. Derived, so nothing is kept."""

import hashlib
import hmac
from datetime import UTC, datetime


def access_token(secret: bytes, order_id: str) -> str:
    """The capability that comes with the answer to a guest's order. It does not end."""
    return _signature(secret, order_id)


def link_token(secret: bytes, order_id: str, expires: int) -> str:
    """The capability in a link, good until `expires` (seconds since 1970): `EXPIRES.SIGNATURE`."""
    return f"{expires}.{_signature(secret, f'link:{order_id}:{expires}')}"


def opens(secret: bytes, order_id: str, token: str, now: datetime) -> bool:
    """Whether a token, from the answer or from a link, is a capability for the order now. Compared in constant time."""
    expires, dot, _ = token.partition(".")
    if not dot:
        return hmac.compare_digest(token.encode(), access_token(secret, order_id).encode())
    if not (expires.isascii() and expires.isdigit() and len(expires) <= 12):
        return False
    right = hmac.compare_digest(token.encode(), link_token(secret, order_id, int(expires)).encode())
    return right and now < datetime.fromtimestamp(int(expires), UTC)


def _signature(secret: bytes, text: str) -> str:
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
