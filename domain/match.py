"""Who a new record is about: link, then strong ids in order, then e-mail (design 6.1).

The engine looks candidates up; this decides. The first rule with exactly one candidate wins, two or more are
a conflict, blank never matches blank, and a different strong id vetoes a match by e-mail. Who was said not to be it
is found by no e-mail; a strong id of theirs contradicts what was said, and is a conflict too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.attributes import STRONG_IDS
from domain.record import Candidate, Conflict, MappedRecord

EMAIL = "email"
#: The kind of a conflict that asks who a record is about.
WHO = "who"
RULES = (*STRONG_IDS, EMAIL)
#: What a record says of itself, for whoever is to say who it is.
TOLD = ("name", *STRONG_IDS, EMAIL, "hire_date", "kind")


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
            found = [one for one in found if not one.is_apart and not _vetoed(record, one)]
        if len(found) == 1 and not found[0].is_apart:
            return Match(found[0])
        if found:
            return _who(record, rule, sorted(found, key=lambda one: one.person))
    return None


def _who(record: MappedRecord, rule: str, found: Sequence[Candidate]) -> Conflict:
    people = ", ".join(f"P{one.person}" for one in found)
    fits = f"{rule} {record.values[rule]} fits several people ({people})"
    if len(found) == 1:
        fits = f"{rule} {record.values[rule]} is that of {people}, and it was said that this record is not {people}"
    return Conflict(
        kind=WHO,
        question=f"{fits}: who is it?",
        source_key=record.key,
        row=record.row,
        place=record.place,
        candidates=tuple(found),
        values=tuple((name, record.values[name]) for name in TOLD if record.values.get(name)),
    )


def _vetoed(record: MappedRecord, candidate: Candidate) -> bool:
    return any(
        record.values.get(name) and candidate.ids.get(name) and record.values[name] != candidate.ids[name]
        for name in STRONG_IDS
    )
