"""Writes the snapshots of the AdventureWorks example, and what a sync must find in them.

    python examples/adventureworks/make.py SHARED_DATA_DIR [INTO]

SHARED_DATA_DIR holds `adventureworks_oltp` and `adventureworks_reseller`; INTO is this folder unless told.
The same data give the same bytes: `workspace/snapshots/*/people.csv` and `expected.yaml`. The rest of the
example is written by hand.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from adventureworks import COLUMNS, read_people
from expected import expect
from story import REJECTIONS, SNAPSHOTS, export

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from expected import Expectation, ExpectedChange

HERE = Path(__file__).resolve().parent

# A first load, and a hold, bring hundreds of changes of one kind: counted, not listed.
LISTED = 20

HEADER = """\
# What the snapshots must lead to when decisions.yaml is followed. Written by make.py, without syncd.
#
# counters   rows, each in exactly one of errors .. unchanged; beside them `absent` (employed people who are
#            not in the file) and `proposed` (changes new in this run, absences included)
# changes    what is proposed: `effective` null is an absence; `columns` are the source's, [before, after]
# problems   `row` counts as a spreadsheet does, the header being 1; `column` null is the whole row
# employed   participants employed or on leave once the decisions are taken

"""


def main(arguments: Sequence[str]) -> None:
    """Read the data, write the example."""
    shared = Path(arguments[0])
    into = Path(arguments[1]) if len(arguments) > 1 else HERE
    people = read_people(shared)
    exports = [(snapshot, export(people, snapshot)) for snapshot in SNAPSHOTS]
    for snapshot, made in exports:
        _write_csv(into / "workspace" / "snapshots" / snapshot.folder / "people.csv", made.lines)
    text = "\n".join("\n".join(_yaml(found)) for found in expect(exports, REJECTIONS))
    (into / "expected.yaml").write_text(f"{HEADER}{text}\n", encoding="utf-8", newline="\n")


def _write_csv(path: Path, lines: Sequence[Sequence[str]]) -> None:
    """UTF-8, commas, one line each, the last one ended as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *lines])


def _yaml(found: Expectation) -> Iterator[str]:
    """One expectation as YAML, its leaves as JSON, which YAML contains."""
    names = ("read", "errors", "conflicts", "excluded", "applied", "pending", "suppressed", "unchanged")
    kinds = Counter(change.kind for change in found.changes)
    yield f"- snapshot: {found.snapshot.folder}"
    yield f"  today: {_flow(found.snapshot.today.isoformat())}"
    yield f"  outcome: {found.outcome}"
    yield f"  exit: {found.exit_code}"
    yield f"  counters: {_flow({name: found.counters[name] for name in (*names, 'absent', 'proposed')})}"
    yield f"  kinds: {_flow(dict(sorted(kinds.items())))}"
    if len(found.changes) <= LISTED:
        yield from _list("changes", [_change(change) for change in found.changes])
    yield from _list("problems", [
        {"row": one.row, "key": one.key, "column": one.column, "severity": one.severity, "why": one.why}
        for one in found.problems
    ])  # fmt: skip
    yield f"  employed: {found.employed}"


def _change(change: ExpectedChange) -> dict[str, object]:
    """A change as expected.yaml shows it."""
    shown: dict[str, object] = {
        "employee_id": change.key,
        "kind": change.kind,
        "effective": change.effective,
        "decided": "rejected" if change.rejected else "approved",
    }
    if change.columns:
        shown["columns"] = {name: list(cells) for name, cells in change.columns.items()}
    return shown


def _list(name: str, items: Sequence[dict[str, object]]) -> Iterator[str]:
    if not items:
        yield f"  {name}: []"
        return
    yield f"  {name}:"
    for item in items:
        yield f"  - {_flow(item)}"


def _flow(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1:])
