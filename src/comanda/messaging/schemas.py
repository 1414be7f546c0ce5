"""The events as documents: JSON Schemas, an AsyncAPI description, a table for people, and what changes are allowed.

An event is declared once, by its publisher, and never renamed or narrowed: a change is a new version. What may be
added is a field that has a default, because then old events can still be read and new ones by old readers too.
"""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from comanda.kernel.event import Event, registered

ENVELOPE: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0. `data` is the event; `personal`, where there is one, is kept apart from it.",
    "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "UUID version 7."},
        "source": {"type": "string", "description": "The publisher: `/comanda/ordering`."},
        "type": {"type": "string", "description": "`comanda.<context>.<EventName>.v<N>`."},
        "subject": {"type": "string", "description": "What the event is about; one publisher's events keep its order."},
        "time": {"type": "string", "format": "date-time"},
        "traceparent": {"type": "string", "description": "W3C Trace Context."},
        "actor": {
            "type": "string",
            "description": "Who caused it: `staff:ID`, `customer:ID`, `guest`; absent: the system.",
        },
        "data": {"type": "object"},
        "personal": {"type": "object"},
    },
}


def published() -> list[type[Event]]:
    """All event classes of Comanda, by publisher and name."""
    return sorted(
        (cls for cls in registered().values() if cls.__module__.startswith("comanda.")), key=lambda cls: cls.TYPE
    )


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an event's data."""
    (schema,), definitions = msgspec.json.schema_components([event], ref_template="#/$defs/{name}")
    own = definitions.pop(event.__name__) if event.__name__ in definitions else schema
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:comanda:event:{event.TYPE}",
        **own,
        "title": event.TYPE,
        "description": inspect.getdoc(event),
    }
    return document | ({"$defs": definitions} if definitions else {})


def breaks(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What in a new schema would break readers or writers of the old one; empty: nothing."""
    return list(_breaks(old, new, old.get("$defs", {}), new.get("$defs", {}), "data"))


def _breaks(
    old: Mapping[str, Any], new: Mapping[str, Any], old_defs: Mapping[str, Any], new_defs: Mapping[str, Any], at: str
) -> Iterable[str]:
    old, new = _resolved(old, old_defs), _resolved(new, new_defs)
    if "properties" in old or "properties" in new:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name not in after:
                yield f"{at}.{name} is gone"
            else:
                yield from _breaks(before[name], after[name], old_defs, new_defs, f"{at}.{name}")
        for name in set(new.get("required", ())) - set(old.get("required", ())):
            yield f"{at}.{name} has become required"
    elif "items" in old and "items" in new:
        yield from _breaks(old["items"], new["items"], old_defs, new_defs, f"{at}[]")
    elif _shape(old) != _shape(new):
        yield f"{at} was {_shape(old)} and is {_shape(new)}"


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    return definitions[reference.rsplit("/", 1)[-1]] if reference else schema


def _shape(schema: Mapping[str, Any]) -> Any:
    if "anyOf" in schema:
        return sorted((str(_shape(option)) for option in schema["anyOf"]), key=str)
    return schema.get("type"), schema.get("format"), schema.get("$ref"), schema.get("enum")


def asyncapi(version: str) -> dict[str, Any]:
    """The AsyncAPI 3 description of all events: a channel a publisher."""
    events = published()
    contexts = sorted({event.CONTEXT for event in events})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Comanda events",
            "version": version,
            "description": "One channel a publisher, keyed by subject. Order holds per publisher and subject only.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            context: {
                "address": f"comanda.{context}",
                "messages": {
                    e.TYPE: {"$ref": f"#/components/messages/{e.TYPE}"} for e in events if context == e.CONTEXT
                },
            }
            for context in contexts
        },
        "operations": {
            f"publish-{context}": {"action": "send", "channel": {"$ref": f"#/channels/{context}"}}
            for context in contexts
        },
        "components": {
            "messages": {
                event.TYPE: {
                    "name": event.TYPE,
                    "title": event.__name__,
                    "summary": (inspect.getdoc(event) or "").split("\n\n")[0].replace("\n", " "),
                    "payload": {
                        "allOf": [{"$ref": "#/components/schemas/Envelope"}],
                        "properties": {"data": {"$ref": f"schemas/{event.TYPE}.json"}},
                    },
                }
                for event in events
            },
            "schemas": {"Envelope": ENVELOPE},
        },
    }


def table(consumers: Mapping[str, Iterable[str]]) -> str:
    """The table of events for people (Markdown): when each happens, its subject, who reacts to it."""
    rows = ["| event | subject | when | read by |", "|---|---|---|---|"]
    for event in published():
        readers = ", ".join(sorted(name for name, types in consumers.items() if event.TYPE in types)) or "–"
        when = (inspect.getdoc(event) or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
        rows.append(
            f"| {event.CONTEXT}.**{event.__name__}** v{event.VERSION} | `{event.SUBJECT}` | {when} | {readers} |"
        )
    return "\n".join(rows) + "\n"
