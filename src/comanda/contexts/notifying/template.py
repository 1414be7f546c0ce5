"""A message's text with places to fill in, and what may stand in it. Pure.

Texts are written by staff and rendered where requests are answered, so they are held to a small part of Jinja: fields,
conditions, one level of loops, comparisons and the filters below. Nothing can be called, and nothing takes long.
"""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from comanda.contexts.notifying.correspondence import MILESTONES, Language
from comanda.contexts.notifying.wording import date_text, money_text
from comanda.kernel.errors import Invalid

Channel = Literal["email", "sms"]

MESSAGE = "message"
"""The template of messages that staff write themselves."""

ACCOUNT_VARIABLES = {
    "welcome": frozenset({"shop", "customer"}),
    "password_reset": frozenset({"shop", "customer", "reset"}),
    "registration_repeated": frozenset({"shop", "customer"}),
    "password_changed": frozenset({"shop", "customer"}),
    "email_change": frozenset({"shop", "customer", "confirmation"}),
    "email_change_asked": frozenset({"shop", "customer"}),
    "email_changed": frozenset({"shop", "customer"}),
    "stock_low": frozenset({"shop", "stock"}),
}

ORDER_VARIABLES = frozenset({"shop", "order"})

_MORE_VARIABLES = {
    "shipped": {"shipment"},
    "canceled": {"reason"},
    "failed": {"reason"},
    "refunded": {"refund"},
    MESSAGE: {"message"},
}

BUILT_IN_NAMES = frozenset({*MILESTONES, *ACCOUNT_VARIABLES, MESSAGE})

LONGEST_TEXT = 20_000

FILTERS = frozenset(
    {
        "money",
        "date",
        "default",
        "upper",
        "lower",
        "title",
        "capitalize",
        "trim",
        "length",
        "join",
        "first",
        "last",
        "e",
    }
)


class InvalidTemplate(Invalid):
    """The text cannot be used; `part` says which and the detail why."""

    code = "invalid-template"

    def __init__(self, part: str, detail: str) -> None:
        super().__init__(f"{part}: {detail}", part=part)


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a text. `html` empty: it is made from `text`. Messages by SMS have neither subject nor HTML.

    `id` None: the text is not stored. `author` None: it came with the program.
    """

    name: str
    channel: Channel
    language: Language
    subject: str = ""
    text: str = ""
    html: str = ""
    id: int | None = None
    version: int = 0
    author: str | None = None

    def parts(self) -> dict[str, str]:
        """The texts by the name of their field."""
        return {"subject": self.subject, "text": self.text, "html": self.html}


def variables_of(name: str) -> frozenset[str]:
    """What a template of this name may fill in. Names that staff made up are for messages about orders."""
    if name in ACCOUNT_VARIABLES:
        return ACCOUNT_VARIABLES[name]
    return ORDER_VARIABLES | _MORE_VARIABLES.get(name, _MORE_VARIABLES[MESSAGE] if name not in MILESTONES else set())


def check(template: Template) -> None:
    """Raises InvalidTemplate for a text that could not be sent, or that uses what it may not."""
    if template.channel == "sms":
        if template.subject or template.html:
            raise InvalidTemplate("subject" if template.subject else "html", "a text message has none.")
    elif not template.subject.strip():
        raise InvalidTemplate("subject", "an e-mail needs one.")
    if not template.text.strip():
        raise InvalidTemplate("text", "it is empty.")
    allowed = variables_of(template.name)
    for part, source in template.parts().items():
        _check_part(part, source, allowed)


def environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    """Where templates are rendered: values are escaped in HTML, and a missing one is an error."""
    made = ImmutableSandboxedEnvironment(autoescape=html, undefined=StrictUndefined)
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS - {"money", "date"}}
    made.filters |= {"money": money_text, "date": date_text}
    made.tests = {name: made.tests[name] for name in ("defined", "none", "even", "odd")}
    return made


_PARSER = environment(html=False)

_ALLOWED_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.If, nodes.For, nodes.Filter,
    nodes.Const, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Test,
    nodes.Keyword, nodes.Tuple, nodes.List,
)  # fmt: skip


def _check_part(part: str, source: str, allowed: frozenset[str]) -> None:
    if len(source) > LONGEST_TEXT:
        raise InvalidTemplate(part, f"it is longer than {LONGEST_TEXT} characters.")
    try:
        tree = _PARSER.parse(source)
        for node, loops in _walk(tree, 0):
            _check_node(part, node, loops)
        _PARSER.from_string(source)
    except (TemplateError, RecursionError, SyntaxError) as error:
        raise InvalidTemplate(part, str(error) or type(error).__name__) from error
    unknown = {name for name in _names(tree) if name not in allowed}
    if unknown:
        raise InvalidTemplate(part, f"there is no {', '.join(sorted(unknown))}; there is {', '.join(sorted(allowed))}.")


def _check_node(part: str, node: nodes.Node, loops: int) -> None:
    if not isinstance(node, _ALLOWED_NODES):
        raise InvalidTemplate(part, f"{type(node).__name__.lower()} cannot be used (line {node.lineno}).")
    if loops > 1:
        raise InvalidTemplate(part, f"loops cannot stand in loops (line {node.lineno}).")
    if isinstance(node, nodes.For) and node.recursive:
        raise InvalidTemplate(part, f"loops cannot be recursive (line {node.lineno}).")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise InvalidTemplate(part, f"there is no filter {node.name} (line {node.lineno}).")


def _walk(node: nodes.Node, loops: int) -> Iterator[tuple[nodes.Node, int]]:
    inside = loops + isinstance(node, nodes.For)
    yield node, inside
    for child in node.iter_child_nodes():
        yield from _walk(child, inside)


def _names(tree: nodes.Template) -> set[str]:
    """The names a template reads from outside: all but those its loops define, and `loop` itself."""
    stored = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    loads = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    return loads - stored - ({"loop"} if any(tree.find_all(nodes.For)) else set())


Context = dict[str, Any]
"""What a template is filled with."""
