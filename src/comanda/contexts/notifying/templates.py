"""Templates in the database: every version that ever was, and which one is current.

A version is never changed, because messages that were sent name it.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from comanda.contexts.notifying import built_in, rendering
from comanda.contexts.notifying.rendering import Shop
from comanda.contexts.notifying.template import BUILT_IN_NAMES, Template, check
from comanda.kernel.errors import Conflict, NotFound, PreconditionFailed
from comanda.messaging.log import Connection
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork

Key = tuple[str, str, str]
"""Name, channel, language."""


class UnknownTemplate(NotFound):
    """There is no such template, or no such version of it."""

    code = "unknown-template"

    def __init__(self, key: Key) -> None:
        super().__init__(f"There is no template {'.'.join(key)}.")


class TemplateExists(Conflict):
    """There is one of this name, channel and language already."""

    code = "template-exists"


class TemplateChanged(PreconditionFailed):
    """The template has changed since the caller saw it."""

    code = "template-changed"


_CURRENT = """
    select id, name, channel, language, version, subject, text, html, author
    from templates
    where current
    and name = $1
    and channel = $2
    and language = $3
"""


async def current(connection: Connection, key: Key) -> Template:
    """The text that is sent now. Raises UnknownTemplate."""
    row = await connection.fetchrow(_CURRENT, *key)
    if row is None:
        raise UnknownTemplate(key)
    return _template(row)


async def version(connection: Connection, key: Key, number: int) -> Template:
    """One version. Raises UnknownTemplate."""
    row = await connection.fetchrow(
        """
        select id, name, channel, language, version, subject, text, html, author
        from templates
        where name = $1
        and channel = $2
        and language = $3
        and version = $4
        """,
        *key,
        number,
    )
    if row is None:
        raise UnknownTemplate(key)
    return _template(row)


async def by_id(connection: Connection, ids: Sequence[int]) -> dict[int, Template]:
    """Versions by their id, as messages name them."""
    rows = await connection.fetch(
        """
        select id, name, channel, language, version, subject, text, html, author
        from templates
        where id = any ($1::int[])
        """,
        ids,
    )
    return {row["id"]: _template(row) for row in rows}


async def page(
    connection: Connection,
    *,
    name: str | None,
    channel: str | None,
    language: str | None,
    after: Key | None,
    limit: int,
) -> list[Template]:
    """Current templates by name, channel and language, and one more than the page holds."""
    rows = await connection.fetch(
        """
        select id, name, channel, language, version, subject, text, html, author
        from templates
        where current
        and ($1::text is null or name = $1)
        and ($2::text is null or channel = $2)
        and ($3::text is null or language = $3)
        and ($4::text is null or (name, channel, language) > ($4, $5, $6))
        order by name, channel, language
        limit $7
        """,
        name,
        channel,
        language,
        *(after or (None, None, None)),
        limit + 1,
    )
    return [_template(row) for row in rows]


async def versions(connection: Connection, key: Key) -> list[Template]:
    """Every version there ever was, newest first. Raises UnknownTemplate."""
    rows = await connection.fetch(
        """
        select id, name, channel, language, version, subject, text, html, author
        from templates
        where name = $1
        and channel = $2
        and language = $3
        order by version desc
        """,
        *key,
    )
    if not rows:
        raise UnknownTemplate(key)
    return [_template(row) for row in rows]


async def add(work: UnitOfWork, template: Template, shop: Shop) -> Template:
    """A template under a new name, for messages that staff write. Raises TemplateExists, InvalidTemplate."""
    try_out(template, shop)
    key = (template.name, template.channel, template.language)
    await _lock(work, key)
    if await work.connection.fetchrow(_CURRENT, *key) is not None:
        raise TemplateExists(f"There is a template {'.'.join(key)} already.")
    return await _insert(work, template)


async def replace(work: UnitOfWork, template: Template, shop: Shop, expected: int | None) -> Template:
    """A new version. Raises UnknownTemplate, TemplateChanged if `expected` is not the present one, InvalidTemplate."""
    try_out(template, shop)
    key = (template.name, template.channel, template.language)
    await _lock(work, key)
    present = await current(work.connection, key)
    if expected is not None and expected != present.version:
        raise TemplateChanged(f"The template is at version {present.version} by now.", version=present.version)
    return await _insert(work, template)


async def remove(work: UnitOfWork, key: Key) -> None:
    """Take a text away: a built-in one comes back in its own words, any other is sent no more."""
    await _lock(work, key)
    present = await current(work.connection, key)
    original = built_in.templates().get(key)
    if original is None:
        await work.connection.execute("update templates set current = false where id = $1", present.id)
    elif present.parts() != original.parts():
        await _insert(work, original)


def try_out(template: Template, shop: Shop) -> rendering.Rendered:
    """Check a template and fill it in with a sample. Raises InvalidTemplate."""
    check(template)
    return rendering.render(template, rendering.sample(template.name, template.language), shop)


async def install(service: Service) -> None:
    """Put in the texts that come with the program, except where staff have written their own."""
    async with service.begin() as work:
        await work.connection.execute("select pg_advisory_xact_lock(hashtext('notifying templates'))")
        rows = await work.connection.fetch(
            "select id, name, channel, language, version, subject, text, html, author from templates where current"
        )
        present = {(row["name"], row["channel"], row["language"]): _template(row) for row in rows}
        missing = [
            template
            for key, template in built_in.templates().items()
            if (known := present.get(key)) is None or (known.author is None and known.parts() != template.parts())
        ]
        if missing:
            await _insert_all(work, missing)


def is_built_in(name: str) -> bool:
    """Whether messages of this name are sent by themselves."""
    return name in BUILT_IN_NAMES


async def _lock(work: UnitOfWork, key: Key) -> None:
    await work.connection.execute("select pg_advisory_xact_lock(hashtext('template ' || $1))", ".".join(key))


async def _insert(work: UnitOfWork, template: Template) -> Template:
    """Make a text the current one of its key. The caller holds the key's lock."""
    (row,) = await _insert_all(work, [template])
    return _template(row)


async def _insert_all(work: UnitOfWork, new: Sequence[Template]) -> list[asyncpg.Record]:
    names, channels, languages = ([getattr(t, part) for t in new] for part in ("name", "channel", "language"))
    await work.connection.execute(
        """
        update templates t
        set current = false
        from unnest($1::text[], $2::text[], $3::text[]) as new (name, channel, language)
        where t.current
        and t.name = new.name
        and t.channel = new.channel
        and t.language = new.language
        """,
        names,
        channels,
        languages,
    )
    return await work.connection.fetch(
        """
        insert into templates (name, channel, language, version, subject, text, html, author)
        select name, channel, language,
            (
                select coalesce(max(version), 0) + 1
                from templates t
                where t.name = new.name
                and t.channel = new.channel
                and t.language = new.language
            ),
            subject, text, html, author
        from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            as new (name, channel, language, subject, text, html, author)
        returning *
        """,
        names,
        channels,
        languages,
        *([getattr(t, part) for t in new] for part in ("subject", "text", "html", "author")),
    )


def _template(row: asyncpg.Record | None) -> Template:
    assert row is not None
    fields: dict[str, Any] = {name: row[name] for name in Template.__struct_fields__}
    return Template(**fields)
