"""The settings of the whole system: declared by the services that use them, their values kept and changed here."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec

from comanda.contexts.administering.contract.events import SettingChanged
from comanda.contexts.administering.contract.views import SettingView
from comanda.contexts.administering.errors import InvalidValue, UnknownSetting
from comanda.messaging.log import Connection
from comanda.messaging.settings import Setting
from comanda.messaging.unit_of_work import UnitOfWork

LARGEST_VALUE = 10_000
"""Characters of JSON."""

Declared = Mapping[str, Setting]
"""All settings of all services, by name."""


async def show(connection: Connection, declared: Declared, name: str) -> SettingView:
    """One setting. Raises UnknownSetting."""
    setting = _declared(declared, name)
    row = await connection.fetchrow("select * from setting_values where name = $1", name)
    return _view(setting, row)


async def show_all(connection: Connection, declared: Declared) -> list[SettingView]:
    """Every setting, by name."""
    stored = {row["name"]: row for row in await connection.fetch("select * from setting_values")}
    return [_view(setting, stored.get(name)) for name, setting in sorted(declared.items())]


async def change(work: UnitOfWork, declared: Declared, name: str, value: Any) -> SettingView:
    """Set a value, for all services that use it. Raises UnknownSetting, InvalidValue.

    The row is locked before the event is written, so services take over competing changes in the order of their locks.
    """
    setting = _declared(declared, name)
    encoded = msgspec.json.encode(value).decode()
    _check(setting, encoded)
    row = await work.connection.fetchrow(
        """
        insert into setting_values (name, value, changed_by, changed_at)
        values ($1, $2, $3, $4)
        on conflict (name) do update
        set value = excluded.value, changed_by = excluded.changed_by, changed_at = excluded.changed_at
        returning *
        """,
        name,
        encoded,
        work.actor,
        work.now,
    )
    work.publish(SettingChanged(name=name, value=encoded))
    return _view(setting, row)


async def reset(work: UnitOfWork, declared: Declared, name: str) -> SettingView:
    """Go back to the default. Raises UnknownSetting."""
    setting = _declared(declared, name)
    gone = await work.connection.fetchval("delete from setting_values where name = $1 returning name", name)
    if gone is not None:
        work.publish(SettingChanged(name=name, value=msgspec.json.encode(setting.default).decode()))
    return _view(setting, None)


def type_name(setting: Setting) -> str:
    """The setting's type as it is shown: bool, int, str or list[str]."""
    name: str = setting.type.__name__ if isinstance(setting.type, type) else str(setting.type)
    return "list[str]" if name == "list" else name


def _declared(declared: Declared, name: str) -> Setting:
    if name not in declared:
        raise UnknownSetting(name)
    return declared[name]


def _check(setting: Setting, encoded: str) -> None:
    if len(encoded) > LARGEST_VALUE:
        raise InvalidValue(f"The value is longer than {LARGEST_VALUE} characters.")
    if "\\u0000" in encoded:
        raise InvalidValue("The value holds a NUL character.")
    try:
        setting.parse(encoded)
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidValue(str(error)) from error


def _view(setting: Setting, row: asyncpg.Record | None) -> SettingView:
    return SettingView(
        name=setting.name,
        type=type_name(setting),
        value=setting.default if row is None else msgspec.json.decode(row["value"]),
        default=setting.default,
        description=setting.description,
        choices=list(setting.choices),
        minimum=setting.minimum,
        maximum=setting.maximum,
        changed_by=row["changed_by"] if row else None,
        changed_at=row["changed_at"] if row else None,
    )
