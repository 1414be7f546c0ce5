"""Looks at answers for seeds.sh: reads `FILE<tab>holds|value<tab>EXPRESSION` a line, answers a line.

`holds` answers yes, or no; `value` what the expression is. In the expression `a` is the answer as JSON, `text` as text.
"""

import json
import sys
from datetime import datetime
from typing import Any


def times(*texts: str) -> bool:
    """Whether these are times, with their offset."""
    return all(datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo for text in texts)


def money(*values: dict[str, Any]) -> bool:
    """Whether these are amounts in minor units with their currency."""
    return all(set(value) == {"amount", "currency"} and type(value["amount"]) is int for value in values)


def look(file: str, expression: str) -> Any:
    """What an expression is about the answer in a file."""
    with open(file, encoding="utf-8") as answer:
        text = answer.read()
    try:
        a = json.loads(text)
    except ValueError:
        a = None
    return eval(expression, {"a": a, "text": text, "times": times, "money": money})


def found(kind: str, file: str, expression: str) -> str:
    """The line that is answered; an expression that fails does not hold."""
    try:
        value = look(file, expression)
    except Exception as error:
        return "no" if kind == "holds" else repr(error)
    return str(value) if kind == "value" else "yes" if value else "no"


for line in sys.stdin:
    file, kind, expression = line.rstrip("\n").split("\t")
    sys.stdout.write(found(kind, file, expression) + "\n")
    sys.stdout.flush()
