"""Entity tags made of a version number, and If-Match (RFC 9110): whoever writes can say what they have seen."""

import re

from starlette.requests import Request

_TAG = re.compile(r'(?:W/)?"?(\d{1,18})"?')


def etag(version: int) -> str:
    """The tag of a version: `"3"`."""
    return f'"{version}"'


def expected_versions(request: Request) -> frozenset[int] | None:
    """The versions that If-Match names; None without the header or for `*`: any will do.

    A tag that is not ours matches nothing. A weak one counts as its version: proxies that compress make ours weak.
    """
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return None
    tags = (_TAG.fullmatch(tag.strip()) for tag in header.split(","))
    return frozenset(int(tag.group(1)) for tag in tags if tag)
