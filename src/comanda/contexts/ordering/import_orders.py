"""Importing orders and credits of the past: up to a thousand in one transaction, set by set.

What was imported before is known by its reference and changes only where the import says something else. A credit of
an order is kept beside it; a credit of its own is an order with negative amounts.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg

from comanda.contexts.ordering import credit_store, erasing, record_store
from comanda.contexts.ordering.contract.views import ImportCountsView, OrderImportView, RejectedView
from comanda.contexts.ordering.credit_store import Credit
from comanda.contexts.ordering.record import Record, differences
from comanda.contexts.ordering.record_order import changed, recorded
from comanda.contexts.ordering.record_requests import ImportedCredit, ImportedOrder, OrderImportBody, Refused
from comanda.contexts.ordering.record_store import Stored
from comanda.kernel.errors import Invalid, Unavailable
from comanda.kernel.ids import new_id
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork

ATTEMPTS = 3


@dataclass(slots=True)
class Counts:
    """What an import did with one kind of thing."""

    created: int = 0
    unchanged: int = 0
    changed: int = 0

    def view(self) -> ImportCountsView:
        """As it is answered."""
        return ImportCountsView(created=self.created, unchanged=self.unchanged, changed=self.changed)


@dataclass(slots=True)
class Outcome:
    """What became of an import so far."""

    orders: Counts = field(default_factory=Counts)
    credits: Counts = field(default_factory=Counts)
    rejected: list[RejectedView] = field(default_factory=list)

    def reject(self, reference: str, reason: str) -> None:
        """An item that cannot be taken."""
        self.rejected.append(RejectedView(reference=reference, reason=reason))

    def view(self) -> OrderImportView:
        """As it is answered."""
        return OrderImportView(orders=self.orders.view(), credits=self.credits.view(), rejected=self.rejected)


@dataclass(slots=True)
class Items:
    """An import, sorted out: records by reference (credits of their own among them), and credits of orders."""

    records: dict[str, Record] = field(default_factory=dict)
    own_credits: set[str] = field(default_factory=set)
    credits: dict[str, ImportedCredit] = field(default_factory=dict)


async def import_orders(body: OrderImportBody, work: UnitOfWork) -> OrderImportView:
    """Take what can be taken and say why the rest cannot. The same import again changes nothing."""
    outcome = Outcome()
    items = _sort_out(body, outcome)
    items.records = await erasing.without_erased(work.connection, items.records)
    credits = await credit_store.read(work.connection, [*items.records, *items.credits])
    orders = await _orders_named(items, work)
    _reject_taken(items, orders, credits, outcome)
    ids = await _write_records(items, orders, outcome, work)
    await _write_credits(items, orders, ids, credits, outcome, work)
    return outcome.view()


def _sort_out(body: OrderImportBody, outcome: Outcome) -> Items:
    items = Items()
    seen: set[str] = set()
    given: list[ImportedOrder | ImportedCredit | Refused] = [*body.orders, *body.credits]
    for item in given:
        if isinstance(item, Refused):
            outcome.reject(item.reference, item.reason)
        elif item.reference in seen:
            outcome.reject(item.reference, "the reference appears twice in this import")
        else:
            seen.add(item.reference)
            _take(item, items, outcome)
    return items


def _take(item: ImportedOrder | ImportedCredit, items: Items, outcome: Outcome) -> None:
    try:
        record = item.record()
    except Invalid as error:
        outcome.reject(item.reference, error.detail)
        return
    if isinstance(item, ImportedCredit) and item.order_reference is not None:
        items.credits[item.reference] = item
        return
    items.records[item.reference] = record
    if isinstance(item, ImportedCredit):
        items.own_credits.add(item.reference)


async def _orders_named(items: Items, work: UnitOfWork) -> dict[str, Stored]:
    """The orders that the import names, by reference, locked."""
    references = {*items.records, *items.credits}
    references.update(credit.order_reference or "" for credit in items.credits.values())
    rows = await work.connection.fetch("select id from orders where reference = any ($1::text[])", sorted(references))
    ids = [row["id"] for row in rows]
    await record_store.lock(work.connection, ids)
    found = await record_store.read(work.connection, ids)
    return {order.record.reference: order for order in found.values() if order.record.reference is not None}


def _reject_taken(items: Items, orders: dict[str, Stored], credits: dict[str, Credit], outcome: Outcome) -> None:
    """An import changes only what was recorded as the same kind of thing."""
    for reference, record in list(items.records.items()):
        order = orders.get(reference)
        if reference in credits:
            outcome.reject(reference, "the reference is that of a credit of an order")
        elif order is not None and order.managed:
            outcome.reject(reference, "the reference is that of an order that was placed here")
        elif order is not None and (order.record.total < 0) != (record.total < 0):
            outcome.reject(reference, "the reference is that of an order, or of a credit: it cannot become the other")
        else:
            continue
        del items.records[reference]
    for reference in [reference for reference in items.credits if reference in orders]:
        outcome.reject(reference, "the reference is that of an order, or of a credit of its own")
        del items.credits[reference]


async def _write_records(items: Items, orders: dict[str, Stored], outcome: Outcome, work: UnitOfWork) -> dict[str, str]:
    """Write new records and rewrite changed ones; answers the ids of the new ones by reference."""
    new: dict[str, Record] = {}
    rewritten: dict[str, Record] = {}
    changes: dict[str, dict[str, Any]] = {}
    for reference, record in sorted(items.records.items()):
        counts = outcome.credits if reference in items.own_credits else outcome.orders
        stored = orders.get(reference)
        if stored is None:
            new[new_id()] = record
            counts.created += 1
        elif not (found := differences(stored.record, record)):
            counts.unchanged += 1
        else:
            rewritten[stored.id], changes[stored.id] = record, found
            counts.changed += 1
    if new:
        numbers = await record_store.insert(work.connection, new, work.now, work.trace, work.actor)
        if len(numbers) < len(new):
            raise _Overtaken
        work.publish(*(recorded(id, numbers[id], record) for id, record in new.items()))
    if rewritten:
        await record_store.update(work.connection, rewritten, changes, work.now, work.trace, work.actor)
        by_id = {order.id: order for order in orders.values()}
        for id, record in rewritten.items():
            work.publish(changed(replace(by_id[id], record=record), with_lines="lines" in changes[id]))
    return {record.reference: id for id, record in new.items() if record.reference is not None}


async def _write_credits(
    items: Items,
    orders: dict[str, Stored],
    new: dict[str, str],
    known: dict[str, Credit],
    outcome: Outcome,
    work: UnitOfWork,
) -> None:
    """Write credits of orders, and say of each order what its credits add up to now."""
    written: dict[str, Credit] = {}
    for reference, item in items.credits.items():
        problem, order_id = _order_of(item, items, orders, new)
        if problem is not None:
            outcome.reject(reference, problem)
            continue
        credit = credit_of(item, order_id)
        if reference not in known:
            outcome.credits.created += 1
        elif known[reference] == credit:
            outcome.credits.unchanged += 1
            continue
        else:
            outcome.credits.changed += 1
        written[reference] = credit
    if not written:
        return
    await credit_store.write(work.connection, list(written.values()))
    moved = [known[reference].order_id for reference in written if reference in known]
    credited = sorted({credit.order_id for credit in written.values()} | set(moved))
    await credit_store.note(work.connection, credited, work.now, work.trace, work.actor)
    for order in (await record_store.read(work.connection, credited)).values():
        work.publish(changed(order, with_lines=False))


def _order_of(
    item: ImportedCredit, items: Items, orders: dict[str, Stored], new: dict[str, str]
) -> tuple[str | None, str]:
    """Why a credit's order will not do (None: it will), and the order's id."""
    reference = item.order_reference or ""
    if reference in new:
        record, order_id = items.records[reference], new[reference]
    elif reference in orders and not orders[reference].managed:
        record, order_id = items.records.get(reference, orders[reference].record), orders[reference].id
    else:
        return f"there is no recorded order {reference!r}", ""
    if record.currency != item.currency:
        return f"the order {reference!r} is in {record.currency}", ""
    if record.total < 0:
        return f"{reference!r} is a credit itself", ""
    return None, order_id


def credit_of(item: ImportedCredit, order_id: str) -> Credit:
    """A credit as it is kept beside its order."""
    lines = tuple(line.line() for line in item.lines)
    return Credit(
        reference=item.reference,
        order_id=order_id,
        customer_id=item.customer_id,
        country=item.country,
        lines=lines,
        shipping=item.shipping,
        total=sum(line.gross for line in lines) + item.shipping,
        created_at=item.created_at,
    )


class _Overtaken(Exception):
    """Another import has written one of the references since they were looked up."""


async def run_import(service: Service, body: OrderImportBody, actor: str | None, trace: str) -> OrderImportView:
    """Import in a transaction of its own, tried again when another import was faster with a reference.

    Raises Unavailable when that goes on.
    """
    for _ in range(ATTEMPTS):
        try:
            async with service.begin(actor=actor, trace=trace) as work:
                return await import_orders(body, work)
        except (_Overtaken, asyncpg.DeadlockDetectedError):
            continue
    raise Unavailable("Other imports write the same orders.")
