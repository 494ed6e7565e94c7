"""From one compared record to the changes it asks for.

In: a record, what the roster of its day knows of the person, and the attributes that differ. Out: changes
(what differs, a corrected start, an ending), or a conflict. The rules are design 6.3 and 6.9: in force from
the source's own date, else `hire_date` for an add, else the day first seen. What says when an employment
began or ended (`SPELL`, `ENDING_DETAILS`) holds for the whole of it, whatever day a row speaks of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from domain.attributes import ENDING_DETAILS, SPELL
from domain.change import UNSEEN, Change, DatedBy, Difference, Ending, Kind, ends, kind_of
from domain.plausible import Differences, impossible, moved_start, of_this_employment, rehired
from domain.posts import in_post
from domain.record import Conflict, Known, MappedRecord
from domain.step import Version
from domain.value import Value, as_day

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one record asks for: changes, or the question to answer first. Neither: nothing differs.

    Changes stand in the order in which all of them can be approved. `otherwise` is asked where they are not, because
    somebody said no: what is wrong with an employment only matters where there is one.
    """

    changes: tuple[Change, ...] = ()
    otherwise: tuple[Change, ...] = ()
    conflict: Conflict | None = None
    already_left: bool = False  #: somebody who had left before we knew them: not proposed


def propose(
    record: MappedRecord, known: Known, differences: Differences, today: date, begins: date | None = None
) -> Proposal:
    """Give the changes that would make the roster say what the record says."""
    version = known.version
    if version is None:
        return _join(record, known, begins or today)
    record, differences = of_this_employment(record, known, version, differences)
    if wrong := impossible(record, known, version, differences):
        return _conflict(record, known, wrong)
    if record.until and record.until <= known.day:
        return Proposal()
    if again := rehired(version, differences):
        return Proposal((_rehire(record, known, version, differences, again),))
    if ends(record.values) and not ends(version.attributes) and _never_began(record, known, version):
        rest = _rest(record, known, version, differences, skip={"status", *ENDING_DETAILS})
        return Proposal((_rescission(record, known, version),), otherwise=rest)
    of = _of_a_leaver if ends(version.attributes) else _of_an_employed
    return Proposal(of(record, known, version, differences))


def propose_ending(known: Known, feed: str, key: str, ending: Ending, first_seen: date) -> Change:
    """Propose that somebody who is no longer sent has left, dated by the day it was first seen.

    Somebody who had not started the day before is proposed never to have.
    """
    version = known.version
    before = version.attributes.get("status") if version else None
    is_rescinded = version is not None and first_seen <= version.opened
    return Change(
        kind=Kind.RESCISSION if is_rescinded else Kind.TERMINATION,
        person=known.person,
        feed=feed,
        source_key=key,
        engagement=version.engagement if version else "main",
        effective=version.opened if version and is_rescinded else first_seen,
        dated_by=DatedBy.OBSERVED,
        differences=(Difference("status", before, None if is_rescinded else "terminated"),),
        ending=ending,
    )


def _join(record: MappedRecord, known: Known, today: date) -> Proposal:
    """Propose somebody who is not on the roster of that day: who never was, or whose contract ran out."""
    values = {name: value for name, value in record.values.items() if value is not None}
    last_day, hired = as_day(values.get("termination_date")), as_day(values.get("hire_date"))
    is_known = known.opens is not None
    if is_known and hired and hired <= known.day:
        hired = None  # of the contract before
    source_day = record.effective or hired
    if ends(values) and last_day and hired and hired <= last_day and record.effective:
        source_day = min(hired, record.effective)  # the row is in force from when they left
    start = source_day or today
    over = min((day for day in (last_day and last_day + _DAY, record.until) if day), default=None)
    is_over = over is not None and over <= start
    had_left = ends(values) and (last_day is None or (is_over and hired is None))
    if had_left or (is_over and source_day is None):
        return Proposal(already_left=True)
    if over and is_over:
        return _conflict(record, known, f"its last day is {over - _DAY}, before it starts on {start}")
    if last_day and record.until and last_day >= record.until:
        return _conflict(record, known, f"its last day is {last_day}, and it ends before {record.until}")
    values["status"] = values.get("status", "active")
    kind = Kind.REHIRE if is_known else Kind.ADD
    found = tuple(Difference(name, None, values[name], *_members(values[name])) for name in sorted(values))
    return Proposal((_change(record, known, kind, start, source_day, found, until=record.until),))


def _of_a_leaver(record: MappedRecord, known: Known, version: Version, differences: Differences) -> tuple[Change, ...]:
    if says_left(record) or not _says_employed(record, version):
        rest = _rest(record, known, version, differences, skip={"status", *ENDING_DETAILS})
        return (*rest, *_ending(record, known, version, differences))
    if record.effective and not _never_left(record, version):
        return (_rehire(record, known, version, differences, known.day),)
    if "termination_date" in record.values and version.attributes.get("ended_by") not in UNSEEN:
        return _reinstatement(record, known, version, differences)
    return (_rehire(record, known, version, differences, None),)


def _of_an_employed(
    record: MappedRecord, known: Known, version: Version, differences: Differences
) -> tuple[Change, ...]:
    last_day, on_file = (
        as_day(record.values.get("termination_date")),
        version.attributes.get("termination_date"),
    )
    if not says_left(record):
        if on_file is None:
            told = {*ENDING_DETAILS} - {"pay_until"}
            return _rest(record, known, version, differences, skip=told)
        if "termination_date" in record.values or version.attributes.get("ended_by") in UNSEEN:
            return _reinstatement(record, known, version, differences)
    skip = {*ENDING_DETAILS}
    if ends(record.values) or (last_day and last_day < known.day):
        skip.add("status")
    hired = as_day(record.values.get("hire_date"))
    if last_day and hired and last_day < hired:
        skip.update(SPELL)  # hired again since: proposed once this employment has ended
    rest = _rest(record, known, version, differences, skip=skip)
    return (*rest, *_ending(record, known, version, differences))


def _never_began(record: MappedRecord, known: Known, version: Version) -> bool:
    """Tell whether who has left, on a day that nobody states, had left by the first day: no day of work is left."""
    return record.values.get("termination_date") is None and known.day <= version.opened


def _rescission(record: MappedRecord, known: Known, version: Version) -> Change:
    never = (Difference("status", version.attributes.get("status"), None),)
    return _change(record, known, Kind.RESCISSION, version.opened, None, never, ending=Ending.SOURCE)


def _ending(record: MappedRecord, known: Known, version: Version, differences: Differences) -> tuple[Change, ...]:
    """Propose the ending a record states, or what it corrects of the one on file; effective the day after."""
    last_day, on_file = (
        as_day(record.values.get("termination_date")),
        as_day(version.attributes.get("termination_date")),
    )
    found = [
        differences[name] for name in ENDING_DETAILS if name in differences and (last_day or name != "termination_date")
    ]
    ends_now = ends(record.values) and last_day is None and not ends(version.attributes)
    if not found and not ends_now:
        return ()
    if (ends_now or "termination_date" in differences) and not ends(version.attributes):
        found.insert(0, Difference("status", version.attributes.get("status"), "terminated"))
    stated = last_day or (on_file if not ends_now else None)
    first_day_off = stated + _DAY if stated else known.day
    source_day = first_day_off if last_day else record.effective if ends_now else None
    ending = _change(
        record, known, Kind.TERMINATION, first_day_off, source_day, tuple(found),
        ending=Ending.SOURCE, corrected=on_file is not None,
    )  # fmt: skip
    return (ending,)


def _rehire(
    record: MappedRecord, known: Known, version: Version, differences: Differences, start: date | None
) -> Change:
    last_day = as_day(record.values.get("termination_date"))
    found = {name: item for name, item in differences.items() if name not in ENDING_DETAILS}
    told = {name: record.values.get(name) if last_day or name == "pay_until" else None for name in ENDING_DETAILS}
    for name, value in told.items():
        if version.attributes.get(name) != value or (value and name != "pay_until"):
            found[name] = Difference(name, version.attributes.get(name), value)
    found["status"] = Difference("status", "terminated", _employed_status(record))
    in_order = tuple(found[name] for name in sorted(found))
    return _change(record, known, Kind.REHIRE, start or known.day, start, in_order, until=record.until)


def _reinstatement(
    record: MappedRecord, known: Known, version: Version, differences: Differences
) -> tuple[Change, ...]:
    """Propose that the employment never ended: what was said of its ending goes, and the gap is filled."""
    last_day = as_day(version.attributes.get("termination_date"))
    found = [
        Difference(name, version.attributes.get(name), told)
        for name in ENDING_DETAILS
        if version.attributes.get(name) != (told := record.values.get(name) if name == "pay_until" else None)
    ]
    skip = {*ENDING_DETAILS}
    if ends(version.attributes):
        skip.add("status")
        found.insert(0, Difference("status", "terminated", _employed_status(record)))
    start = last_day + _DAY if last_day else version.start
    change = _change(record, known, Kind.REINSTATEMENT, start, None, tuple(found), corrected=True)
    return (*_rest(record, known, version, differences, skip=skip), change)


def _rest(
    record: MappedRecord, known: Known, version: Version, differences: Differences, *, skip: Collection[str]
) -> tuple[Change, ...]:
    """Propose what differs and is not dealt with elsewhere; apart, what was wrong from the start."""
    found = [differences[name] for name in sorted(differences) if name not in skip]
    corrections = tuple(item for item in found if item.attribute in SPELL and not record.follows)
    others = tuple(item for item in found if item not in corrections)
    changes = []
    if others:
        restated = record.effective is not None and known.day == version.start
        changes.append(
            _change(
                record, known, kind_of(others), known.day, record.effective, others,
                corrected=restated, until=record.until,
            )
        )  # fmt: skip
    if corrections:
        moved = moved_start(version, differences)
        start = moved or version.opened
        changes.append(_change(record, known, Kind.UPDATE, start, moved, corrections, corrected=True))
    return tuple(changes)


def _change(
    record: MappedRecord,
    known: Known,
    kind: Kind,
    effective: date,
    source_effective: date | None,
    differences: tuple[Difference, ...],
    *,
    until: date | None = None,
    ending: Ending | None = None,
    corrected: bool = False,
) -> Change:
    return Change(
        kind=kind,
        person=known.person,
        feed=record.feed,
        source_key=record.key,
        engagement=record.engagement,
        effective=effective,
        source_effective=source_effective,
        until=until,
        dated_by=DatedBy.SOURCE if source_effective else DatedBy.OBSERVED,
        differences=differences,
        ending=ending,
        corrected=corrected,
        found_by_full_read=record.found_by_full_read,
        row=record.row,
        place=record.place,
    )


def _conflict(record: MappedRecord, known: Known, what: str) -> Proposal:
    said = ("termination_date", *SPELL)
    asked = Conflict(
        "value", f"{in_post(f'P{known.person}', record.engagement)}: {what}: which is right?", record.key, record.row,
        record.place, known.person, values=tuple((name, record.values[name]) for name in said if name in record.values),
    )  # fmt: skip
    return Proposal(conflict=asked)


def says_left(record: MappedRecord) -> bool:
    """Tell whether a record says that somebody has left, or when they do."""
    return ends(record.values) or record.values.get("termination_date") is not None


def _says_employed(record: MappedRecord, version: Version) -> bool:
    """A record says so by a status or an emptied last day; being sent says so of one who left unseen."""
    told = "status" in record.values or "termination_date" in record.values
    return told or version.attributes.get("ended_by") in UNSEEN


def _never_left(record: MappedRecord, version: Version) -> bool:
    """Tell whether a record has somebody go on from the day after the last one on file, hired when they were."""
    last_day = as_day(version.attributes.get("termination_date"))
    hired = record.values.get("hire_date")
    is_same = hired is not None and hired == version.attributes.get("hire_date")
    return is_same and last_day is not None and record.effective == last_day + _DAY


def _employed_status(record: MappedRecord) -> str:
    status = record.values.get("status")
    return status if isinstance(status, str) and status != "terminated" else "active"


def _members(value: Value) -> Iterable[tuple[str, ...]]:
    return (value,) if isinstance(value, tuple) else ()
