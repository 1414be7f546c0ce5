"""The built-in transport: a mailbox that staff can read. It does no I/O, so a message is delivered where it is written.

Some addresses bounce for good, so that a failing delivery can be seen: `bounce@…`, any address at `bounce.invalid`,
and telephone numbers that end in 0000000.
"""

BOUNCING_DOMAIN = "@bounce.invalid"
BOUNCING_LOCAL_PART = "bounce@"
BOUNCING_NUMBER = "0000000"


def outcome_of(channel: str, address: str) -> str:
    """Why a message to this address cannot be delivered, ever; empty when it was."""
    if channel == "email":
        lowered = address.lower()
        if lowered.startswith(BOUNCING_LOCAL_PART) or lowered.endswith(BOUNCING_DOMAIN):
            return "the address does not exist"
    elif address.endswith(BOUNCING_NUMBER):
        return "the number does not exist"
    return ""
