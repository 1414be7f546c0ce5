"""Settings from outside: environment variables `COMANDA_…`, and `.env` in the working folder where those are silent."""

import os
from pathlib import Path

from comanda.cli.installation import CommandError

PREFIX = "COMANDA_"
ENVIRONMENT_VARIABLE = "COMANDA_ENV"
HOST_VARIABLE = "COMANDA_HOST"
PORT_BASE_VARIABLE = "COMANDA_PORT_BASE"

_ENVIRONMENTS = ("development", "production")


def read_env_file(path: Path = Path(".env")) -> None:
    """Take over what `.env` says about Comanda and the environment does not."""
    if not path.is_file():
        return
    from dotenv import dotenv_values

    for name, value in dotenv_values(path, interpolate=False).items():
        if name.startswith(PREFIX) and value is not None:
            os.environ.setdefault(name, value)


def is_production() -> bool:
    """Whether `COMANDA_ENV` says so. Raises CommandError for a word it does not know."""
    word = os.environ.get(ENVIRONMENT_VARIABLE) or "development"
    if word not in _ENVIRONMENTS:
        raise CommandError(f"{ENVIRONMENT_VARIABLE} is {' or '.join(_ENVIRONMENTS)}, not {word!r}")
    return word == "production"
