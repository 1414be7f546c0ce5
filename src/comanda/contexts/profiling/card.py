"""Profiling's card."""

from comanda.contexts.profiling import (
    address_api,
    api,
    api_token_api,
    login_api,
    personal_data,
    privacy_api,
    signing_keys,
    staff_api,
    token_api,
)
from comanda.contexts.profiling.access import ACCESS
from comanda.contexts.profiling.finish_erasures import finish_erasures, refuse_tokens
from comanda.contexts.profiling.key_rotation import rotate_in_time
from comanda.contexts.profiling.passwords import passwords_of
from comanda.contexts.profiling.reactions import make_load, reactions
from comanda.contexts.profiling.reset_password import send_links
from comanda.contexts.profiling.sessions import sweep
from comanda.contexts.profiling.settings import SETTINGS
from comanda.messaging.personal_data import PERSONAL_DATA_ACCESS
from comanda.messaging.service import Context, Service


async def start(service: Service) -> None:
    """Have a key to sign with, and the threads that hash, before the first of either is asked for."""
    async with service.database.acquire() as connection:
        await signing_keys.signing_key(connection)
    passwords_of(service)
    await refuse_tokens(service)


async def stop(service: Service) -> None:
    """Let the threads that hash end."""
    passwords_of(service).close()


card = Context(
    name="profiling",
    title="Profiling",
    port=9001,
    routers=(
        login_api.router,
        api.router,
        address_api.router,
        token_api.router,
        staff_api.router,
        api_token_api.router,
        privacy_api.router,
        personal_data.router,
    ),
    access=ACCESS
    | staff_api.STAFF_ACCESS
    | api_token_api.API_TOKEN_ACCESS
    | privacy_api.PRIVACY_ACCESS
    | PERSONAL_DATA_ACCESS,
    reactions=reactions,
    make_load=make_load,
    settings=SETTINGS,
    background=(sweep, send_links, rotate_in_time, finish_erasures),
    start=start,
    stop=stop,
    description="Customers, their addresses and status; staff and their roles; sessions and tokens.",
)
