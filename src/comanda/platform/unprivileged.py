"""Run a program as another user: `python unprivileged.py UID GID CAPABILITY PROGRAM [ARGUMENT…]`.

PostgreSQL refuses to run as root. Started by root, this little program gives every right away and then
becomes the program it was asked to run (same process id). CAPABILITY is `-`, or a number of
capabilities(7) that the program keeps: CAP_DAC_READ_SEARCH lets it pass folders that are closed to its
user, such as /root, without anyone having to open them.

It runs as a script of its own, in a fresh interpreter: between fork and exec of a process with threads
none of this would be safe. It therefore imports nothing of Comanda.
"""

import ctypes
import os
import sys

CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2

_PR_SET_SECUREBITS = 28
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def become(uid: int, gid: int, capability: int | None) -> None:
    """Give up root for `uid` and `gid`, without supplementary groups, keeping at most one capability.

    Raises OSError when the system does not allow it (a container without CAP_SETUID, say).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    os.setgroups([])
    os.setgid(gid)
    if capability is not None:
        # Capabilities outlive setuid, and, which initdb needs to find postgres, they count for access(2).
        _check(libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
    os.setuid(uid)
    if capability is not None:
        _keep(libc, capability)
    if sys.platform == "linux":
        _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _keep(libc: ctypes.CDLL, capability: int) -> None:
    """Keep `capability` alone, and hand it on to the program and its children."""
    bit = 1 << capability
    header = _Header(_CAPABILITY_VERSION_3, 0)
    data = (_Data * 2)(_Data(bit, bit, bit), _Data(0, 0, 0))
    _check(libc.capset(ctypes.byref(header), data))
    _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def main(arguments: list[str]) -> None:
    """Become the user and then the program; says why on stderr and exits 126 if that fails."""
    uid, gid, capability, program, *rest = arguments
    try:
        become(int(uid), int(gid), None if capability == "-" else int(capability))
        os.execv(program, [program, *rest])
    except OSError as error:
        print(f"FATAL:  cannot run {program} as user {uid}: {error.strerror}", file=sys.stderr)  # noqa: T201
        sys.exit(126)


if __name__ == "__main__":
    main(sys.argv[1:])
