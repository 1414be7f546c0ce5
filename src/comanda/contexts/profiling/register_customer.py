"""Make an account."""

from dataclasses import dataclass
from datetime import timedelta

from comanda.contexts.profiling import attempts, store
from comanda.contexts.profiling.contract.events import CustomerRegistered, RegistrationRepeated
from comanda.contexts.profiling.contract.views import CustomerView
from comanda.contexts.profiling.email_address import as_written, key_of
from comanda.contexts.profiling.passwords import passwords_of
from comanda.kernel.ids import new_id
from comanda.messaging.service import Call
from comanda.messaging.unit_of_work import UnitOfWork

MAILS_A_DAY = 3
"""How often the owner of an address hears that somebody tried to register with it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCustomer:
    """Who wants an account."""

    email: str
    password: str
    name: str
    phone: str
    language: str


async def register_customer(command: RegisterCustomer, call: Call) -> CustomerView:
    """The new customer, who may sign in at once.

    For an e-mail that is known the answer looks the same and takes as long, but nothing changes: its owner gets a
    mail instead. Raises Unavailable when too many people register at once.
    """
    passwords = passwords_of(call.service)
    async with passwords.turn():
        password_hash = await passwords.hash(command.password)
    key = key_of(command.email)
    async with call.begin() as work:
        customer = CustomerView(
            id=new_id(),
            email=as_written(command.email),
            name=command.name,
            phone=command.phone,
            language=command.language,
            status="standard",
            created_at=work.now,
            updated_at=work.now,
        )
        tried = attempts.key_of("registration", key)
        count = (await attempts.count(work.connection, [tried], work.now, timedelta(days=1)))[tried]
        if await store.add_customer(work.connection, customer, key, password_hash):
            work.publish(
                CustomerRegistered(
                    customer_id=customer.id, language=customer.language, personal=store.contact_of(customer)
                )
            )
        elif count <= MAILS_A_DAY:
            await _tell_owner(work, key)
    return customer


async def _tell_owner(work: UnitOfWork, key: str) -> None:
    owner = await store.customer_with_email(work.connection, key)
    if owner is not None:
        work.publish(
            RegistrationRepeated(customer_id=owner.id, language=owner.language, personal=store.contact_of(owner))
        )
