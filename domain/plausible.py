"""What of a record or of what is typed says nothing or cannot be so: looked at before anything is proposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from domain.attributes import ENDING_DETAILS, POPULATION, SPELL, STRONG_IDS
from domain.change import Difference, ends
from domain.record import Known, MappedRecord
from domain.step import Version
from domain.value import Values, as_day

Differences = Mapping[str, Difference]

#: A start is not typed as a day before this, nor further ahead than this.
EARLIEST, AHEAD = date(1900, 1, 1), timedelta(days=2 * 366)
#: What nobody who has it is left without.
NEEDED = ("status", "name")
#: By one of these somebody who is added can be told from others.
TOLD_BY = ("name", *STRONG_IDS, "email")


def of_this_employment(
    record: MappedRecord, known: Known, version: Version, differences: Differences
) -> tuple[MappedRecord, Differences]:
    """Leave out what says nothing: an empty status, and the last day of an employment before this one.

    Some sources keep that day beside the new hire date.
    """
    silent = {"status"} if record.values.get("status") is None else set()
    last_day, hired = as_day(record.values.get("termination_date")), as_day(record.values.get("hire_date"))
    if last_day and hired and last_day < hired and not ends(record.values):
        was_here = known.opens is not None and known.opens <= last_day
        if was_here and (version.attributes.get("termination_date") or last_day < version.opened):
            silent |= {*ENDING_DETAILS}
    if silent.isdisjoint(record.values) and silent.isdisjoint(differences):
        return record, differences
    values = {name: value for name, value in record.values.items() if name not in silent}
    left = {name: item for name, item in differences.items() if name not in silent}
    return replace(record, values=values), left


def without_unasked(found: Differences, *, has_rule: bool) -> dict[str, Difference]:
    """Leave out what nobody is asked about of a participant.

    A population where the roster says none, for they were added when there was only one; and where a rule says who is
    eligible, that somebody is of whom nothing else was ever said.
    """
    unasked = {POPULATION: None, **({"eligible": "true"} if has_rule else {})}
    return {
        name: item
        for name, item in found.items()
        if name not in unasked or item.before is not None or unasked[name] not in (None, item.after)
    }


def impossible(record: MappedRecord, known: Known, version: Version, differences: Differences) -> str | None:
    """Say what of a record cannot be so, where it differs from the roster."""
    last_day, hired = as_day(record.values.get("termination_date")), as_day(record.values.get("hire_date"))
    start = moved_start(version, differences)
    again = rehired(version, differences)
    if known.opens and known.day < known.opens and not (start and start <= known.day):
        return f"it holds from {known.day}, before the start on {known.opens}"
    begins = max(filter(None, (record.effective, again or start)), default=None)
    if differences and record.until and begins and record.until <= begins:
        return f"its last day is {record.until - timedelta(days=1)}, before it starts on {begins}"
    if again and last_day and record.until and last_day >= record.until:
        return f"its last day is {last_day}, and it ends before {record.until}"
    if last_day and last_day < version.opened and "termination_date" in differences:
        return f"its last day is {last_day}, before the start on {version.opened}"
    if not (hired and ends(record.values) and differences.keys() & {"hire_date", "termination_date"}):
        return None
    if last_day and last_day < hired:
        return f"its last day is {last_day}, before the hire date {hired}"
    if last_day is None and (again or version.opened < known.day < hired):
        return f"its hire date is {hired}, and it has left by {known.day}"
    return None


def typed_wrongly(record: MappedRecord, known: Known, differences: Differences, today: date) -> list[str]:
    """Say everything that cannot be so of what a person typed as a correction, where it differs from the roster.

    `record` is what was typed, in force from `known.day`; the person is on the roster of that day. Of a source some of
    it is taken as it is (who leads a company may be sent as the own manager); somebody who types can be asked.
    """
    version, values = known.version, {name: item.after for name, item in differences.items()}
    if version is None:
        return []
    wrong = [told for told in (impossible(record, known, version, differences),) if told]
    if values.get("manager") == f"P{known.person}":
        wrong.append("nobody is their own manager")
    if ends(version.attributes) and values.get("status", "terminated") != "terminated":
        wrong.append(f"they have left by {known.day}, and an ending is not taken back by a correction")
    hired = as_day(values.get("hire_date"))
    if hired and hired > known.day:
        wrong.append(f"they are employed on {known.day}, before the hire date {hired}")
    wrong.extend(_starts_wrongly(values, version.attributes, today))
    had = [name for name in STRONG_IDS if version.attributes.get(name)]
    if had and not any(values.get(name, version.attributes.get(name)) for name in STRONG_IDS):
        wrong.append(f"{had[0]} is the only id they have: give the right one instead of emptying it")
    emptied = [name for name in NEEDED if name in values and values[name] is None]
    wrong.extend(f"{name} cannot be empty: say what it is" for name in emptied)
    return wrong


def added_wrongly(values: Values, start: date, today: date) -> list[str]:
    """Say everything that cannot be so of somebody whom a person adds, from their first day."""
    wrong = [*_no_first_day("first day", start, today), *_starts_wrongly(values, {}, today)]
    hired, last_day = as_day(values.get("hire_date")), as_day(values.get("termination_date"))
    if hired and hired > start:
        wrong.append(f"they begin on {start}, before the hire date {hired}")
    if last_day and last_day < start:
        wrong.append(f"their last day is {last_day}, before they begin on {start}")
    if not any(values.get(name) for name in TOLD_BY):
        wrong.append("nobody could tell who it is: give a name, an id or an e-mail")
    return wrong


def _starts_wrongly(values: Values, known: Values, today: date) -> list[str]:
    """Say which first days of an employment are no such days, or contradict each other."""
    wrong = [told for name in SPELL for told in _no_first_day(name, as_day(values.get(name)), today)]
    hired, first = (as_day(values.get(name, known.get(name))) for name in SPELL)
    if hired and first and first > hired and not values.keys().isdisjoint(SPELL):
        wrong.append(f"the original hire date {first} is later than the hire date {hired}")
    return wrong


def _no_first_day(name: str, day: date | None, today: date) -> tuple[str, ...]:
    if day is None or EARLIEST <= day <= today + AHEAD:
        return ()
    return (f"{name} {day} is no day on which anybody began or will begin: check the year",)


def rehired(version: Version, differences: Differences) -> date | None:
    """Give the hire date of somebody who is hired again: after the last day on file."""
    hired = as_day(differences["hire_date"].after) if "hire_date" in differences else None
    last_day = as_day(version.attributes.get("termination_date"))
    return hired if hired and last_day and hired > last_day else None


def moved_start(version: Version, differences: Differences) -> date | None:
    """Give where a corrected hire date moves the start of an employment that began on the old one."""
    if "hire_date" not in differences:
        return None
    hired = differences["hire_date"]
    return as_day(hired.after) if as_day(hired.before) == version.opened else None
