"""A plan that asks where a transaction comes from: the engine finds what the reference evaluation finds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calc.compile import compile_plans
from calc.inputs import TRANSACTION
from calc.reference import evaluated
from engine.found import find
from engine.pay_inputs import load_rows
from engine.session import open_session
from formula.needs import is_passed_on
from tests.calc.case import cases

CASE = next(one for one in cases().values() if any(f.lines for f in one.form.components) and one.tables["transactions"])
COLUMNS = {**TRANSACTION, **CASE.columns}
SOLD = [{**row, "place": f"in/a.csv:{nth}"} for nth, row in enumerate(CASE.tables["transactions"], 2)]


def form(where: str | None):
    version = CASE.versions[-1]
    if where is None:
        return compile_plans([version], COLUMNS)
    name, measure = next(iter(version.plan.measures.items()))
    asking = {**version.plan.measures, name: replace(measure, where=where)}
    return compile_plans([replace(version, plan=replace(version.plan, measures=asking))], COLUMNS)


@pytest.mark.parametrize(
    ("where", "asks"),
    [
        (None, False),
        ("feed != 'zz'", False),
        ("place == 'in/a.csv:2'", True),
        ("place != 'zz'", True),
        ("place in ['in/a.csv:2', 'x']", True),
        ("place == '2'", True),
    ],
)
def test_places_that_are_asked_for_are_what_they_say(tmp_path, where: str | None, asks: bool):
    asked = form(where)
    assert is_passed_on(asked.stages, "place") is not asks
    tables = {**CASE.tables, "transactions": SOLD}
    known = evaluated(asked, tables)
    with open_session(tmp_path, joins_as_written=True) as session:
        for name, columns in asked.inputs.items():
            rows = asked.terms.get(name, tables.get(name, ()))
            load_rows(session, name, columns, [{column: row.get(column) for column in columns} for row in rows])
        session.run("CREATE VIEW landed AS SELECT date, feed, currency, place FROM transactions")
        found = find(session, asked, tmp_path)
        lines = found.lines_of([row["person"] for row in tables["roster"]])
        counted = sorted(session.rows(f"SELECT key, place FROM ({lines})"))  # noqa: S608 - a query of ours
    expected = [
        (row["key"], row["place"]) for one in asked.components for name in one.lines for row in known.values(name)
    ]
    assert counted == sorted(expected)
