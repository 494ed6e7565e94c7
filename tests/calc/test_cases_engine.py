"""All published examples as one calculation of the engine: what each of them comes to by itself."""

from calc.compile import compile_plans
from calc.inputs import TRANSACTION
from calc.reference import evaluated
from tests.calc.both import assert_same, by_engine, counted
from tests.calc.case import cases


def test_the_engine_finds_in_one_calculation_what_each_example_comes_to_by_itself(session):
    every = list(cases().values())
    columns = {name: kind for case in every for name, kind in {**TRANSACTION, **case.columns}.items()}
    form = compile_plans([one for case in every for one in case.versions], columns)
    tables = {name: [row for case in every for row in case.tables[name]] for name in every[0].tables if name != "days"}
    tables["days"] = every[0].tables["days"]
    found = by_engine(session, form, tables)
    earned = [row for one in form.components for row in found[one.earned]]
    for case in every:
        alone = [row for one in case.form.components for row in case.evaluation.values(one.earned)]
        own = [row for row in earned if row["person"] in case.persons.values()]
        assert counted(own) == counted(alone), case.id
    assert len(form.components) < len({name for one in form.components for name in one.of})
    assert_same(found, evaluated(form, tables))
