"""Published examples of pay, worked through: what goes in, what must come out, and that none is forgotten."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from tests.calc.case import cases, not_yet, table

SHARED = Path(__file__).parents[3] / "shared" / "examples" / "worked_examples.yaml"
IDS = sorted(cases())


def found_of(case, row):
    """The results that a row of `expected` is about; `all` is every one."""
    person = case.persons.get(row["who"])
    return [
        one
        for one in case.results
        if row["who"] == "all" or one.result.key.person == person
        if row["component"] in ("all", one.result.key.component)
        if row["period"] in ("all", one.result.key.earned_period)
    ]


def lines_of(case, row):
    key = case.prefix + row["key"]
    person = case.persons.get(row.get("who", ""))
    return [
        one
        for one in case.lines
        if (one["key"], one["component"]) == (key, row["component"]) and person in (None, one["person"])
    ]


@pytest.mark.parametrize("name", IDS)
def test_a_published_example_comes_out_as_published(name):
    case = cases()[name]
    expected = table(case.document["expected"])
    assert expected
    for row in expected:
        found = found_of(case, row)
        assert sum(one.result.amount for one in found) == Decimal(row["amount"]), row
        if "all" not in (row["who"], row["component"], row["period"]):
            (one,) = found
            assert row.get("reason", one.result.reason) == one.result.reason, row
            assert Decimal(row.get("plan_amount", one.result.plan_amount)) == one.result.plan_amount
            if "attainment" in row:
                values = one.row.values
                assert values["to_date"] * 100 == Decimal(row["attainment"]) * values["target"]
    for row in table(case.document.get("lines")):
        (line,) = lines_of(case, row)
        for column in ("amount", "credit", "after", "exact"):
            assert Decimal(row.get(column, line[column])) == line[column], (row, column)
    gaps = [(one.values["key"], one.values["code"]) for one in case.evaluation.rows[case.form.gaps]]
    assert [(case.prefix + row["key"], row["code"]) for row in table(case.document.get("gaps"))] == [
        gap for gap in gaps if "gaps" in case.document
    ]


@pytest.mark.parametrize("name", IDS)
def test_lines_sum_to_what_is_earned_before_it_is_rounded(name):
    case = cases()[name]
    for form in case.form.components:
        lines = [row.values for line in form.lines for row in case.evaluation.rows[line]]
        for row in case.evaluation.rows[form.earned] if lines else ():
            own = [
                line["exact"]
                for line in lines
                if all(line[name] == row.values[name] for name in ("person", "component", "earned_from"))
            ]
            assert sum(own) == row.values["exact"]


@pytest.mark.shared
def test_every_published_example_is_here_or_says_what_is_missing():
    assert published().keys() == cases().keys() | not_yet().keys()
    assert not cases().keys() & not_yet().keys()
    assert all(not_yet().values())


@pytest.mark.shared
@pytest.mark.parametrize("name", IDS)
def test_the_figures_are_those_of_the_source_and_none_is_left_out(name):
    case, record = cases()[name], published()[name]
    figures = {name: Decimal(str(value)) for name, value in record["published"].items()}
    readings = record["check"].get("other_readings", {})
    figures |= {name: Decimal(str(one["value"])) for name, one in readings.items()}
    tolerance = Decimal(str(record["check"]["tolerance"]))
    shown = set(case.document.get("missing", {}))
    for named, values in (*shown_in(case, "expected"), *shown_in(case, "lines"), *differences(case)):
        sign = -1 if named in case.document.get("negative", ()) else 1
        assert any(abs(sign * value - figures[named]) <= tolerance for value in values), (named, values)
        shown.add(named)
    assert shown >= record["published"].keys()
    source = record["source"]
    where = source.get("url") or source["repo"]
    assert where in case.document["source"]["url"]
    assert case.document["source"]["licence"].endswith("facts only")


def shown_in(case, part):
    per = Decimal(case.document.get("per", 100)) / 100
    for row in table(case.document.get(part)):
        if "published" in row:
            numbers = [row[name] for name in ("amount", "attainment", "credit", "after", "exact") if name in row]
            scale = 1 if "attainment" in row else per
            yield row["published"], [Decimal(number) / scale for number in numbers]


def differences(case):
    """What one earns less what another does: what is posted when a plan changes."""

    def earned(who):
        return sum(one.result.amount for one in case.results if one.result.key.person == case.persons[who])

    for row in table(case.document.get("differences")):
        yield row["published"], [earned(row["now"]) - earned(row["before"])]


def published():
    return {one["id"]: one for one in yaml.safe_load(SHARED.read_text(encoding="utf-8"))["examples"]}
