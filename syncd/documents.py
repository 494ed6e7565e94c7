"""The JSON documents of the contract: what each command prints with `--json`, and what the tables show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from domain.change import OPEN, UNSEEN, Change, Difference, Kind, State, ends
from domain.match import WHO
from domain.problem import Problem
from domain.rejection import Rejection
from domain.step import FOREVER
from domain.value import Values, plain
from store.conflicts import KeptConflict
from store.linking import Apart
from store.overrides import Override
from store.people import LinkRow, PersonRow
from store.problems import Quarantined

Document = dict[str, Any]


def change_document(change: Change, employee_id: str | None, name: str | None, *, is_known: bool = False) -> Document:
    """One change. `participant` is null for an add that is not applied, unless they are one already (`is_known`)."""
    is_participant = is_known or change.kind is not Kind.ADD or change.state is State.APPLIED
    earlier = change.earlier
    after = change.after
    return {
        "id": f"C{change.id}",
        "kind": change.kind.value,
        "corrected": change.corrected,
        "participant": f"P{change.person}" if is_participant else None,
        "name": after.get("name") or name,
        "employee_id": after.get("employee_id") or employee_id,
        "source_key": change.source_key,
        "engagement": change.engagement,
        "feed": change.feed,
        "run": f"R{change.run}" if change.run else None,
        "state": change.state.value,
        "effective": change.effective.isoformat(),
        "until": _open_end(change.until),
        "source_effective": change.source_effective.isoformat() if change.source_effective else None,
        "dated_by": change.dated_by.value,
        "ending": change.ending.value if change.ending else None,
        "found_by_full_read": change.found_by_full_read,
        "fields": {item.attribute: _difference(item) for item in change.differences},
        "earlier": None
        if earlier is None
        else {
            "rejected_on": earlier.rejected_on.isoformat(),
            "by": earlier.by,
            "reason": earlier.reason,
            "changed": list(earlier.changed),
        },
        "hint": {"possible": change.hint[0], "participant": f"P{change.hint[1]}"} if change.hint else None,
        "also_from": [],
        "affects": {"committed_periods": []},
        "goes_on": [],
    }


def change_about(change: Change, person: PersonRow | None) -> Document:
    """One change of somebody as they are known now; None: nobody was seen yet."""
    if person is None:
        return change_document(change, None, None)
    is_known = person.participant_since is not None
    return change_document(change, person.employee_id, person.name, is_known=is_known)


def problem_document(problem: Problem) -> Document:
    """One problem of a run."""
    return {
        "severity": problem.severity.value,
        "code": problem.code,
        "row": problem.row,
        "place": problem.place,
        "key": problem.key,
        "field": problem.field,
        "column": problem.column,
        "value": problem.value,
        "message": problem.message,
    }


def conflict_document(kept: KeptConflict) -> Document:
    """One question; of who a record is, `record` is what it says of itself."""
    conflict = kept.conflict
    is_who = conflict.kind == WHO
    return {
        "id": f"Q{kept.id}",
        "question": conflict.question,
        "kind": conflict.kind,
        "candidates": [
            {"participant": f"P{one.person}", "name": one.name, "matched_by": one.matched_by}
            for one in conflict.candidates
        ],
        "values": [{"source": name, "value": plain(value)} for name, value in conflict.values if not is_who],
        "record": {name: plain(value) for name, value in conflict.values} if is_who else None,
        "source_key": conflict.source_key,
        "feed": kept.feed,
        "row": conflict.row,
        "state": kept.state.value,
        "answer": kept.answer,
        "by": kept.by,
        "reason": kept.reason,
    }


def rejection_document(rejection: Rejection, suppressed: int) -> Document:
    """One remembered no."""
    return {
        "id": f"J{rejection.id}",
        "participant": f"P{rejection.person}",
        "engagement": rejection.engagement,
        "kind": rejection.kind.value,
        "fields": {name: plain(value) for name, value in sorted(rejection.values.items())},
        "scope": rejection.scope.value,
        "until": rejection.until.isoformat() if rejection.until else None,
        "by": rejection.by,
        "on": rejection.on.isoformat(),
        "reason": rejection.reason,
        "suppressed": suppressed,
        "ended": rejection.ended,
    }


def link_document(one: LinkRow | Apart, moments: Mapping[int, datetime]) -> Document:
    """A link, or that there is none; `since` and `ended` are revisions."""
    own = {"id": f"X{one.id}"} if isinstance(one, Apart) else {}
    return {
        **own,
        "link": one.name,
        "participant": f"P{one.person}",
        "since": one.revision_from,
        "since_at": moments[one.revision_from].isoformat(),
        "by": one.by,
        "why": one.why,
        "ended": one.revision_to,
        "ended_at": moments[one.revision_to].isoformat() if one.revision_to is not None else None,
        "ended_by": one.ended_by,
        "ended_why": one.ended_why,
    }


def override_document(one: Override, today: date) -> Document:
    """An override as it stands on a day."""
    return {
        "id": f"O{one.id}",
        "participant": f"P{one.person}",
        "engagement": one.engagement,
        "attribute": one.attribute,
        "value": plain(one.value),
        "until": one.until.isoformat() if one.until else None,
        "state": "active" if one.is_active(today) else "waiting" if one.state in OPEN else "over",
        "change": None if one.change is None else f"C{one.change}",
        "by": one.by,
        "reason": one.reason,
        "ended": one.ended,
    }


def quarantine_document(one: Quarantined) -> Document:
    """One bad row that no later read has brought right."""
    return {
        "id": one.id,
        "feed": one.feed,
        "key": one.key,
        "place": one.place,
        "code": one.code,
        "message": one.message,
        "since_run": f"R{one.since_run}",
    }


def version_document(
    person: int, engagement: str, period: tuple[date, date], revision: int, attributes: Values
) -> Document:
    """One version of a participant. `valid_to` is the first day it no longer holds, null where it has no end."""
    return {
        "participant": f"P{person}",
        "engagement": engagement,
        "valid_from": period[0].isoformat(),
        "valid_to": _open_end(period[1]),
        "revision": revision,
        "attributes": {name: plain(value) for name, value in sorted(attributes.items())},
        "flags": flags(attributes),
    }


def flags(attributes: Values) -> list[str]:
    """What is worth knowing at a glance about a version."""
    found = []
    if ends(attributes) and attributes.get("ended_by") in UNSEEN:
        found.append(str(attributes["ended_by"]))
    return found


def in_order(problems: Iterable[Problem]) -> Sequence[Problem]:
    """Sort problems: the whole read first, then by row."""
    return sorted(
        problems,
        key=lambda one: (one.row is not None, one.row or 0, one.place or "", one.field or "", one.code),
    )


def _difference(item: Difference) -> Document:
    found: Document = {"before": plain(item.before), "after": plain(item.after)}
    if item.added or item.removed:
        found |= {"added": list(item.added), "removed": list(item.removed)}
    return found


def _open_end(day: date | None) -> str | None:
    return None if day is None or day == FOREVER else day.isoformat()
