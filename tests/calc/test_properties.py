"""What must hold of every plan over all facts, by the reference; and that the engine finds the same."""

import random
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from calc.reference import evaluated
from tests.calc.both import assert_same, by_engine, counted, outputs
from tests.calc.worlds import worlds

#: A world takes half a second, and the engine some more: making one smaller would take minutes.
AS_FOUND = (Phase.explicit, Phase.reuse, Phase.generate)
MANY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=AS_FOUND)
FEW = settings(MANY, max_examples=5)
POST = ("person", "engagement", "plan", "component")


@FEW
@given(world=worlds(most=25))
def test_the_engine_finds_what_the_reference_says(session, world):
    form = world.form
    assert_same(by_engine(session, form, world.tables), evaluated(form, world.tables))


@MANY
@given(world=worlds())
def test_what_must_hold_of_every_calculation_holds(world):
    form = world.form
    found = evaluated(form, world.tables)
    every_part_is_credited_or_has_one_gap(world, form, found)
    lines_sum_to_the_earning_before_it_is_rounded(form, found)
    no_cap_is_exceeded(world, form, found)
    parts_of_a_split_sum_to_the_whole(found)


def every_part_is_credited_or_has_one_gap(world, form, found):
    names = [name for name in found.stages if name.split(".")[0] == "tallied"]
    credited = {(row["key"], row["person"]) for name in names for row in found.values(name)}
    gaps = found.values(form.gaps)
    assert all(times == 1 for times in counted([_part(row) for row in gaps]).values())
    for row in gaps:
        assert row["code"]
        assert (row["key"], row["person"]) not in credited
    accounted = {row["key"] for row in gaps} | {key for key, _ in credited}
    days = {row["day"] for row in world.tables["days"]}
    for row in world.tables["transactions"]:
        if row["date"] in days and (row["booked_on"] is None or row["booked_on"] in days):
            assert row["key"] in accounted


def _part(row):
    return {name: row[name] for name in ("key", "owner", "person")}


def lines_sum_to_the_earning_before_it_is_rounded(form, found):
    for one in form.components:
        if one.lines:
            lines: dict[object, Decimal] = defaultdict(Decimal)
            earned: dict[object, Decimal] = defaultdict(Decimal)
            for name in one.lines:
                for row in found.values(name):
                    lines[*(row[part] for part in POST), row["earned_from"]] += row["exact"] or 0
            for row in found.values(one.earned):
                earned[*(row[part] for part in POST), row["earned_from"]] += row["exact"] or 0
            assert lines == earned


def no_cap_is_exceeded(world, form, found):
    rows = [row for one in form.components for row in found.values(one.earned) if row["plan_amount"] is not None]
    for (plan, name), caps in _caps(world).items():
        if len(caps) == 1 and (cap := caps.pop()) is not None:
            paid = defaultdict(list)
            for row in rows:
                if (row["plan"], row["component"]) == (plan, name):
                    paid[row["person"], row["earned"]].append(row)
            for several in paid.values():
                most = Decimal(cap.amount) + Decimal("0.005") * len(several)
                assert sum(row["plan_amount"] for row in several if row["plan_amount"] > 0) <= most


def _caps(world):
    found = defaultdict(set)
    for version in world.versions:
        for name, component in version.plan.components.items():
            found[version.plan.plan, name].add(component.cap)
    return found


def parts_of_a_split_sum_to_the_whole(found):
    for name in found.stages:
        if name.split(".")[0] == "dealt":
            sums: dict[str, Decimal] = defaultdict(Decimal)
            wholes: dict[str, Decimal] = {}
            for row in found.values(name):
                sums[row["key"]] += row["part"]
                wholes[row["key"]] = row["whole"]
            assert sums == wholes


@MANY
@given(world=worlds(), seed=st.integers())
def test_no_order_of_rows_changes_a_result(world, seed):
    form = world.form
    shuffled = {}
    for name, rows in world.tables.items():
        shuffled[name] = list(rows)
        random.Random(seed).shuffle(shuffled[name])  # noqa: S311  a shuffle that can be repeated
    one, other = evaluated(form, world.tables), evaluated(form, shuffled)
    for name in outputs(form):
        assert counted(one.values(name)) == counted(other.values(name))


@MANY
@given(world=worlds())
def test_a_version_or_a_step_that_changes_nothing_changes_no_result(world):
    first = [one for one in world.versions if one.version == 1]
    plain = tuple(replace(one, end=world.versions[1].end) for one in first)
    cut = tuple(half for one in plain for half in halves(one, one.start, one.end, world.versions[1].start))
    roster = [
        half
        for row in world.tables["roster"]
        for half in _halves_of(row, row["start"] + (row["end"] - row["start"]) / 2)
    ]
    one = replace(world, versions=plain)
    other = replace(world, versions=cut, given={**world.given, "roster": roster})
    assert earned_of(one) == earned_of(other)


def halves(version, start, end, middle):
    return replace(version, start=start, end=middle), replace(version, start=middle, end=end)


def _halves_of(row, middle):
    both = ({**row, "end": middle}, {**row, "start": middle})
    return [half for half in both if half["start"] < half["end"]]


def earned_of(world):
    form = world.form
    found = evaluated(form, world.tables)
    rows = [row for one in form.components for row in found.values(one.earned)]
    return counted([{key: value for key, value in row.items() if not key.startswith("segment")} for row in rows])
