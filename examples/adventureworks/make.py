"""Writes the files of the AdventureWorks example, what a sync must find in them, and what must be paid.

    python examples/adventureworks/make.py SHARED_DATA_DIR [INTO]

SHARED_DATA_DIR holds `adventureworks_oltp`, `adventureworks_reseller` and `fx_ecb`; INTO is this folder unless told.
The same data give the same bytes: `workspace/snapshots/*/people.csv`, `workspace/deliveries/*/*.csv`, `expected.yaml`
and `expected_pay.yaml`. The rest of the example is written by hand.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from adventureworks import COLUMNS, ROSTER_BEGINS, read_people
from expected import expect
from expected_pay import expect_pay
from facts import QUOTA_COLUMNS, RATE_COLUMNS, SALES_COLUMNS, read_quotas, read_rates, read_sales
from story import CORRECTED_ON, FACTS_ON, REJECTIONS, SNAPSHOTS, corrected, export

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


PAY_HEADER = """\
# What must be paid when pay.yaml is followed. Written by make.py from the files beside it, without syncd.
#
# facts       what the first sales.csv holds, US dollars; below_cost: lines whose cost is higher than their sales
# attainment  revenue of a quarter over its quota
# months      what falls due in each of the three committed months: `dollars` is in the plan's currency, `amount` in
#             the currency of pay; capped: whose commission the cap cut; what comes to zero is left out
# correction  the month after, calculated when the corrected line is known; retro: recomputed less committed, paid
#             with it and in its totals

"""


def main(arguments: Sequence[str]) -> None:
    """Read the data, write the example."""
    shared = Path(arguments[0])
    into = Path(arguments[1]) if len(arguments) > 1 else HERE
    people = read_people(shared)
    sales = read_sales(shared)
    quotas = read_quotas(shared, sales)
    rates = read_rates(shared, ROSTER_BEGINS, max(sale.day for sale in sales))
    exports = [(snapshot, export(people, snapshot)) for snapshot in SNAPSHOTS]
    workspace = into / "workspace"
    for snapshot, made in exports:
        _write_csv(workspace / "snapshots" / snapshot.folder / "people.csv", COLUMNS, made.lines)
    brought, again = (workspace / "deliveries" / day.isoformat() for day in (FACTS_ON, CORRECTED_ON))
    _write_csv(brought / "sales.csv", SALES_COLUMNS, [sale.cells() for sale in sales])
    _write_csv(brought / "quotas.csv", QUOTA_COLUMNS, [quota.cells() for quota in quotas])
    _write_csv(brought / "rates.csv", RATE_COLUMNS, rates)
    _write_csv(again / "sales.csv", SALES_COLUMNS, [corrected(sales).cells()])
    text = "\n".join("\n".join(_yaml(found)) for found in expect(exports, REJECTIONS))
    _write_text(into / "expected.yaml", f"{HEADER}{text}\n")
    pay = "\n".join(_nested(expect_pay(workspace), ""))
    _write_text(into / "expected_pay.yaml", f"{PAY_HEADER}{pay}\n")


def _write_csv(path: Path, names: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """UTF-8, commas, one line each, the last one ended as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *lines])


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _nested(found: dict[str, object], indent: str) -> Iterator[str]:
    """A document as YAML: what holds a list of documents goes one below the other, the rest stands on a line."""
    for name, value in found.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{indent}{name}:"
            for item in value:
                if any(isinstance(inner, list) for inner in item.values()):
                    first, *others = _nested(item, f"{indent}  ")
                    yield f"{indent}- {first.lstrip()}"
                    yield from others
                else:
                    yield f"{indent}- {_flow(item)}"
        elif isinstance(value, dict) and any(isinstance(inner, list) for inner in value.values()):
            yield f"{indent}{name}:"
            yield from _nested(value, f"{indent}  ")
        else:
            yield f"{indent}{name}: {_flow(value)}"


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
