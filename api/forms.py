"""Reading what a form or an address says; what cannot be meant is `FixFile`, whose message goes back to the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from flask import g, request

from api.asking import note_refusal, refused
from api.telling import tell_wrong
from domain.errors import FixFile, SyncError

_E = TypeVar("_E", bound=StrEnum)


def text_of(name: str) -> str | None:
    """Give what stands in a field; None where it is empty."""
    return (request.values.get(name) or "").strip() or None


def reason_of() -> str:
    """Give the reason. `FixFile` where there is none."""
    found = text_of("reason")
    if found is None:
        raise FixFile("Say why, in a few words: it is kept with the act.")
    return found


def day_of(name: str) -> date | None:
    """Give a day. `FixFile` where it is none."""
    given = text_of(name)
    try:
        found = date.fromisoformat(given) if given else None
    except ValueError:
        raise FixFile(f"{given!r} is no day: write it as 2026-01-31.") from None
    if found == date.max:
        raise FixFile(f"No day is as late as {date.max}: leave it empty where there is no end.")
    return found


def one_of(name: str, kind: type[_E]) -> _E | None:
    """Give a word of a closed list. `FixFile` where it is not in it."""
    given = text_of(name)
    if given is None:
        return None
    if given not in {one.value for one in kind}:
        raise FixFile(f"{given!r} is none of {', '.join(one.value for one in kind)}.")
    return kind(given)


def whole_of(name: str) -> int | None:
    """Give a whole number, written as it is or as an id (`R12`). `FixFile` where it is none."""
    given = text_of(name)
    if given is None:
        return None
    bare = given[1:] if given[:1].isalpha() else given
    if not (bare.isascii() and bare.isdigit() and len(bare) < 19):  # noqa: PLR2004 - what the database keeps
        raise FixFile(f"{given!r} is no number.")
    return int(bare)


def comes_back(form: str, error: SyncError, page: Callable[[], str]) -> tuple[str, int]:
    """Give the page of a form again, with what is wrong and what was typed; `form` tells it from others of the page."""
    note_refusal(error)
    tell_wrong(error.message)
    g.typed = form
    return page(), refused(error)[0]


def typed(form: str, name: str, default: object = "") -> object:
    """Give what was typed into a field of a form that came back; else what it begins with."""
    return request.form.get(name, "") if g.get("typed") == form else default


def ticked(form: str, name: str, value: object) -> bool:
    """Tell whether a value was chosen in a form that came back."""
    return g.get("typed") == form and str(value) in request.form.getlist(name)
