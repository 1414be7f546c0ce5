"""What the documents name is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from comanda.kernel.event import registered
from comanda.runtime.settings_page import ENVIRONMENT

ROOT = Path(__file__).parents[2]
CODE = ROOT / "src/comanda"
PAGES = [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
SYMBOL = re.compile(r"([\w/.-]+\.py): ([A-Za-z_][\w.]*)")
CAMEL = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+")
PATH = re.compile(r"[\w.-]+(?:/[\w.*-]+)+/?|[\w-]+\.(?:py|md|toml|yaml)")
HEADERS = {"Idempotency-Key", "Trace-Id"}

PLACES = ("", "src/comanda/", "tests/")
SHAPE = {"store.py", "api.py", "card.py", "access.py", "reactions.py", "events.py", "client.py", "views.py"}
"""File names of the shape that every context has."""


def spans(page: Path) -> list[str]:
    """Everything in backticks outside of code blocks, joined over line ends."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    return [" ".join(span.split()) for span in SPAN.findall(text)]


@cache
def defined(path: Path) -> frozenset[str]:
    """What a file defines: functions, classes with their members, and names assigned at its top, dotted."""
    found: set[str] = set()

    def look(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(prefix + node.name)
                if isinstance(node, ast.ClassDef):
                    look(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.Assign):
                found.update(prefix + target.id for target in node.targets if isinstance(target, ast.Name))
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(prefix + node.target.id)

    look(ast.parse(path.read_text()).body, "")
    return frozenset(found)


def located(path: str) -> Path | None:
    """A path as the documents write it: from the root, or below src/comanda or tests; with stars. Or a file's name."""
    for place in PLACES if "/" in path else ("", "src/comanda/**/", "docs/**/"):
        for file in ROOT.glob((place + path).rstrip("/")):
            return file
    return None


@cache
def classes() -> frozenset[str]:
    everything: set[str] = {event.__name__ for event in registered().values()}
    for file in [*CODE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        everything.update(name for dotted in defined(file) for name in dotted.split("."))
    return frozenset(everything)


def wrong(page: Path) -> list[str]:
    """The names on a page that are not there."""
    missing = []
    for span in spans(page):
        symbol = SYMBOL.fullmatch(span)
        if symbol:
            file = located(symbol[1])
            if file is None or symbol[2] not in defined(file):
                missing.append(span)
        elif CAMEL.fullmatch(span.split(".")[0]):
            missing += [part for part in span.split(".") if part not in classes()]
        elif PATH.fullmatch(span) and span not in SHAPE and located(span) is None:
            missing.append(span)
    return missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_what_is_there(page: Path) -> None:
    assert wrong(page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_a_name_that_is_not_there_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "`kernel/money.py: Coins`, `kernel/coins.py`, `NoSuchEvent`, `kernel/money.py: Money`, `OrderCreated`\n"
    )
    assert wrong(page) == ["kernel/money.py: Coins", "kernel/coins.py", "NoSuchEvent"]


def commands(page: Path) -> str:
    """Everything on a page that could be typed: in backticks, or indented."""
    return "\n".join([*spans(page), *re.findall(r"^    +(\S.*)$", page.read_text(), flags=re.M)])


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    named = {name for page in PAGES for name in re.findall(r"^make ([a-z]+)\b", commands(page), flags=re.M)}
    assert named <= targets and {"run", "test", "check"} <= named


def test_every_command_that_is_named_exists() -> None:
    from typer.main import get_command

    from comanda.cli.main import app

    there = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = {name for page in PAGES for name in re.findall(r"^comanda ([a-z][a-z-]+)", commands(page), flags=re.M)}
    assert named <= there, named - there


def test_the_environment_is_described_as_the_commands_read_it() -> None:
    described = {name for name, _, _ in ENVIRONMENT}
    readers = [*(CODE / "cli").rglob("*.py"), CODE / "runtime/http_settings.py", CODE / "platform/http/pages.py"]
    read = {name for file in readers for name in re.findall(r'"(COMANDA_[A-Z_]+)"', file.read_text())}
    assert described == read - {"COMANDA_"}
