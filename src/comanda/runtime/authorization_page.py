"""The page of who may do what: every route of every service, every role, every permission."""

from collections.abc import Iterable

from comanda.contexts.ordering.dialects.dialect import Dialect
from comanda.kernel.permissions import PERMISSIONS
from comanda.messaging.api import dead_letter_access
from comanda.messaging.service import Context
from comanda.platform.auth import Role
from comanda.platform.http.access import Access, AccessTable

_HEAD = """# Who may do what

This page is generated (`make docs`). Every route has a row, or its service does not start; a test walks all of them in
a running shop, as every role, at one's own objects, foreign ones and missing ones.

## How to read it

A caller is a **guest** (no token), a **customer**, a member of **staff**, an **admin**, or one of our own **services**;
all but guests send `Authorization: Bearer TOKEN`.

- *all*: may, whoever it belongs to. *own*: may, at what is theirs; what is not answers 404, exactly like what does not
  exist. Whose it is stands in the SQL of the query, so a foreign row is never even loaded;
  only a cart that is to be ordered from is compared by ordering with who orders, since many are looked up at once.
- A guest's *own* is what they hold the key to: a cart, by its id, which nobody can guess; an order, by the
  `access_token` of its 201 (header `Order-Token`, or `?token=`) or by the signed link in its messages.
- *own, signed in*: with the token of a session (`POST /sessions`), not with an API token or one of `comanda token`.
- A name such as `orders.write` is the permission that staff need, and with it they may at everybody's objects.
- `401` and `403` are the answers to those who may not: 401 without a token, 403 with one of the wrong role or without
  the permission. A token that is not valid answers 401 everywhere.
- A dialect asks ordering in the caller's own name, so that ordering's row counts too.
- Every service and dialect also answers `/health/live`, `/health/ready`, `/metrics`, `/openapi.json`,
  `/openapi.yaml`, `/docs` and `/redoc` to everybody.

## Permissions

What staff may do is made of these; `*` is all of them. Admins and services need none.

| permission | allows to |
|---|---|
"""

_ROLES: tuple[Role, ...] = ("anonymous", "customer", "staff", "admin", "service")

_TABLE = """
| route | guest | customer | staff | admin | service |
|---|---|---|---|---|---|
"""


def authorization_page(contexts: Iterable[Context], dialects: Iterable[Dialect]) -> str:
    """The page as Markdown."""
    permissions = "".join(f"| `{name}` | {text} |\n" for name, text in PERMISSIONS.items())
    tables = "".join(_service(context.title, context.access) for context in contexts)
    tables += _service("Every service: dead letters", dead_letter_access)
    tables += "".join(_service(f"Dialect {dialect.name}", dialect.surface().access) for dialect in dialects)
    return _HEAD + permissions + "\n## Routes\n" + tables


def _service(title: str, table: AccessTable) -> str:
    rows = sorted(table, key=lambda route: (route.partition(" ")[2], route))
    lines = (f"| `{route}` | {' | '.join(_cell(table[route], role) for role in _ROLES)} |\n" for route in rows)
    return f"\n### {title}\n{_TABLE}{''.join(lines)}"


def _cell(access: Access, role: Role) -> str:
    """What a role may at a route."""
    if role not in access.roles:
        return "401" if role == "anonymous" else "403"
    if access.session:
        return "own, signed in"
    if role in ("anonymous", "customer"):
        return "own" if access.owner else "all"
    if role == "staff" and access.permission:
        return f"`{access.permission}`"
    return "all"
