"""What a sync must find in the snapshots, told from the exports alone and without syncd.

In: the exports, one after the other, and which changes the example's admin rejects. Out: one `Expectation`
for each. It is a ledger of rows: what was approved last, compared cell by cell with what comes. Kinds follow
from the columns.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from adventureworks import COLUMNS, Row

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from story import Export, Problem, Snapshot

    Rejections = Collection[tuple[int, str]]

OUTSIDE = "Executive"  # the department that mappings/people.yaml filters out
HOLDS_ABOVE = 20  # percent of the active who would end
EMPLOYED = ("1", "L")

TRANSFER = {"Country", "Legal Entity", "Pay Currency"}
MOVE = {"Department", "Manager ID", "Territory"}


@dataclass(frozen=True, slots=True)
class ExpectedChange:
    """A change to propose. `effective` is the row's, None for an absence; `columns` are before and after."""

    key: str
    kind: str
    effective: str | None
    columns: dict[str, tuple[str, str]]
    rejected: bool


@dataclass(slots=True)
class Expectation:
    """What one run must say. `employed` counts the roster once everything was decided."""

    snapshot: Snapshot
    outcome: str = "completed"
    exit_code: int = 0
    counters: Counter[str] = field(default_factory=Counter)
    changes: list[ExpectedChange] = field(default_factory=list)
    problems: Sequence[Problem] = ()
    employed: int = 0


@dataclass(slots=True)
class Ledger:
    """The row last approved of each participant, and the changes that were rejected."""

    roster: dict[str, Row] = field(default_factory=dict)
    rejected: dict[str, Row] = field(default_factory=dict)

    def employed(self) -> set[str]:
        """Who is employed, on leave or not."""
        return {key for key, row in self.roster.items() if row["Status"] in EMPLOYED}


def expect(exports: Sequence[tuple[Snapshot, Export]], rejections: Rejections) -> list[Expectation]:
    """What each export must lead to. `rejections` are pairs of a snapshot's number and an employee id."""
    ledger = Ledger()
    return [_expect(ledger, snapshot, export, rejections) for snapshot, export in exports]


def _expect(ledger: Ledger, snapshot: Snapshot, export: Export, rejections: Rejections) -> Expectation:
    found = Expectation(snapshot, problems=export.problems)
    found.counters.update(read=len(export.lines))
    severities = {problem.row: problem.severity for problem in export.problems}
    decided: list[Row] = []
    for number, line in enumerate(export.lines, start=2):
        row = dict(zip(COLUMNS, line, strict=False))
        counter, change = _judge(ledger, row, severities.get(number))
        found.counters[counter] += 1
        if change is not None:
            rejected = (snapshot.number, change.key) in rejections
            found.changes.append(replace(change, rejected=rejected))
            if rejected:
                ledger.rejected[change.key] = row
            else:
                decided.append(row)
    was_employed = ledger.employed()
    absent = sorted(was_employed - {line[0] for line in export.lines})
    found.changes += [
        ExpectedChange(key, "termination", None, {}, (snapshot.number, key) in rejections) for key in absent
    ]
    ending = {change.key for change in found.changes if change.kind == "termination"}
    found.counters.update(absent=len(absent), proposed=len(found.changes))
    if 100 * len(ending) > HOLDS_ABOVE * len(was_employed):
        found.outcome, found.exit_code = "held", 3
    else:
        if found.counters["errors"]:
            found.outcome, found.exit_code = "completed_with_errors", 1
        _apply(ledger, decided, found)
    found.employed = len(ledger.employed())
    return found


def _judge(ledger: Ledger, row: Row, severity: str | None) -> tuple[str, ExpectedChange | None]:
    """Which counter the row is in, and the change it leads to."""
    key = row["Employee ID"]
    if severity == "error":
        return "errors", None
    if severity == "warning" or row["Department"] == OUTSIDE:
        return "excluded", None
    before = ledger.roster.get(key)
    no = ledger.rejected.get(key)
    if no is not None and not _differences(no, row):
        return "suppressed", None
    if before is None:
        return "pending", ExpectedChange(key, "add", row["Effective"], {}, rejected=False)
    columns = _differences(before, row)
    if not columns:
        return "unchanged", None
    return "pending", ExpectedChange(key, _kind(columns), row["Effective"], columns, rejected=False)


def _differences(before: Row, after: Row) -> dict[str, tuple[str, str]]:
    """The cells that differ; `Effective` dates the others and is none itself."""
    return {name: (before[name], after[name]) for name in COLUMNS[:-1] if before[name] != after[name]}


def _kind(columns: dict[str, tuple[str, str]]) -> str:
    """The kind of change, the weightiest where several fit."""
    kinds = {("0", "1"): "rehire", ("L", "1"): "return", ("1", "L"): "leave", ("1", "0"): "termination"}
    if "Status" in columns:
        return kinds[columns["Status"]]
    if columns.keys() & TRANSFER:
        return "transfer"
    return "move" if columns.keys() & MOVE else "update"


def _apply(ledger: Ledger, decided: list[Row], found: Expectation) -> None:
    """Approve everything that was not rejected."""
    ledger.roster.update({row["Employee ID"]: row for row in decided})
    for change in found.changes:
        if change.effective is None and not change.rejected:
            ledger.roster[change.key] = ledger.roster[change.key] | {"Status": "0"}
