"""What can go wrong in business words. The edge turns each kind into an HTTP answer (RFC 9457)."""

from typing import Any, ClassVar


class ComandaError(Exception):
    """A situation a caller can understand. `code` is stable and part of the public API."""

    kind: ClassVar[str] = "invalid"
    code: ClassVar[str] = "error"

    def __init__(self, detail: str, **data: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.data = data


class Invalid(ComandaError):
    """The request is well formed, but what it asks for makes no sense (422)."""

    kind = "invalid"
    code = "invalid"


class NotFound(ComandaError):
    """There is no such thing, or it is not the caller's to see: both answer alike (404)."""

    kind = "not_found"
    code = "not-found"


class Conflict(ComandaError):
    """The thing is in a state that does not allow this now (409)."""

    kind = "conflict"
    code = "conflict"


class PreconditionFailed(ComandaError):
    """The thing has changed since the caller saw it (412)."""

    kind = "precondition_failed"
    code = "precondition-failed"


class Unauthenticated(ComandaError):
    """No token, or one that cannot be trusted (401)."""

    kind = "unauthenticated"
    code = "unauthenticated"


class Forbidden(ComandaError):
    """The caller is known and may not do this (403)."""

    kind = "forbidden"
    code = "forbidden"


class Unavailable(ComandaError):
    """Try again in a moment (503, with Retry-After in seconds)."""

    kind = "unavailable"
    code = "unavailable"

    def __init__(self, detail: str, retry_after: int = 1, **data: Any) -> None:
        super().__init__(detail, **data)
        self.retry_after = retry_after


class TooMany(ComandaError):
    """Tried too often in a short time (429, with Retry-After in seconds)."""

    kind = "too_many"
    code = "too-many-requests"

    def __init__(self, detail: str, retry_after: int, **data: Any) -> None:
        super().__init__(detail, **data)
        self.retry_after = retry_after
