"""Settings from outside: environment variables `COMANDA_…`, and `.env` in the working folder where those are silent."""

import os
from pathlib import Path

from comanda.cli.installation import CommandError
from comanda.contexts.ordering.contract.stages import CART, INVENTORY, MAIL, PAYMENT, SHIPPING
from comanda.contexts.ordering.foreign.addresses import BadAddress, ForeignServices

PREFIX = "COMANDA_"
ENVIRONMENT_VARIABLE = "COMANDA_ENV"
HOST_VARIABLE = "COMANDA_HOST"
PORT_BASE_VARIABLE = "COMANDA_PORT_BASE"
ORDERING_URL_VARIABLE = "COMANDA_ORDERING_URL"
CARTING_URL_VARIABLE = "COMANDA_CARTING_URL"
PROFILING_URL_VARIABLE = "COMANDA_PROFILING_URL"

SERVICE_VARIABLES = {
    CART: "COMANDA_CART_SERVICE_URL",
    INVENTORY: "COMANDA_INVENTORY_SERVICE_URL",
    PAYMENT: "COMANDA_PAYMENT_SERVICE_URL",
    SHIPPING: "COMANDA_SHIPPING_SERVICE_URL",
    MAIL: "COMANDA_MAIL_SERVICE_URL",
}
"""Which variable holds the address of the foreign service that keeps a stage."""

TOKEN_VARIABLES = {
    CART: "COMANDA_CART_SERVICE_TOKEN",
    INVENTORY: "COMANDA_INVENTORY_SERVICE_TOKEN",
    PAYMENT: "COMANDA_PAYMENT_SERVICE_TOKEN",
    SHIPPING: "COMANDA_SHIPPING_SERVICE_TOKEN",
    MAIL: "COMANDA_MAIL_SERVICE_TOKEN",
}
"""Which variable holds what is sent to it as proof of who asks."""

_ENVIRONMENTS = ("development", "production")


def read_env_file(path: Path = Path(".env")) -> None:
    """Take over what `.env` says about Comanda and the environment does not."""
    if not path.is_file():
        return
    from dotenv import dotenv_values

    for name, value in dotenv_values(path, interpolate=False).items():
        if name.startswith(PREFIX) and value is not None:
            os.environ.setdefault(name, value)


def foreign_services() -> ForeignServices:
    """The foreign services that are set. Raises CommandError for an address that is none, without repeating it."""
    urls = {stage: os.environ.get(name, "") for stage, name in SERVICE_VARIABLES.items()}
    tokens = {stage: os.environ.get(name, "") for stage, name in TOKEN_VARIABLES.items()}
    try:
        return ForeignServices.parse(urls, tokens)
    except BadAddress as error:
        raise CommandError(str(error)) from error


def is_production() -> bool:
    """Whether `COMANDA_ENV` says so. Raises CommandError for a word it does not know."""
    word = os.environ.get(ENVIRONMENT_VARIABLE) or "development"
    if word not in _ENVIRONMENTS:
        raise CommandError(f"{ENVIRONMENT_VARIABLE} is {' or '.join(_ENVIRONMENTS)}, not {word!r}")
    return word == "production"
