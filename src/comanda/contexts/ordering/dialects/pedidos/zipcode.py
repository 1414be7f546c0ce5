"""The body of the seed's first example is not JSON: a number does not begin with a zero (`"zipcode": 00000000`).

What follows `"zipcode":` is a postal code, its zeros belong to it. Nothing else is put right.
"""

import re

_STRING_OR_ZIPCODE = re.compile(
    r"""
    ( "zipcode" [ \t\n\r]*+ : [ \t\n\r]*+ )     # the name, outside of any string
    ( [0-9]++ )                                 # digits without quotes
    (?= [ \t\n\r]*+ [,}] )                      # and nothing more
    | " (?: [^"\\]++ | \\. )*+ "?               # any other string, as a whole
    """,
    re.VERBOSE | re.DOTALL,
)


def with_quoted_zipcodes(body: str) -> str:
    """The same text with the digits that stand unquoted after `"zipcode":` in quotes.

    Strings are passed over as a whole, so what looks like it inside of one stays as it is. Takes time in proportion to
    the text, whatever is in it.
    """
    return _STRING_OR_ZIPCODE.sub(_quoted, body)


def _quoted(found: re.Match[str]) -> str:
    name, digits = found.groups()
    return found.group() if name is None else f'{name}"{digits}"'
