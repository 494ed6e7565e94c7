"""Who a new record is about: link, then strong ids in order, then e-mail (design 6.1).

The engine looks candidates up; this decides. The first rule with exactly one candidate wins, two or more are
a conflict, blank never matches blank, and a different strong id vetoes a match by e-mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.attributes import STRONG_IDS
from domain.record import Candidate, Conflict, MappedRecord

EMAIL = "email"
RULES = (*STRONG_IDS, EMAIL)


@dataclass(frozen=True, slots=True)
class Match:
    """One person, found for certain by a rule."""

    candidate: Candidate


def match(record: MappedRecord, candidates: Sequence[Candidate]) -> Match | Conflict | None:
    """Give the person a record without a link is about, a conflict of several, None for a newcomer."""
    for rule in RULES:
        if not record.values.get(rule):
            continue
        found = [one for one in candidates if one.matched_by == rule]
        if rule == EMAIL:
            found = [one for one in found if not _vetoed(record, one)]
        if len(found) == 1:
            return Match(found[0])
        if found:
            people = ", ".join(f"P{one.person}" for one in found)
            return Conflict(
                kind="who",
                question=f"{rule} {record.values[rule]} fits several people ({people}): who is it?",
                source_key=record.key,
                row=record.row,
                place=record.place,
                candidates=tuple(sorted(found, key=lambda one: one.person)),
            )
    return None


def _vetoed(record: MappedRecord, candidate: Candidate) -> bool:
    return any(
        record.values.get(name) and candidate.ids.get(name) and record.values[name] != candidate.ids[name]
        for name in STRONG_IDS
    )
