"""The working set of notifying: whose orders a batch is about, what they were told already, and what is written now.

Nobody else fills in contacts or marks orders as undone, so nothing is locked while a batch is worked on: a second
process on the same cursor fails on the cursor, and a resend locks the order's row against the undo.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC

import msgspec

from comanda.contexts.notifying import store
from comanda.contexts.notifying.correspondence import (
    LANGUAGES,
    NOTHING_MUTED,
    Contact,
    Correspondence,
    Language,
    Message,
    send,
)
from comanda.contexts.notifying.settings import STAFF_EMAIL, STAFF_LANGUAGE
from comanda.contexts.notifying.summary import summary_of
from comanda.contexts.ordering.contract.events import OrderCanceled, OrderCreated, OrderFailed, StageSettled
from comanda.contexts.ordering.contract.stages import MAIL, is_foreign
from comanda.contexts.paying.contract.events import PaymentRefunded
from comanda.contexts.profiling.contract.events import (
    CustomerEmailChanged,
    CustomerRegistered,
    EmailChangeRequested,
    PasswordChanged,
    PasswordResetRequested,
    RegistrationRepeated,
)
from comanda.contexts.shipping.contract.events import ShipmentDelivered, ShipmentDispatched, ShipmentScheduled
from comanda.kernel.event import Event
from comanda.messaging.reactions import Load
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Service
from comanda.messaging.settings import LiveSettings
from comanda.messaging.unit_of_work import UnitOfWork

ACCOUNT_TYPES = frozenset(
    event.TYPE
    for event in (
        CustomerRegistered,
        RegistrationRepeated,
        PasswordResetRequested,
        PasswordChanged,
        EmailChangeRequested,
        CustomerEmailChanged,
    )
)
ABOUT_KNOWN_ORDERS = frozenset(
    event.TYPE
    for event in (
        ShipmentScheduled,
        ShipmentDispatched,
        ShipmentDelivered,
        OrderCanceled,
        OrderFailed,
        PaymentRefunded,
        StageSettled,
    )
)


class Desk:
    """What one batch needs and what it writes."""

    cause: Recorded

    def __init__(self, settings: LiveSettings) -> None:
        self.settings = settings
        self.orders: dict[str, Correspondence] = {}
        self.contacts: dict[str, Contact] = {}
        self.rows: dict[str, store.OrderRow] = {}
        self.customers: dict[str, store.Customer] = {}
        self.account_told: set[tuple[str, str, str]] = set()
        self.messages: list[Message] = []
        self.erased: set[str] = set()

    def order(self, order_id: str) -> Correspondence:
        """What is known of an order; of one that was never heard of, that it is new."""
        known = self.orders.get(order_id)
        if known is None:
            known = self.orders[order_id] = Correspondence(order_id)
        return known

    def contact_of(self, order: OrderCreated) -> Contact:
        """How to reach the buyer; nothing of one who is to be forgotten."""
        buyer = order.personal
        language = language_of(order.language)
        elsewhere = is_foreign(order, MAIL)
        if buyer is None or self.is_erased(order.customer_id):
            return Contact(language=language, confirmed_elsewhere=elsewhere)
        return Contact(buyer.email, buyer.sms, buyer.shipping_address.recipient, language, elsewhere)

    def is_erased(self, customer_id: str | None) -> bool:
        """Whether nothing of this customer may be kept any more."""
        if customer_id is None:
            return False
        customer = self.customers.get(customer_id)
        return customer_id in self.erased or (customer is not None and customer.erased)

    def muted_by(self, order: OrderCreated) -> frozenset[str]:
        """What the buyer does not want to hear of."""
        customer = self.customers.get(order.customer_id) if order.customer_id else None
        return customer.muted if customer else NOTHING_MUTED

    def account_message(
        self, customer_id: str, email: str, language: str, milestone: str, cause: str, data: str
    ) -> Iterator[Event]:
        """A message to the owner of an account, by e-mail, once per milestone and cause."""
        if (customer_id, milestone, cause) in self.account_told or self.is_erased(customer_id):
            return
        self.account_told.add((customer_id, milestone, cause))
        contact = Contact(email, language=language_of(language))
        yield from send(contact, customer_id, milestone, self.messages, cause, data, email)

    def staff_message(self, about: str, milestone: str, data: str) -> Iterator[Event]:
        """A message to the staff's address, if one is set; the cause is the moment of the event."""
        email = self.settings[STAFF_EMAIL]
        contact = Contact(email, language=self.settings[STAFF_LANGUAGE])
        cause = self.cause.time.astimezone(UTC).isoformat()
        yield from send(contact, about, milestone, self.messages, cause, data, email)

    async def flush(self, work: UnitOfWork) -> None:
        """Contacts that came late, orders heard of for the first time, and the messages: one statement each."""
        touched = [order for order in self.orders.values() if order.stored != "known" or order.undo_came]
        if touched:
            await store.save_orders(work, touched, self.rows)
        if self.messages:
            await store.save_messages(work, self.messages)
        if self.erased:
            await store.forget(work, sorted(self.erased))


def make_load(service: Service) -> Load:
    """How a batch's working set is loaded."""

    async def load(work: UnitOfWork, events: Sequence[Recorded]) -> Desk:
        return await load_desk(work, events, service.settings)

    return load


async def load_desk(work: UnitOfWork, events: Sequence[Recorded], settings: LiveSettings) -> Desk:
    """The orders the events are about. The contacts of new orders are written here: the insert tells which are new."""
    desk = Desk(settings)
    created: dict[str, OrderCreated] = {}
    subjects: set[str] = set()
    accounts: set[str] = set()
    for recorded in events:
        event = recorded.event
        if isinstance(event, OrderCreated):
            created[event.order_id] = event
        elif recorded.type in ABOUT_KNOWN_ORDERS:
            subjects.add(recorded.subject)
        elif recorded.type in ACCOUNT_TYPES:
            accounts.add(recorded.subject)
    customers = accounts | {order.customer_id for order in created.values() if order.customer_id}
    if customers:
        desk.customers = await store.customers(work, customers)
    if accounts:
        desk.account_told = await store.account_told(work, accounts)
    if created and await _take_in(work, desk, created):
        subjects -= created.keys()
        desk.orders = {
            order_id: Correspondence(order_id, muted=desk.muted_by(order), stored="known")
            for order_id, order in created.items()
        }
    else:
        subjects |= created.keys()
    if subjects:
        desk.orders.update(await store.orders(work, subjects))
        for order_id in created.keys() & subjects:
            _not_told_yet(desk, desk.orders[order_id], created[order_id])
    return desk


async def _take_in(work: UnitOfWork, desk: Desk, created: dict[str, OrderCreated]) -> bool:
    """Write the contacts; whether all the orders were new, so that nothing has to be read about them."""
    for order_id, order in created.items():
        contact = desk.contacts[order_id] = desk.contact_of(order)
        desk.rows[order_id] = (order_id, order.customer_id, _json(contact), summary_of(order))
    return await store.insert_orders(work, list(desk.rows.values())) == len(desk.rows)


def _not_told_yet(desk: Desk, order: Correspondence, event: OrderCreated) -> None:
    """The contact of an order counts from its OrderCreated on, even where this load has just written it."""
    if ("created", "") not in order.told:
        order.contact = None
        order.muted = desk.muted_by(event)


def language_of(tag: str) -> Language:
    """The language to write in for a BCP 47 tag; English where there are no texts."""
    return _LANGUAGE_OF.get(tag[:2].lower(), "en")


_LANGUAGE_OF: dict[str, Language] = {language: language for language in LANGUAGES}


def _json(contact: Contact) -> str:
    return _encode(contact).decode()


_encode = msgspec.json.Encoder().encode
