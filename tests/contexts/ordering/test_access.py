"""Every cell of the authorization table: each route as each role."""

import pytest

from comanda.contexts.ordering.access import ACCESS
from comanda.kernel.ids import new_id
from comanda.platform.auth import ANONYMOUS, Principal
from tests.contexts.ordering.desk import Desk
from tests.support.services import ADMIN, SERVICE, STAFF, customer

PRINCIPALS = {
    "anonymous": ANONYMOUS,
    "customer": customer("c1"),
    "staff": STAFF,
    "staff without permissions": Principal("staff", "9", frozenset()),
    "admin": ADMIN,
    "service": SERVICE,
}


def expected(row: str, who: str) -> int | None:
    """The refusal that the table asks for; None: the route answers for itself."""
    access, principal = ACCESS[row], PRINCIPALS[who]
    if principal.role not in access.roles:
        return 401 if principal.role == "anonymous" else 403
    if access.permission and who == "staff without permissions":
        return 403
    return None


@pytest.mark.parametrize("row", ACCESS)
async def test_every_role_is_let_in_or_refused_as_the_table_says(desk: Desk, row: str) -> None:
    method, path = row.split(" ")
    for name in ("order_id", "return_id", "task_id"):
        path = path.replace("{" + name + "}", new_id())
    for who, principal in PRINCIPALS.items():
        answer = await desk.as_(principal)(method, path)
        refusal = expected(row, who)
        if refusal is None:
            assert answer.status not in (401, 403), (row, who)
            assert answer.status < 500, (row, who)
        else:
            assert answer.status == refusal, (row, who)
