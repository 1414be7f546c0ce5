"""A dialect as a process of its own, whose services are away."""

import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from joserfc.jwk import OKPKey

from comanda.platform.auth import sign
from comanda.runtime.dialects import DIALECTS
from comanda.runtime.one_dialect import ASKED_SERVICES, OneDialect
from comanda.runtime.server import PortTaken


@pytest.fixture
def nowhere() -> dict[str, str]:
    """Addresses at which nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return dict.fromkeys(ASKED_SERVICES, f"http://127.0.0.1:{port}")


@pytest.fixture(params=DIALECTS[:2], ids=lambda dialect: dialect.name)
async def lonely(request: pytest.FixtureRequest, nowhere: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a dialect that reaches nobody."""
    server = OneDialect(request.param, nowhere, host="127.0.0.1", port=0)
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        yield client
    await server.stop()


async def test_a_dialect_whose_services_are_away_lives_and_says_so(lonely: httpx.AsyncClient) -> None:
    assert (await lonely.get("/health/live")).status_code == 200
    assert (await lonely.get("/health/ready")).status_code == 503
    for path in ("/metrics", "/openapi.yaml", "/docs", "/redoc"):
        assert (await lonely.get(path)).status_code == 200


async def test_a_token_whose_keys_cannot_be_fetched_is_to_be_sent_again(lonely: httpx.AsyncClient) -> None:
    key = OKPKey.generate_key("Ed25519", {"kid": "k1"}, auto_kid=False)
    token = sign(key, role="staff", subject="staff-1", lifetime_s=60, permissions=frozenset("*"))
    paths = (await lonely.get("/openapi.json")).json()["paths"]
    path = "/commandes" if "/commandes" in paths else "/orders/1"
    answer = await lonely.get(path, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1"), answer.text


async def test_a_taken_port_is_named(nowhere: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = OneDialect(DIALECTS[0], nowhere, host="127.0.0.1", port=taken.getsockname()[1])
        with pytest.raises(PortTaken, match=f"for {DIALECTS[0].name} cannot be opened"):
            await server.start()
        await server.stop()
