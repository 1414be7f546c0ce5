"""Tokens that were made up, altered or meant for somebody else: refused by every route of every service."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from hmac import new as hmac
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from comanda.contexts.profiling.signing_keys import signing_key
from comanda.platform.auth import ALGORITHM, AUDIENCE, ISSUER, sign
from tests.support.routes import call, doors_of, routes_of
from tests.support.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(part: str) -> Any:
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 600, "role": "admin", "sub": "forger"} | changes
    return {name: value for name, value in claims.items() if value is not None}


def _signed(key: OKPKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid, **header}, claims, key, algorithms=[ALGORITHM])


def _with_secret(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    signed = f"{_encoded(header)}.{_encoded(claims)}"
    return f"{signed}.{_encoded(hmac(secret, signed.encode(), sha256).digest())}"


def forgeries(key: OKPKey) -> Iterator[tuple[str, str]]:
    """What an attacker who knows all that is public could send, and what our own key has signed for something else."""
    good = sign(key, role="admin", subject="1", lifetime_s=600)
    head, payload, signature = good.split(".")
    public = key.as_dict(private=False)
    stranger = OKPKey.generate_key("Ed25519", {"kid": key.kid})
    nowhere = OKPKey.generate_key("Ed25519", {"kid": "of-nowhere"})
    for none in ("none", "None", "NONE", ""):
        yield f"algorithm {none!r}", f"{_encoded({'alg': none, 'kid': key.kid})}.{payload}."
    header = {"alg": "HS256", "kid": key.kid, "typ": "JWT"}
    for secret in (json.dumps(public).encode(), urlsafe_b64decode(public["x"] + "=="), public["x"].encode()):
        yield "the public key as a secret", _with_secret(header, _claims(), secret)
    yield "no algorithm", f"{_encoded({'kid': key.kid})}.{payload}.{signature}"
    yield "no signature", f"{head}.{payload}."
    yield "an altered payload", f"{head}.{_encoded({**_decoded(payload), 'sub': '2'})}.{signature}"
    yield "an altered header", f"{_encoded({**_decoded(head), 'typ': 'at+jwt'})}.{payload}.{signature}"
    yield "a stranger's key under our name", _signed(stranger, {}, _claims())
    yield "a key of nowhere", _signed(nowhere, {}, _claims())
    yield "a key that it brings along", _signed(stranger, {"jwk": stranger.as_dict(private=False)}, _claims())
    yield "a name that is no text", f"{_encoded({'alg': ALGORITHM, 'kid': ['a']})}.{payload}.{signature}"
    yield "expired", _signed(key, {}, _claims(iat=1, exp=int(time.time()) - 1))
    yield "without an end", _signed(key, {}, _claims(exp=None))
    yield "for somebody else", _signed(key, {}, _claims(aud="elsewhere"))
    yield "from somebody else", _signed(key, {}, _claims(iss="elsewhere"))
    yield "without a role", _signed(key, {}, _claims(role=None))
    yield "of a role that there is not", _signed(key, {}, _claims(role="root"))
    yield "a role as a list", _signed(key, {}, _claims(role=["admin"]))
    yield "too large", sign(key, role="staff", subject="x" * 9_000, lifetime_s=600)
    yield "very large", "a" * 60_000
    yield "deeply nested", f"{_encoded(b'[' * 2_000)}.{payload}.{signature}"
    yield "too many parts", f"{good}.{signature}"


async def test_no_route_takes_a_forged_token(shop: Shop) -> None:
    async with shop.sql() as connection:
        key = await signing_key(connection)
    doors = doors_of(shop.services.process)
    profiling = doors["profiling"].edge
    good = {"Authorization": f"Bearer {sign(key, role='admin', subject='1', lifetime_s=600)}"}
    assert (await call(profiling, "GET", "/customers", principal=None, headers=good)).status == 200
    forged = list(forgeries(key))
    for name, door in doors.items():
        for number, route in enumerate(routes_of(name, door.app)):
            # every route is tried with three of them, every service with all of them many times over
            for offset in range(3):
                what, token = forged[(3 * number + offset) % len(forged)]
                headers = {"Authorization": f"Bearer {token}"}
                answer = await call(door.edge, route.method, route.path, principal=None, headers=headers)
                assert answer.status == 401, (route.name, what, answer.status, answer.body)


async def test_every_forgery_is_refused_by_every_service(shop: Shop) -> None:
    async with shop.sql() as connection:
        key = await signing_key(connection)
    for name, door in doors_of(shop.services.process).items():
        route = next(route for route in routes_of(name, door.app) if route.method == "GET")
        for what, token in forgeries(key):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await call(door.edge, "GET", route.path, principal=None, headers=headers)
            assert answer.status == 401, (route.name, what, answer.status, answer.body)
