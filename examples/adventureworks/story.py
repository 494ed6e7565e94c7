"""What the example adds to AdventureWorks: the exports, a few events, a dozen broken rows, one cut file, one return.

AdventureWorks has no leavers and no leaves (everybody's CurrentFlag is 1), and nobody's title, pay or
department changes in the months of the sales. What stands here under EVENTS, GAPS, FAULTS and CORRECTION is
invented, and README.md says so. In: a person's true row of a day, and the true sales. Out: `export`, the lines of a
snapshot with the problems that are in them, and `corrected`, a line of an order as it comes once more.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from adventureworks import COLUMNS, Row, row_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adventureworks import Person
    from facts import Sale


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One export: the people as of a day, brought on another; `cut_after` rows when the export broke off."""

    number: int
    as_of: date
    today: date
    faulty: bool = False
    cut_after: int | None = None

    @property
    def folder(self) -> str:
        """Where its file lies under `snapshots/`."""
        return f"{self.number}-{self.today}"


@dataclass(frozen=True, slots=True)
class Event:
    """From its first day on, these cells of a person's row say something else."""

    key: str
    first: date
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Gap:
    """The person is in no export of these days, both inclusive, though no leaving was stated."""

    key: str
    first: date
    last: date


class How(Enum):
    """In which way a row is broken."""

    CELL = "the cell holds something else"
    SHORT = "the row ends before its last cell"
    TWIN = "a second row of the key follows, with another cell"
    COPY = "the same row follows once more"
    PASTED = "the row stands again at the end, with another cell"


@dataclass(frozen=True, slots=True)
class Fault:
    """A row to break, and why it then is a problem."""

    key: str
    how: How
    why: str
    column: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Where a reader must find fault. `row` 1 is the header; no `column`: the row as a whole."""

    row: int
    key: str
    column: str | None
    severity: str
    why: str


@dataclass(slots=True)
class Export:
    """A snapshot's lines below the header, and what is wrong in them."""

    lines: list[list[str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


SNAPSHOTS = (
    Snapshot(1, as_of=date(2018, 6, 30), today=date(2018, 6, 30)),
    Snapshot(2, as_of=date(2018, 7, 31), today=date(2018, 7, 31), faulty=True),
    Snapshot(3, as_of=date(2019, 1, 31), today=date(2019, 1, 31)),
    Snapshot(4, as_of=date(2019, 2, 28), today=date(2019, 2, 28), cut_after=100),
    Snapshot(5, as_of=date(2019, 2, 28), today=date(2019, 3, 1)),
    Snapshot(6, as_of=date(2020, 5, 31), today=date(2020, 5, 31)),
)

# When the sales, quotas and rates of three years are handed over, and when the corrected line is.
FACTS_ON, CORRECTED_ON = date(2020, 6, 1), date(2020, 6, 22)

EVENTS = (
    Event("00019", date(2018, 7, 1), {"Title": "Marketing Specialist"}),
    Event("00239", date(2018, 7, 16), {"Hourly Rate": "17.2500"}),
    Event("00267", date(2018, 7, 16), {"Title": "Senior Application Specialist"}),
    Event("00213", date(2018, 7, 9), {"Department": "Document Control", "Manager ID": "00217"}),
    Event("00254", date(2018, 7, 16), {"Status": "L"}),
    Event("00254", date(2018, 11, 19), {"Status": "1"}),
    Event("00126", date(2018, 7, 14), {"Status": "0", "Last Day": "2018-07-13"}),
    Event("00126", date(2018, 12, 3), {"Status": "1", "Last Day": "", "Hired": "2018-12-03"}),
    Event("00232", date(2018, 7, 21), {"Status": "0", "Last Day": "2018-07-20"}),
)

GAPS = (
    Gap("00038", date(2019, 1, 15), date(2019, 2, 10)),  # dropped by mistake, and there again
    Gap("00232", date(2018, 8, 1), date.max),  # left: shown as such once, then no more
)

# what the admin of decisions.yaml says no to: (snapshot, employee id); everything else is approved
REJECTIONS = ((1, "00262"), (2, "00267"), (3, "00038"))

FAULTS = (
    Fault("00045", How.CELL, "no such day", "Hired", "2009-02-30"),
    Fault("00081", How.CELL, "a date in another format", "Effective", "07/01/2017"),
    Fault("00105", How.CELL, "letters in a number", "Hourly Rate", "13.4SOO"),
    Fault("00118", How.CELL, "a status code that nobody declared", "Status", "A"),
    Fault("00144", How.TWIN, "two rows of one key that differ", "Title", "Production Technician - WC30"),
    Fault("00161", How.COPY, "the same row twice"),
    Fault("00172", How.CELL, "no name", "Name", ""),
    Fault("00198", How.CELL, "a thousands mark that separates no thousands", "Hourly Rate", "1,5.0000"),
    Fault("00209", How.CELL, "an e-mail address without @", "Email", "kathie0.adventure-works.com"),
    Fault("00290", How.SHORT, "a cell is missing at the end"),
    Fault("00067", How.PASTED, "an id that lost its leading zeros", "Employee ID", "67"),
    Fault("00068", How.PASTED, "no id", "Employee ID", ""),
)


# A customer kept five of eight bicycles (Touring-1000 Blue, 46), which nobody told in February. Quantity, sales and
# cost are those of the five that stand in the same order in yellow.
CORRECTED = ("SO63241", "BK-T79U-46")
CORRECTION = ("5", Decimal("7152.20"), Decimal("7409.69"))


def corrected(sales: Sequence[Sale]) -> Sale:
    """The line that comes again three weeks later, with what it says then."""
    (sold,) = (sale for sale in sales if (sale.order, sale.product) == CORRECTED)
    quantity, price, cost = CORRECTION
    return replace(sold, quantity=quantity, sales=price, cost=cost)


def export(people: Sequence[Person], snapshot: Snapshot) -> Export:
    """The snapshot's lines in the order of the ids, broken where it is faulty, cut where it broke off."""
    rows = [row for person in people if (row := _told_row(person, snapshot.as_of)) is not None]
    made = Export()
    faults = {fault.key: fault for fault in FAULTS} if snapshot.faulty else {}
    for row in rows[: snapshot.cut_after]:
        fault = faults.get(row["Employee ID"])
        if fault is None or fault.how is How.PASTED:
            made.lines.append(list(row.values()))
        else:
            _break(made, row, fault)
    for fault in faults.values():
        if fault.how is How.PASTED:
            row = next(row for row in rows if row["Employee ID"] == fault.key)
            _put(made, row | {fault.column: fault.text}, fault, column=fault.column)
    return made


def _told_row(person: Person, day: date) -> Row | None:
    """The person's row of a day, with what the example invents about it."""
    row = row_on(person, day)
    if row is None or any(gap.key == person.key and gap.first <= day <= gap.last for gap in GAPS):
        return None
    for event in EVENTS:
        if event.key == person.key and event.first <= day:
            row |= {**event.cells, "Effective": max(row["Effective"], event.first.isoformat())}
    return row


def _break(made: Export, row: Row, fault: Fault) -> None:
    """Write the row in the way the fault says."""
    if fault.how is How.CELL:
        _put(made, row | {fault.column: fault.text}, fault, column=fault.column)
    elif fault.how is How.TWIN:
        _put(made, row, fault)
        _put(made, row | {fault.column: fault.text}, fault)
    elif fault.how is How.COPY:
        made.lines.append(list(row.values()))
        _put(made, row, fault, severity="warning")
    elif fault.how is How.SHORT:
        _put(made, row, fault)
        made.lines[-1] = made.lines[-1][: len(COLUMNS) - 1]


def _put(made: Export, row: Row, fault: Fault, *, column: str | None = None, severity: str = "error") -> None:
    """Write a line and note the problem that it is."""
    made.lines.append(list(row.values()))
    made.problems.append(Problem(len(made.lines) + 1, row["Employee ID"], column, severity, fault.why))
