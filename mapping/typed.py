"""A value that a person types, made canonical by the rules that hold for what a source sends."""

from __future__ import annotations

import json

from domain.attributes import CLOSED, AttributeType
from domain.value import Value
from formula import canonical


def typed(name: str, kind: AttributeType, text: str) -> Value:
    """Give the canonical value of an attribute; empty text is null. `ValueError` says what it should look like."""
    trimmed = canonical.trim(text)
    if trimmed is None:
        return None
    if name in CLOSED and trimmed not in CLOSED[name]:
        raise ValueError(f"{name} is one of {', '.join(CLOSED[name])}")
    value = _read(name, kind, trimmed)
    if value is None:
        raise ValueError(f"{name} is a {kind.value.replace('_', ' ')}, and {trimmed!r} is none{_form(kind)}")
    return value


def _read(name: str, kind: AttributeType, text: str) -> Value:
    match kind:
        case AttributeType.DATE:
            return canonical.day(text, "")
        case AttributeType.INSTANT:
            return canonical.instant(text, "", "")
        case AttributeType.DECIMAL | AttributeType.MONEY:
            return canonical.decimal(text)
        case AttributeType.WHOLE:
            return canonical.whole(text)
        case AttributeType.YES_NO:
            return canonical.yes_no(text)
        case AttributeType.SET:
            members = canonical.members(text, ";")
            return tuple(json.loads(members)) if members else None
        case _:
            return canonical.fold(text) if name == "email" else text


def _form(kind: AttributeType) -> str:
    forms = {
        AttributeType.DATE: "2026-03-31",
        AttributeType.INSTANT: "2026-03-31T17:00Z",
        AttributeType.YES_NO: "yes",
    }
    return f"; write it like {forms[kind]}" if kind in forms else ""
