"""How a change is kept as a row, and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row

from domain.attributes import is_personal
from domain.change import Change, DatedBy, Difference, Earlier, Ending, Kind, State
from domain.value import Value, from_plain
from store.bulk import Plain

#: Made once: `json.dumps` would make one for each value.
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

#: The order of `change_row`.
COLUMNS = (
    *("id", "run", "seen_run", "feed", "source", "source_key", "person", "engagement", "kind", "state"),
    *("effective", "source_effective", "until", "dated_by", "corrected", "ending", "found_by_full_read"),
    *("fields", "personal", "fingerprint", "hint", "earlier", "row", "place", "baseline"),
    *("reason", "author", "batch", "rejection", "reverts"),
)


class Own(NamedTuple):
    """What tells one change from others, where it does not say so itself: to copy it with them takes longest of all."""

    id: int
    source: str | None
    baseline: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a run knows of all its changes: the id of the first, their source, what they were compared with.

    fingerprints  theirs, in their order
    """

    first: int
    source: str
    baseline: int
    fingerprints: Iterable[str]

    def told(self) -> Iterator[Own]:
        """Give what each one is told by, in their order."""
        for number, fingerprint in enumerate(self.fingerprints, self.first):
            yield Own(number, self.source, self.baseline, fingerprint)


def change_row(change: Change, state: State, run: int, author: str | None, own: Own | None = None) -> tuple[Plain, ...]:
    """Write a change as a row in a state; a suppressed one names the rejection that keeps it back."""
    own = own or Own(change.id, change.source, change.baseline, change.fingerprint)
    fields, personal = differences_text(change.differences)
    suppressed = change.state is State.SUPPRESSED and change.earlier is not None
    return (
        *(own.id, run, run, change.feed, own.source, change.source_key, change.person),
        *(change.engagement, change.kind.value, state.value),
        change.effective.isoformat(),
        change.source_effective.isoformat() if change.source_effective else None,
        change.until.isoformat() if change.until else None,
        *(change.dated_by.value, change.corrected, change.ending.value if change.ending else None),
        *(change.found_by_full_read, fields, personal, own.fingerprint),
        _compact(change.hint) if change.hint else None,
        _earlier_text(change.earlier) if change.earlier else None,
        *(change.row, change.place, own.baseline, change.reason, author, change.batch),
        change.earlier.rejection if suppressed and change.earlier else None,
        change.reverts,
    )


def differences_text(differences: tuple[Difference, ...]) -> tuple[str, str | None]:
    """Write differences as two JSON texts, the personal ones apart (None where there are none)."""
    fields: dict[str, object] = {}
    personal: dict[str, object] = {}
    for item in differences:
        written: dict[str, Value] = {"before": item.before, "after": item.after}
        if item.added:
            written["added"] = item.added
        if item.removed:
            written["removed"] = item.removed
        (personal if is_personal(item.attribute) else fields)[item.attribute] = written
    return _compact(fields), _compact(personal) if personal else None


def change_of(row: Row[Any]) -> Change:
    """Read a change; what was erased from it is no longer among its differences."""
    return Change(
        kind=Kind(row.kind),
        person=row.person,
        feed=row.feed,
        source_key=row.source_key,
        effective=row.effective,
        dated_by=DatedBy(row.dated_by),
        differences=_differences(row.fields, row.personal),
        engagement=row.engagement,
        source_effective=row.source_effective,
        until=row.until,
        corrected=row.corrected,
        ending=Ending(row.ending) if row.ending else None,
        found_by_full_read=row.found_by_full_read,
        earlier=_earlier(row.earlier) if row.earlier else None,
        hint=_hint(row.hint) if row.hint else None,
        row=row.row,
        place=row.place,
        id=row.id,
        state=State(row.state),
        run=row.run,
        baseline=row.baseline,
        reason=row.reason,
        batch=row.batch,
        source=row.source,
        reverts=row.reverts,
    )


def _differences(fields: str, personal: str | None) -> tuple[Difference, ...]:
    written = json.loads(fields)
    if personal:
        written.update(json.loads(personal))
    if "[" not in fields and "[" not in (personal or ""):  # no sets: the many
        return tuple([Difference(name, item["before"], item["after"]) for name, item in sorted(written.items())])
    found = []
    for name in sorted(written):
        item = written[name]
        before, after = from_plain(item.pop("before")), from_plain(item.pop("after"))
        members = {which: tuple(names) for which, names in item.items()} if item else {}
        found.append(Difference(name, before, after, **members))
    return tuple(found)


def _earlier_text(earlier: Earlier) -> str:
    return _compact(
        {
            "rejection": earlier.rejection,
            "rejected_on": earlier.rejected_on.isoformat(),
            "by": earlier.by,
            "reason": earlier.reason,
            "changed": earlier.changed,
        }
    )


def _earlier(text: str) -> Earlier:
    written = json.loads(text)
    return Earlier(
        rejection=written["rejection"],
        rejected_on=date.fromisoformat(written["rejected_on"]),
        by=written["by"],
        reason=written["reason"],
        changed=tuple(written["changed"]),
    )


def _hint(text: str) -> tuple[str, int]:
    possible, person = json.loads(text)
    return possible, person
