"""Billing's SQL for its batches: set-based, the draft's row locked first, the counters last."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from comanda.contexts.billing.contract.events import CreditNoteIssued
from comanda.contexts.billing.numbering import PaperNumber
from comanda.contexts.billing.paper import Credit, CreditDocument, Document, Issued, Note, Paper
from comanda.messaging.log import Connection
from comanda.messaging.reactions import Reload
from comanda.messaging.unit_of_work import UnitOfWork

encode = msgspec.json.Encoder().encode
decode_document = msgspec.json.Decoder(Document).decode
decode_credit_document = msgspec.json.Decoder(CreditDocument).decode
_decode_waiting = msgspec.json.Decoder(list[Credit]).decode

_LOCK = """
    select d.order_id, d.id, d.void, d.waiting, i.order_id is not null as is_issued
    from drafts d
    left join invoices i on i.order_id = d.order_id
    where d.order_id = any ($1::uuid[])
    order by d.order_id
    for update of d
"""

# Read after the lock is held, by a statement of its own: what the lock was waited for is seen then.
_ISSUED = """
    select order_id, series, year, serial, document
    from invoices
    where order_id = any ($1::uuid[])
"""

_CREDITED = """
    select order_id, refund_id, document
    from credit_notes
    where order_id = any ($1::uuid[])
    order by order_id, nth
"""

_INSERT_DRAFTS = """
    insert into drafts (order_id, id, customer_id, document, created_at)
    select order_id, id, customer_id,
        case
            when customer_id is not null
                and exists (select from erased_customers e where e.customer_id = draft.customer_id)
            then (document::jsonb - 'buyer')::json
            else document
        end,
        $5
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::json[]) as draft (order_id, id, customer_id, document)
    on conflict (order_id) do nothing
"""

_FILL_MARKS = """
    update drafts
    set id = filled.id, customer_id = filled.customer_id,
        document = case
            when exists (select from erased_customers e where e.customer_id = filled.customer_id)
            then (filled.document::jsonb - 'buyer')::json
            else filled.document
        end
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::json[]) as filled (order_id, id, customer_id, document)
    where drafts.order_id = filled.order_id
    and drafts.id is null
"""

_INSERT_MARKS = """
    insert into drafts (order_id)
    select order_id
    from unnest($1::uuid[]) as mark (order_id)
    on conflict (order_id) do nothing
"""

_UPDATE_DRAFTS = """
    update drafts
    set void = changed.void, waiting = changed.waiting
    from unnest($1::uuid[], $2::boolean[], $3::json[]) as changed (order_id, void, waiting)
    where drafts.order_id = changed.order_id
"""

_DRAW = """
    insert into counters as counter (series, year, last)
    select series, year, wanted
    from unnest($1::text[], $2::int[], $3::bigint[]) as draw (series, year, wanted)
    order by series collate "C", year
    on conflict (series, year) do update set last = counter.last + excluded.last
    returning series, year, last
"""

_INSERT_INVOICES = """
    insert into invoices (order_id, series, year, serial, currency, total, tax, document, issued_at)
    select order_id, $6, $7, $8 + place - 1, currency, total, tax, document, $9
    from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::json[]) with ordinality
        as invoice (order_id, currency, total, tax, document, place)
    on conflict (order_id) do nothing
"""

_INSERT_CREDIT_NOTES = """
    insert into credit_notes (
        order_id, nth, id, series, year, serial, cause, refund_id, currency, amount, tax, credited, invoice_total,
        document, issued_at
    )
    select order_id, nth, id, $12, $13, $14 + place - 1, cause, refund_id, currency, amount, tax, credited,
        invoice_total, document, $15
    from unnest(
        $1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
        $9::bigint[], $10::bigint[], $11::json[]
    ) with ordinality as note (
        order_id, nth, id, cause, refund_id, currency, amount, tax, credited, invoice_total, document, place
    )
"""


class NewDraft(NamedTuple):
    """A draft to be written."""

    id: str
    customer_id: str | None
    document: Document


async def lock(connection: Connection, order_ids: Sequence[str]) -> dict[str, Paper]:
    """Lock the orders' drafts, in the order of their ids, and read what reactions ask of all of them."""
    if not order_ids:
        return {}
    rows = await connection.fetch(_LOCK, order_ids)
    return {
        order_id: Paper(
            order_id, draft_id, void, is_issued, waiting=_decode_waiting(waiting) if waiting is not None else []
        )
        for order_id, draft_id, void, waiting, is_issued in rows
    }


async def load_issued(connection: Connection, order_ids: Sequence[str], papers: Mapping[str, Paper]) -> None:
    """Read the invoices and credit notes of locked orders into their papers."""
    for row in await connection.fetch(_ISSUED, order_ids):
        paper = papers[row["order_id"]]
        number = str(PaperNumber(row["series"], row["year"], row["serial"]))
        paper.is_issued = True
        paper.issued = Issued(decode_document(row["document"]), number)
    for row in await connection.fetch(_CREDITED, order_ids):
        issued = papers[row["order_id"]].issued
        assert issued is not None
        issued.add(decode_credit_document(row["document"]).by_rate, row["refund_id"])


async def insert_drafts(work: UnitOfWork, drafts: Mapping[str, NewDraft]) -> None:
    """Write new drafts. Raises Reload when a row of one of the orders appeared since the load."""
    if drafts:
        _expect(await work.connection.execute(_INSERT_DRAFTS, *_columns(drafts), work.now), len(drafts))


async def fill_marks(connection: Connection, drafts: Mapping[str, NewDraft]) -> None:
    """Turn marks into drafts: something about these orders was read before the orders themselves."""
    if drafts:
        _expect(await connection.execute(_FILL_MARKS, *_columns(drafts)), len(drafts))


async def insert_marks(connection: Connection, order_ids: Sequence[str]) -> None:
    """Write marks for orders of which there is nothing yet. Raises Reload when a row appeared since the load."""
    if order_ids:
        _expect(await connection.execute(_INSERT_MARKS, order_ids), len(order_ids))


async def update_drafts(connection: Connection, papers: Iterable[Paper]) -> None:
    """Write which drafts are void, and the credits that wait for their invoice."""
    changed = list(papers)
    await connection.execute(
        _UPDATE_DRAFTS,
        [paper.order_id for paper in changed],
        [paper.void for paper in changed],
        [encode(paper.waiting).decode() if paper.waiting else None for paper in changed],
    )


async def draw(connection: Connection, wanted: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], int]:
    """Draw as many numbers as wanted of each series and year; the first of each.

    The counters stay locked until the transaction ends.
    """
    rows = await connection.fetch(
        _DRAW, [series for series, _ in wanted], [year for _, year in wanted], list(wanted.values())
    )
    last = {(row["series"], row["year"]): row["last"] for row in rows}
    return {key: last[key] - count + 1 for key, count in wanted.items()}


async def insert_invoices(work: UnitOfWork, first: PaperNumber, papers: Sequence[Paper]) -> None:
    """Write issued invoices, numbered from `first` on. Raises Reload when one of them has been issued meanwhile."""
    documents = [paper.issued.document for paper in papers if paper.issued is not None]
    status = await work.connection.execute(
        _INSERT_INVOICES,
        [paper.order_id for paper in papers],
        [document.currency for document in documents],
        [document.total for document in documents],
        [document.tax for document in documents],
        [encode(document).decode() for document in documents],
        *first,
        work.now,
    )
    _expect(status, len(papers))


async def insert_credit_notes(
    work: UnitOfWork, first: PaperNumber, notes: Sequence[tuple[Note, CreditNoteIssued]]
) -> None:
    """Write credit notes, numbered from `first` on."""
    await work.connection.execute(
        _INSERT_CREDIT_NOTES,
        [event.order_id for _, event in notes],
        [note.nth for note, _ in notes],
        [event.credit_note_id for _, event in notes],
        [note.credit.cause for note, _ in notes],
        [note.credit.refund_id for note, _ in notes],
        [event.currency for _, event in notes],
        [event.amount for _, event in notes],
        [event.tax for _, event in notes],
        [event.credited for _, event in notes],
        [event.invoice_total for _, event in notes],
        [encode(note.document).decode() for note, _ in notes],
        *first,
        work.now,
    )


async def remember_erased(connection: Connection, customer_ids: Sequence[str]) -> None:
    """Note whose personal data is to go; a background task removes it in pieces."""
    await connection.execute(
        """
        insert into erased_customers (customer_id)
        select distinct customer_id
        from unnest($1::text[]) as erased (customer_id)
        on conflict (customer_id) do update set done = false, invoices_kept = true
        """,
        customer_ids,
    )


def _columns(drafts: Mapping[str, NewDraft]) -> tuple[list[str], list[str], list[str | None], list[str]]:
    return (
        list(drafts),
        [draft.id for draft in drafts.values()],
        [draft.customer_id for draft in drafts.values()],
        [encode(draft.document).decode() for draft in drafts.values()],
    )


def _expect(status: str, count: int) -> None:
    if int(status.rpartition(" ")[2]) != count:
        raise Reload
