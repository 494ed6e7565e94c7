"""A plan that asks where a transaction comes from: the engine finds what the reference evaluation finds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calc.compile import PayForm, compile_plans
from calc.inputs import TRANSACTION
from calc.reference import evaluated
from engine.session import Session
from formula.needs import is_passed_on
from tests.calc.both import assert_same, by_engine
from tests.calc.case import cases

CASE = next(one for one in cases().values() if any(f.lines for f in one.form.components) and one.tables["transactions"])
SOLD = [{**row, "place": f"in/a.csv:{nth}"} for nth, row in enumerate(CASE.tables["transactions"], 2)]


def asking(where: str | None) -> PayForm:
    """The plan of the case, whose first measure asks that of transactions."""
    version = CASE.versions[-1]
    name, measure = next(iter(version.plan.measures.items()))
    measures = {**version.plan.measures, name: measure if where is None else replace(measure, where=where)}
    return compile_plans(
        [replace(version, plan=replace(version.plan, measures=measures))], {**TRANSACTION, **CASE.columns}
    )


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
def test_places_that_are_asked_for_are_what_they_say(session: Session, where: str | None, asks: bool) -> None:
    form, tables = asking(where), {**CASE.tables, "transactions": SOLD}
    assert is_passed_on(form.stages, "place") is not asks
    assert_same(by_engine(session, form, tables), evaluated(form, tables))
