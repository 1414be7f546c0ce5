"""A new password for somebody who has lost theirs, by a link that goes to their mail.

Asking writes the same row for every e-mail; whether there is such an account is looked up afterwards, by a background
task. So a known and an unknown e-mail differ in nothing that the one who asks could see or measure.
"""

import asyncio
from datetime import timedelta
from math import ceil

import structlog

from comanda.contexts.profiling import attempts, mail_tokens, reset_store, session_store, store
from comanda.contexts.profiling.contract.events import Contact, PasswordChanged, PasswordResetRequested
from comanda.contexts.profiling.credentials import address_of
from comanda.contexts.profiling.email_address import key_of
from comanda.contexts.profiling.errors import TokenNotGood, TooManyAttempts
from comanda.contexts.profiling.passwords import passwords_of
from comanda.kernel.ids import new_id
from comanda.messaging.service import Call, Service
from comanda.platform.database import is_transient

WINDOW = timedelta(hours=1)

LOOK_S = 10.0
"""How often is looked for requests that nobody has called attention to, as after a crash."""

BATCH = 100

_ASKED = "profiling.reset_asked"

_logger = structlog.get_logger(__name__)


async def ask(email: str, call: Call) -> None:
    """Ask for a link. Beyond the hour's limit for one e-mail no more mails go out, without a word about it.

    Raises TooManyAttempts when the network address has asked too often.
    """
    service, email_key = call.service, key_of(email)
    account = attempts.key_of("reset", email_key)
    address = address_of(call)
    async with call.begin() as work:
        if address is not None:
            await _limit_address(address, call)
        count = (await attempts.count(work.connection, [account], work.now, WINDOW))[account]
        if count <= service.settings["profiling.mails_per_account"]:
            await reset_store.add(work.connection, email_key, call.trace, work.now)
    _bell(service).set()


async def reset(token: str, password: str, call: Call) -> None:
    """Set the password, end all sessions, void all other tokens. Raises TokenNotGood, Unavailable."""
    now = call.service.clock()
    async with call.service.database.acquire() as connection:
        if not await mail_tokens.is_good(connection, "password_reset", token, now):
            raise TokenNotGood
    passwords = passwords_of(call.service)
    async with passwords.turn():
        password_hash = await passwords.hash(password)
    async with call.begin() as work:
        used = await mail_tokens.use(work.connection, "password_reset", token, work.now)
        if used is None:
            raise TokenNotGood
        customer = await store.set_password(work.connection, used.customer_id, password_hash, work.now)
        await mail_tokens.void(work.connection, customer.id)
        await session_store.revoke_all(work.connection, customer.id, work.now)
        await attempts.forgive(work.connection, attempts.key_of("account", key_of(customer.email)))
        work.publish(
            PasswordChanged(
                customer_id=customer.id,
                change_id=new_id(),
                language=customer.language,
                personal=store.contact_of(customer),
            ),
            actor=f"customer:{customer.id}",
        )


async def send_links(service: Service) -> None:
    """Look up who asked and let a link go out to them, for as long as the service runs."""
    while not service.stopping.is_set():
        _bell(service).clear()
        try:
            while await send_links_once(service) == BATCH:
                pass
        except Exception as error:
            if not is_transient(error):
                raise
            _logger.warning("password_resets.put_off", error=str(error))
        await _rung(service)


async def send_links_once(service: Service) -> int:
    """The same for a batch of those who ask; how many asked, known or not."""
    async with service.begin() as work:
        taken = await reset_store.take(work.connection, BATCH)
        for trace, customer in await reset_store.customers_of(work.connection, taken):
            token = await mail_tokens.issue(work.connection, "password_reset", customer.id, work.now)
            work.publish(
                PasswordResetRequested(
                    customer_id=customer.id,
                    token_id=new_id(),
                    language=customer.language,
                    personal=Contact(email=customer.email, name=customer.name, phone=customer.phone, token=token),
                ),
                trace=trace,
                actor="guest",
            )
    return len(taken)


async def _limit_address(address: str, call: Call) -> None:
    """Counted in a transaction of its own: what is refused counts, too."""
    key, now = attempts.key_of("reset address", address), call.service.clock()
    async with call.service.database.acquire() as connection:
        count = (await attempts.count(connection, [key], now, WINDOW))[key]
        if count <= call.service.settings["profiling.mails_per_address"]:
            return
        _, ends_at = (await attempts.counted(connection, [key], now))[key]
    raise TooManyAttempts(max(1, ceil((ends_at - now).total_seconds())))


def _bell(service: Service) -> asyncio.Event:
    bell: asyncio.Event = service.state.setdefault(_ASKED, asyncio.Event())
    return bell


async def _rung(service: Service) -> None:
    """Wait until somebody asks, the service stops, or some time has passed."""
    waiting = [asyncio.create_task(event.wait()) for event in (_bell(service), service.stopping)]
    try:
        await asyncio.wait(waiting, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
