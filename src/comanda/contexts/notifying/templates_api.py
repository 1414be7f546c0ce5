"""Notifying over HTTP: the texts of messages."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from comanda.contexts.notifying import templates
from comanda.contexts.notifying.contract.views import Channel, Language, PreviewView, TemplateView
from comanda.contexts.notifying.settings import shop_of
from comanda.contexts.notifying.template import LONGEST_TEXT, Template, variables_of
from comanda.messaging.service import CallDep
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.fields import Body, OptionalLine, Printable
from comanda.platform.http.pages import InvalidCursor, Limit, Page, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)

TemplateName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,49}$")]
NameInPath = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,49}$")]
Source = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), Printable]


class TextBody(Body):
    """A text with places to fill in (`{{ order.number }}`). Text messages have neither subject nor HTML."""

    subject: OptionalLine = ""
    text: Source
    html: Source = ""


class ReplacedText(TextBody):
    """A new version. `version`: the one it replaces, to guard against lost updates."""

    version: Annotated[int, Field(ge=1)] | None = None


class NewTemplate(TextBody):
    """A text under a name of your own, for messages about orders."""

    name: TemplateName
    channel: Channel
    language: Language


@router.get("/templates", tags=["templates"])
async def list_templates(
    call: CallDep,
    name: Annotated[str | None, Printable, Query(max_length=50)] = None,
    channel: Channel | None = None,
    language: Language | None = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[TemplateView]:
    """The texts that are sent now."""
    after = _key(cursor) if cursor else None
    async with call.service.database.acquire() as connection:
        found = await templates.page(
            connection, name=name, channel=channel, language=language, after=after, limit=limit
        )
    return page_of([_view(template) for template in found], limit, lambda row: (row.name, row.channel, row.language))


@router.post("/templates", status_code=201, response_model=TemplateView, tags=["templates"])
async def add_template(body: NewTemplate, call: CallDep) -> Response:
    """Add a text for messages that staff send."""
    template = Template(**body.model_dump(), author=call.principal.actor)

    async def effect(work: UnitOfWork) -> TemplateView:
        return _view(await templates.add(work, template, shop_of(call.service)))

    return await call.once(effect, status=201)


@router.get("/templates/{name}/{channel}/{language}", tags=["templates"])
async def get_template(
    name: NameInPath,
    channel: Channel,
    language: Language,
    call: CallDep,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> TemplateView:
    """A text: the one that is sent now, or an older `version`."""
    key = (name, channel, language)
    async with call.service.database.acquire() as connection:
        if version is None:
            return _view(await templates.current(connection, key))
        return _view(await templates.version(connection, key, version))


@router.put("/templates/{name}/{channel}/{language}", tags=["templates"])
async def replace_template(
    name: NameInPath, channel: Channel, language: Language, body: ReplacedText, call: CallDep
) -> TemplateView:
    """Write a new version. What was sent before keeps the version it was sent with."""
    template = Template(
        name=name,
        channel=channel,
        language=language,
        subject=body.subject,
        text=body.text,
        html=body.html,
        author=call.principal.actor,
    )
    async with call.begin() as work:
        return _view(await templates.replace(work, template, shop_of(call.service), body.version))


@router.delete("/templates/{name}/{channel}/{language}", status_code=204, tags=["templates"])
async def remove_template(name: NameInPath, channel: Channel, language: Language, call: CallDep) -> None:
    """Take a text away. A built-in one comes back in its own words."""
    async with call.begin() as work:
        await templates.remove(work, (name, channel, language))


@router.get("/templates/{name}/{channel}/{language}/versions", tags=["templates"])
async def list_versions(
    name: NameInPath,
    channel: Channel,
    language: Language,
    call: CallDep,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[TemplateView]:
    """Every version there was, newest first."""
    before = int(decode_cursor(cursor, int)[0]) if cursor else None
    async with call.service.database.acquire() as connection:
        found = await templates.versions(connection, (name, channel, language))
    older = [_view(template) for template in found if before is None or template.version < before]
    return page_of(older[: limit + 1], limit, lambda row: (row.version,))


@router.post("/templates/{name}/{channel}/{language}/preview", tags=["templates"])
async def preview_template(
    name: NameInPath, channel: Channel, language: Language, call: CallDep, body: TextBody | None = None
) -> PreviewView:
    """A text filled in with a sample: the one in the body, without keeping it, else the one that is sent now."""
    key = (name, channel, language)
    if body is not None:
        template = Template(name=name, channel=channel, language=language, **body.model_dump())
    else:
        async with call.service.database.acquire() as connection:
            template = await templates.current(connection, key)
    rendered = templates.try_out(template, shop_of(call.service))
    return PreviewView(subject=rendered.subject, text=rendered.text, html=rendered.html)


def _key(cursor: str) -> tuple[str, str, str]:
    name, channel, language = map(str, decode_cursor(cursor, str, str, str))
    if "\x00" in name + channel + language:
        raise InvalidCursor("This cursor was not given by this list.")
    return name, channel, language


def _view(template: Template) -> TemplateView:
    return TemplateView(
        name=template.name,
        channel=template.channel,
        language=template.language,
        version=template.version,
        subject=template.subject,
        text=template.text,
        html=template.html,
        author=template.author,
        variables=sorted(variables_of(template.name)),
    )
