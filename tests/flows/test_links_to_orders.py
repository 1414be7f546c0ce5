"""Guests reach their orders by the token of the answer, or by the link in a message; nobody else does, nor any log."""

import re
from datetime import timedelta
from typing import Any

import pytest
import structlog

from comanda.contexts.ordering.capabilities import access_token, link_token
from comanda.platform.auth import ANONYMOUS
from tests.support.routes import Reply, call
from tests.support.services import STAFF, customer
from tests.support.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHOP_URL = "https://shop.example"


async def _links(shop: Shop, order_id: str) -> list[str]:
    """The links to the order in its messages."""
    await shop.put_setting("shop.url", SHOP_URL)
    await shop.settled()
    mailbox = shop.services.call("notifying", STAFF)
    mails = (await mailbox("GET", "/mailbox", query={"order_id": order_id})).json()["items"]
    assert mails
    for mail in mails:
        assert f'<a href="{SHOP_URL}/orders/{order_id}' in mail["html"]
    return [link for mail in mails for link in re.findall(rf"{SHOP_URL}/orders/[^\s\"<>]*", mail["text"])]


async def _see(shop: Shop, order_id: str, *, by: Any = ANONYMOUS, **shown: str) -> Reply:
    edge = shop.services.process.services["ordering"].edge
    assert edge is not None
    headers = {"Order-Token": shown["header"]} if "header" in shown else {}
    query = {"token": shown["query"]} if "query" in shown else {}
    return await call(edge, "GET", f"/orders/{order_id}", principal=by, headers=headers, query=query)


async def _placed(shop: Shop, **more: Any) -> dict[str, Any]:
    sku = await shop.product(5)
    placed = await shop.order({sku: 1}, **more)
    await shop.until(placed["id"], "completed")
    return placed


async def test_the_link_in_a_guests_message_shows_the_order(shop: Shop) -> None:
    placed = await _placed(shop)
    links = await _links(shop, placed["id"])
    assert links
    for link in links:
        address, token = link.split("?token=")
        assert address == f"{SHOP_URL}/orders/{placed['id']}"
        assert (await _see(shop, placed["id"], query=token)).status == 200
        assert (await _see(shop, placed["id"], header=token)).status == 200
        other = await _placed(shop)
        assert (await _see(shop, other["id"], query=token)).status == 404


async def test_a_customers_message_links_without_a_token(shop: Shop) -> None:
    placed = await _placed(shop, by=customer("c-links"), email="c@example.org")
    assert set(await _links(shop, placed["id"])) == {f"{SHOP_URL}/orders/{placed['id']}"}


async def test_a_link_ends(shop: Shop) -> None:
    placed = await _placed(shop)
    ordering = shop.services.process.services["ordering"]
    secret, now = ordering.state["secret"].encode(), ordering.clock()
    good, over = (int((now + timedelta(seconds=s)).timestamp()) for s in (60, -60))
    assert (await _see(shop, placed["id"], query=link_token(secret, placed["id"], good))).status == 200
    assert (await _see(shop, placed["id"], query=link_token(secret, placed["id"], over))).status == 404


async def test_a_link_cannot_be_made_longer_or_made_up(shop: Shop) -> None:
    placed = await _placed(shop)
    secret = shop.services.process.services["ordering"].state["secret"].encode()
    token = link_token(secret, placed["id"], 4_000_000_000)
    expires, _, signature = token.partition(".")
    answer = placed["access_token"]
    assert len(signature) == len(answer) == 64  # 256 bits
    assert access_token(secret, placed["id"]) == answer != signature
    missing = await _see(shop, "01890000-0000-7000-8000-00000000dead", query=answer)
    for wrong in (
        *(f"4000000001.{signature}", f"{expires}.{answer}", f"{expires}.", f".{signature}", signature, answer[:-1]),
        *(f"{answer}0", answer.upper(), f"{expires}.{signature}.{signature}", f"٤{expires}.{signature}", ".", "é"),
        *("9" * 400 + "." + signature, f"-1.{signature}", f"{expires}.{signature}\x00", "null", "true"),
    ):
        seen = await _see(shop, placed["id"], query=wrong)
        assert (seen.status, seen.body) == (404, missing.body), wrong
    assert (await _see(shop, placed["id"], query=answer)).status == 200


async def test_no_log_tells_a_token(shop: Shop) -> None:
    placed = await _placed(shop)
    token = placed["access_token"]
    ordering = shop.services.process.services["ordering"]
    with structlog.testing.capture_logs() as logged:
        assert (await _see(shop, placed["id"], query=token)).status == 200
        acquire = ordering.database.acquire
        ordering.database.acquire = _broken  # type: ignore[method-assign]
        try:
            assert (await _see(shop, placed["id"], query=token)).status == 503
            assert (await _see(shop, placed["id"], header=token)).status == 503
        finally:
            ordering.database.acquire = acquire  # type: ignore[method-assign]
    assert logged
    assert token not in str(logged)


def _broken() -> Any:
    raise ConnectionError("gone")
