"""What a service remembers of API tokens that it was shown."""

import asyncio

import pytest

from comanda.kernel.errors import TooMany, Unauthenticated
from comanda.platform.api_tokens import KnownApiTokens, new_token
from comanda.platform.auth import Principal

ADA = Principal("customer", "ada")


class Keeper:
    """Whoever keeps the tokens."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = set(tokens)
        self.asked = 0

    async def introspect(self, token: str) -> Principal | None:
        self.asked += 1
        await asyncio.sleep(0)
        return ADA if token in self.tokens else None


async def test_a_revoked_token_is_good_until_the_answer_is_old_and_no_longer() -> None:
    token = new_token()
    keeper = Keeper(token)
    known = KnownApiTokens(keeper.introspect, fresh_s=0.05)
    assert await known.principal(token, None) == ADA
    keeper.tokens.clear()
    await asyncio.sleep(0.06)
    with pytest.raises(Unauthenticated):
        await known.principal(token, None)
    assert keeper.asked == 2


async def test_a_fresh_answer_is_remembered_and_many_who_ask_at_once_ask_once() -> None:
    token = new_token()
    keeper = Keeper(token)
    known = KnownApiTokens(keeper.introspect, fresh_s=60.0)
    assert await asyncio.gather(*(known.principal(token, None) for _ in range(50))) == [ADA] * 50
    assert await known.principal(token, None) == ADA
    assert keeper.asked == 1


async def test_what_is_no_token_is_refused_without_asking() -> None:
    keeper = Keeper()
    known = KnownApiTokens(keeper.introspect)
    token = new_token()
    for wrong in ("", "cmd_", token[:-1], token[:-1] + ("0" if token[-1] != "0" else "1"), token.upper()):
        with pytest.raises(Unauthenticated):
            await known.principal(wrong, "10.0.0.1")
    assert keeper.asked == 0


async def test_an_address_may_show_so_many_unknown_tokens_a_minute() -> None:
    keeper = Keeper()
    known = KnownApiTokens(keeper.introspect, guesses=3)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await known.principal(new_token(), "10.0.0.1")
    with pytest.raises(TooMany):
        await known.principal(new_token(), "10.0.0.1")
    with pytest.raises(Unauthenticated):
        await known.principal(new_token(), "10.0.0.2")
    assert keeper.asked == 4
