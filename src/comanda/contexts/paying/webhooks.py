"""Webhooks: a provider says that something about a charge has changed.

They are signed after Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over id, timestamp and body.
What they say is not believed: the provider is asked, under the charge's own key, so a repeated one has no effect.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime

import msgspec

from comanda.contexts.paying.errors import NotSigned
from comanda.contexts.paying.payments import lock
from comanda.contexts.paying.till import Till
from comanda.kernel.errors import Invalid, NotFound
from comanda.kernel.ids import is_id
from comanda.messaging import intents
from comanda.messaging.log import Connection
from comanda.messaging.unit_of_work import UnitOfWork

PROVIDERS = frozenset({"built-in"})
TOLERANCE_S = 300


class _Data(msgspec.Struct):
    key: str


class _Webhook(msgspec.Struct):
    type: str
    data: _Data


def check_provider(provider: str) -> None:
    """Raises NotFound for one that is not connected."""
    if provider not in PROVIDERS:
        raise NotFound("There is no such provider.")


async def secret_of(connection: Connection, provider: str) -> str:
    """What the provider signs with, in the form `whsec_…`."""
    secret: str = await connection.fetchval("select value from secrets where name = $1", f"webhooks.{provider}")
    return secret


async def make_secrets(connection: Connection, secret: bytes) -> None:
    """Have a secret for each provider that has none yet."""
    for provider in sorted(PROVIDERS):
        await connection.execute(
            "insert into secrets (name, value) values ($1, $2) on conflict (name) do nothing",
            f"webhooks.{provider}",
            f"whsec_{base64.b64encode(secret).decode()}",
        )


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:
    """Raises NotSigned unless one of the signatures is right and the timestamp within five minutes."""
    try:
        sent_at = int(headers["webhook-timestamp"])
        signed = f"{headers['webhook-id']}.{sent_at}.".encode() + body
        signatures = headers["webhook-signature"].split(" ")
    except (KeyError, ValueError) as error:
        raise NotSigned("The webhook is not signed.") from error
    expected = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, "sha256")
    if not any(hmac.compare_digest(expected, given) for given in map(_signature, signatures)):
        raise NotSigned("The signature is not right.")
    if abs(now.timestamp() - sent_at) > TOLERANCE_S:
        raise NotSigned("The webhook is stale.")


async def charge_changed(body: bytes, till: Till, work: UnitOfWork) -> None:
    """Have the charge asked about. Raises Invalid for a body that is no webhook; unknown charges are ignored."""
    try:
        key = msgspec.json.decode(body, type=_Webhook).data.key
    except msgspec.MsgspecError as error:
        raise Invalid("The body is not a webhook.") from error
    if not is_id(key):
        return
    payments = await lock(work, [key], till.provision)
    payments.of(key).ask_again()
    await payments.flush(work)
    if await intents.hurry(work.connection, [key], "charge"):
        till.worker.wake()


def _signature(text: str) -> bytes:
    version, _, encoded = text.partition(",")
    if version != "v1":
        return b""
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return b""
