"""What of a record says nothing, and what of it cannot be so: looked at before anything is proposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from domain.attributes import ENDING_DETAILS
from domain.change import Difference, ends
from domain.record import Known, MappedRecord
from domain.step import Version
from domain.value import as_day

Differences = Mapping[str, Difference]


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
    if not silent:
        return record, differences
    values = {name: value for name, value in record.values.items() if name not in silent}
    left = {name: item for name, item in differences.items() if name not in silent}
    return replace(record, values=values), left


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
