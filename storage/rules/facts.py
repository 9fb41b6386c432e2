"""Facts of letters and drafts as JSON: terms, days and moments survive the way there and back."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from storage.rules import words
from storage.rules.lights import Light
from storage.rules.stages import cells

_TERMS: dict[str, type[Enum]] = {
    kind.__name__: kind
    for module in (words, cells)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Enum) and kind.__module__ == module.__name__
} | {"Light": Light}


_AS_IT_IS = frozenset({str, int, bool, float, type(None)})


def pack(fact: Any) -> Any:
    """Write a fact as JSON can hold it."""
    if type(fact) in _AS_IT_IS:
        return fact
    if isinstance(fact, Enum):
        return {"$term": [type(fact).__name__, fact.value]}
    if isinstance(fact, datetime):
        return {"$moment": fact.isoformat()}
    if isinstance(fact, date):
        return {"$day": fact.isoformat()}
    if isinstance(fact, Mapping):
        return {str(name): pack(part) for name, part in fact.items()}
    if isinstance(fact, (list, tuple, set, frozenset)):
        parts = [pack(part) for part in fact]
        return sorted(parts, key=str) if isinstance(fact, (set, frozenset)) else parts
    return fact


def unpack(fact: Any) -> Any:
    """Read a fact as it was."""
    if isinstance(fact, list):
        return [unpack(part) for part in fact]
    if not isinstance(fact, dict):
        return fact
    if len(fact) == 1:
        (name, value), *_ = fact.items()
        if name == "$term":
            return _TERMS[value[0]](value[1])
        if name == "$moment":
            return datetime.fromisoformat(value)
        if name == "$day":
            return date.fromisoformat(value)
    return {name: unpack(part) for name, part in fact.items()}
