"""A copy of the keys that tokens are verified with: how long what was revoked is trusted."""

import asyncio
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from comanda.kernel.errors import Unavailable
from comanda.platform.published_keys import PublishedKeys


class Issuer:
    """Publishes keys, as long as it can be reached."""

    def __init__(self, *names: str) -> None:
        self.keys = {name: OKPKey.generate_key("Ed25519", {"kid": name}) for name in names}
        self.away = False
        self.asked = 0

    async def publish(self) -> dict[str, Any]:
        self.asked += 1
        if self.away:
            raise Unavailable("not now")
        return {"keys": [key.as_dict(private=False) for key in self.keys.values()]}


async def test_a_revoked_key_is_not_trusted_once_the_copy_is_stale() -> None:
    issuer, lost = Issuer("old", "new"), asyncio.Event()
    copy = PublishedKeys(issuer.publish, lost.set, stale_s=0.0)
    assert await copy.key("old") is not None
    del issuer.keys["old"]
    assert await copy.key("new") is not None, "which has the stale copy fetched again"
    await asyncio.wait_for(lost.wait(), 5)
    assert await copy.key("old") is None


async def test_a_fresh_copy_is_not_fetched_again_and_keys_that_nobody_published_do_not_load_the_issuer() -> None:
    issuer = Issuer("one")
    copy = PublishedKeys(issuer.publish, lambda: None)
    for _ in range(3):
        assert await copy.key("one") is not None
        assert await copy.key("made up") is None
    assert issuer.asked == 1


async def test_while_the_issuer_is_away_the_known_keys_count_and_without_any_nobody_is_known() -> None:
    issuer = Issuer("one")
    issuer.away = True
    copy = PublishedKeys(issuer.publish, lambda: None, stale_s=0.0, unknown_again_s=0.0)
    with pytest.raises(Unavailable):
        await copy.key("one")
    issuer.away = False
    assert await copy.key("one") is not None
    issuer.away, asked = True, issuer.asked
    assert await copy.key("one") is not None
    while issuer.asked == asked:  # noqa: ASYNC110 - the fetch goes on in the background
        await asyncio.sleep(0)
    assert await copy.key("one") is not None
