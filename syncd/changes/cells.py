"""What the engine's cells hold: texts, numbers, days and values."""

from __future__ import annotations

import json
from datetime import date

from domain.attributes import AttributeType
from domain.value import Value
from engine.session import Cell


def value_of(kind: AttributeType, cell: Cell) -> Value:
    """Read a value of a type as the engine holds it."""
    text = text_of(cell)
    return text if text is None or kind is not AttributeType.SET else members(text)


def members(text: str) -> Value:
    """Read the members of a set; what was no set before its type was changed is a set of one."""
    return tuple(json.loads(text)) or None if text.startswith("[") else (text,)


def text_of(cell: Cell) -> str | None:
    """Read a text."""
    return None if cell is None else str(cell)


def number_of(cell: Cell) -> int | None:
    """Read a whole number."""
    return None if cell is None else int(str(cell))


def day_of(cell: Cell) -> date | None:
    """Read a day, or the text of one."""
    return None if cell is None else surely_day(cell)


def surely_day(cell: object) -> date:
    """Read a day that is there."""
    return cell if isinstance(cell, date) else date.fromisoformat(str(cell))
