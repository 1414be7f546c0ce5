"""What a caller has seen of what they want to change: said in the body, by If-Match, or not at all."""

from starlette.requests import Request

from comanda.platform.http.etag import expected_versions


def seen_versions(request: Request, version: int | None) -> frozenset[int] | None:
    """The versions that may be written over; None: any. Where body and header both speak, both must agree."""
    named = expected_versions(request)
    if version is None:
        return named
    return frozenset({version}) if named is None else named & {version}
