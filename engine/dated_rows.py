"""One row of a feed of quotas or memberships that somebody must judge, out of the columns it was compared in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.session import quoted, text

#: The columns of a mapped row that say whose it is.
WHOSE = ("_row", "_place", "_op", "_key", "_engagement", "_in_scope", "participant")
_TOLD_OF_A_ROW = (*WHOSE, "people", "_has_posts", "_faulty", "differ", "nth", "overlaps", "currencies")


@dataclass(frozen=True, slots=True)
class DatedRow:
    """One row to judge.

    texts       its mapped fields in canonical form, without who it is about
    has_posts   whom it names is on the roster, on any day and in any post
    people      how many people its participant names
    differs     another row of its key says something else; `nth` of several equal ones it is
    overlaps    where another one of the same person and attribute stands that shares a day
    currencies  where another line of the same measure stands that shares a day, in another currency
    """

    row: int
    place: str
    operation: str
    key: str | None
    in_scope: bool
    participant: str | None
    texts: dict[str, str | None]
    people: int
    has_posts: bool
    has_fault: bool
    differs: bool
    nth: int
    overlaps: str | None
    currencies: str | None


def written(texts: Sequence[str]) -> str:
    """Write a row with its fields as one value, in SQL over its columns."""
    return "{" + ", ".join(f"{text(name.strip('_'))}: {quoted(name)}" for name in (*_TOLD_OF_A_ROW, *texts)) + "}"


def row_of(told: Mapping[str, Any], texts: Sequence[str]) -> DatedRow:
    """Read such a value."""
    return DatedRow(
        row=int(str(told["row"])),
        place=str(told["place"]),
        operation=str(told["op"]),
        key=_text(told["key"]),
        in_scope=bool(told["in_scope"]),
        participant=_text(told["participant"]),
        texts={name: _text(told[name]) for name in texts},
        people=int(str(told["people"])),
        has_posts=bool(told["has_posts"]),
        has_fault=bool(told["faulty"]),
        differs=bool(told["differ"]),
        nth=int(str(told["nth"] or 1)),
        overlaps=_text(told["overlaps"]),
        currencies=_text(told["currencies"]),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
