"""Change what one signs in with: the password, and the e-mail once its owner has confirmed it."""

from datetime import timedelta

import asyncpg

from comanda.contexts.profiling import attempts, mail_tokens, session_store, store
from comanda.contexts.profiling.contract.events import (
    CustomerEmailChanged,
    EmailChange,
    EmailChangeRequested,
    PasswordChanged,
)
from comanda.contexts.profiling.credentials import confirmed
from comanda.contexts.profiling.email_address import as_written, key_of
from comanda.contexts.profiling.errors import CustomerNotFound, EmailTaken, TokenNotGood, TooManyAttempts, WrongPassword
from comanda.contexts.profiling.passwords import passwords_of
from comanda.kernel.ids import new_id
from comanda.messaging.service import Call

WINDOW = timedelta(hours=1)


async def change_password(password: str, new_password: str, call: Call) -> None:
    """Set another password; all sessions but the caller's end, and links that went out by mail.

    Raises WrongPassword, TooManyAttempts, CustomerNotFound, Unavailable.
    """
    customer_id = call.principal.id or ""
    async with call.service.database.acquire() as connection:
        account = await store.account(connection, customer_id)
    if account is None:
        raise CustomerNotFound
    await confirmed(account, password, call)
    passwords = passwords_of(call.service)
    async with passwords.turn():
        password_hash = await passwords.hash(new_password)
    async with call.begin() as work:
        if not await store.is_password(work.connection, customer_id, account.password_hash):
            raise WrongPassword
        customer = await store.set_password(work.connection, customer_id, password_hash, work.now)
        await mail_tokens.void(work.connection, customer_id)
        await session_store.revoke_all(work.connection, customer_id, work.now, but=call.principal.session)
        work.publish(
            PasswordChanged(
                customer_id=customer_id,
                change_id=new_id(),
                language=customer.language,
                personal=store.contact_of(customer),
            )
        )


async def ask_for_email(email: str, password: str, call: Call) -> None:
    """Let a link go out to the new address, and a notice to the old one.

    Nothing is looked up about the new address: one that has an account already is answered and written to alike.
    Raises WrongPassword, TooManyAttempts, CustomerNotFound, Unavailable.
    """
    customer_id = call.principal.id or ""
    async with call.service.database.acquire() as connection:
        account = await store.account(connection, customer_id)
    if account is None:
        raise CustomerNotFound
    await confirmed(account, password, call)
    async with call.begin() as work:
        asked = attempts.key_of("email change", customer_id)
        count = (await attempts.count(work.connection, [asked], work.now, WINDOW))[asked]
        if count > call.service.settings["profiling.mails_per_account"]:
            raise TooManyAttempts(int(WINDOW.total_seconds()))
        customer = await store.read_customer(work.connection, customer_id, customer_id)
        if customer is None:
            raise CustomerNotFound
        token = await mail_tokens.issue(work.connection, "email_change", customer_id, work.now, as_written(email))
        change = EmailChange(email=as_written(email), previous=customer.email, name=customer.name, token=token)
        work.publish(
            EmailChangeRequested(
                customer_id=customer_id, change_id=new_id(), language=customer.language, personal=change
            )
        )


async def confirm_email(token: str, call: Call) -> None:
    """Change the e-mail to the one that the token went to; other links that went out by mail are void.

    Raises TokenNotGood, EmailTaken when somebody else has an account with it.
    """
    async with call.begin() as work:
        used = await mail_tokens.use(work.connection, "email_change", token, work.now)
        if used is None or used.email is None:
            raise TokenNotGood
        customer = await store.lock_customer(work.connection, used.customer_id, None)
        if customer is None:
            raise TokenNotGood
        try:
            await store.set_email(work.connection, customer.id, used.email, key_of(used.email), work.now)
        except asyncpg.UniqueViolationError as error:
            raise EmailTaken from error
        await mail_tokens.void(work.connection, customer.id)
        change = EmailChange(email=used.email, previous=customer.email, name=customer.name)
        work.publish(
            CustomerEmailChanged(
                customer_id=customer.id, change_id=new_id(), language=customer.language, personal=change
            ),
            actor=f"customer:{customer.id}",
        )
