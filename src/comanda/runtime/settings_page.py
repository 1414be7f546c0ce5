"""The page of all settings: those of the environment, and those that staff change while the shop runs."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from comanda.contexts.ordering.contract.stages import CART, INVENTORY, MAIL, PAYMENT, SHIPPING
from comanda.messaging.service import Context
from comanda.messaging.settings import Setting
from comanda.runtime import http_settings

FOREIGN = {
    CART: "keeps the carts of",
    INVENTORY: "sets goods aside for",
    PAYMENT: "takes the payments of",
    SHIPPING: "ships",
    MAIL: "sends the confirmations of",
}
"""What the foreign service of a stage does."""

ENVIRONMENT = (
    *(
        (
            f"COMANDA_{stage.upper()}_SERVICE_URL",
            "Comanda's own",
            f"`{stage}.service.url`: the foreign service that {keeps} new orders ([how](foreign-services.md)).",
        )
        for stage, keeps in FOREIGN.items()
    ),
    *(
        (
            f"COMANDA_{stage.upper()}_SERVICE_TOKEN",
            "–",
            f"Sent to the foreign {stage} service as `Authorization: Bearer`.",
        )
        for stage in FOREIGN
    ),
    ("COMANDA_ADMIN_EMAIL", "`admin@comanda.example`", "The e-mail of the first admin, made at the first start."),
    ("COMANDA_ADMIN_PASSWORD", "a random one", "Their password; a random one is shown once, when it is made."),
    ("COMANDA_DATA_DIR", "`~/.local/share/comanda`", "Where the installation keeps everything, as `--data-dir`."),
    ("COMANDA_ENV", "`development`", "`production` refuses the demo: `--demo`, and a data directory that holds one."),
    ("COMANDA_HOST", "`127.0.0.1`", "The address `comanda up` listens on, as `--host`."),
    (
        "COMANDA_PORT_BASE",
        "`9000`",
        "Services listen on this number + 1, + 2, … + 12, dialects on 8001 and 8084 to 8086, "
        "moved as far as this number is; as `--port-base`.",
    ),
    *(
        (f"COMANDA_{name.upper()}_URL", "the installation's", f"Where `comanda serve` finds {name}: `--{name}-url`.")
        for name in ("ordering", "carting", "profiling")
    ),
    *http_settings.rows(),
)
"""Name, default, meaning. An option on the command line wins over the environment, the environment over `.env`."""

_TYPES: dict[Any, str] = {bool: "true or false", int: "whole number", str: "text", list[str]: "list of texts"}

_HEAD = """# Settings

This page is generated (`make docs`).

## When it starts

Environment variables, or lines `NAME=value` of a file `.env` in the working folder. An option on the command line wins
over the environment, the environment over `.env`.

| name | default | |
|---|---|---|
"""

_SYSTEM = """
## While it runs

System settings are kept by administering and changed by staff with the permission `settings.write`; every service that
uses one hears of the change as `SettingChanged`.

    TOKEN=$(comanda token --role staff)
    curl -X PUT localhost:9009/settings/stocking.low_stock_threshold \\
        -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d '{"value": 10}'

`GET /settings` lists them with their present values, `DELETE /settings/{name}` goes back to the default.

| name | type | default | allowed | |
|---|---|---|---|---|
"""


def settings_page(contexts: Iterable[Context]) -> str:
    """The page as Markdown."""
    environment = "".join(f"| `{name}` | {default} | {text} |\n" for name, default, text in ENVIRONMENT)
    settings = {setting.name: setting for context in contexts for setting in context.settings}
    rows = "".join(_row(settings[name]) for name in sorted(settings))
    return _HEAD + environment + _SYSTEM + rows


def _row(setting: Setting) -> str:
    default = msgspec.json.encode(setting.default).decode()
    allowed = ", ".join(_allowed(setting)) or "–"
    return f"| `{setting.name}` | {_TYPES[setting.type]} | `{default}` | {allowed} | {setting.description} |\n"


def _allowed(setting: Setting) -> Iterator[str]:
    yield from (f"`{choice}`" for choice in setting.choices)
    if setting.minimum is not None and setting.maximum is not None:
        yield f"{setting.minimum:,} to {setting.maximum:,}"
    elif setting.minimum is not None:
        yield f"from {setting.minimum:,}"
    elif setting.maximum is not None:
        yield f"up to {setting.maximum:,}"
