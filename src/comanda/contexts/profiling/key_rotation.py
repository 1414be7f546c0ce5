"""Changing the keys that tokens are signed with: in time by itself, and when an admin asks for it."""

from datetime import timedelta

from comanda.contexts.profiling import signing_keys
from comanda.contexts.profiling.contract.events import SigningKeyAdded
from comanda.contexts.profiling.contract.views import SigningKeyView
from comanda.messaging.background import every
from comanda.messaging.service import Call, Service
from comanda.platform.auth import Verifier

LOOK_S = 3_600.0


async def add_key(call: Call, *, revoke: bool) -> SigningKeyView:
    """A new key. With `revoke` it replaces all others at once: every token there is ends, sessions can be refreshed."""
    async with call.begin() as work:
        kid = await signing_keys.rotate(work.connection, revoke=revoke)
        work.publish(SigningKeyAdded(kid=kid, revoked_others=revoke))
    verifier: Verifier = call.request.app.state.verifier
    await verifier.refresh()
    return next(key for key in await list_keys(call) if key.kid == kid)


async def list_keys(call: Call) -> list[SigningKeyView]:
    """The keys that are published, the newest first."""
    async with call.service.database.acquire() as connection:
        return [SigningKeyView(**dict(row)) for row in await signing_keys.list_keys(connection)]


async def rotate_in_time(service: Service) -> None:
    """Rotate the keys when they are old, for as long as the service runs."""
    await every(service, LOOK_S, lambda: rotate_once(service), "keys.rotation_put_off")


async def rotate_once(service: Service) -> None:
    """Rotate if it is time, and drop keys that are long over."""
    age = timedelta(days=service.settings["profiling.signing_key_days"])
    async with service.begin() as work:
        kid = await signing_keys.rotate_when_older(work.connection, age)
        if kid is not None:
            work.publish(SigningKeyAdded(kid=kid))
        await signing_keys.forget_old(work.connection)
