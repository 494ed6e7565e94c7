"""Steps and versions: known from a revision on, and as they were known then for ever."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from domain.step import FOREVER, Version, fold, on
from store.changes import insert_changes
from store.database import reading, writing
from store.head import take_revision
from store.history import (
    end_steps,
    history_of,
    insert_steps,
    replace_versions,
    roster,
    steps_of,
    versions_of,
)
from store.mirror import attributes
from tests.store.make import NOW, Roster, decided, proposed, step, version

DAYS = [date(2026, 1, 1) + timedelta(days=day) for day in range(12)]


@pytest.fixture
def decision(engine: Engine, roster: Roster) -> int:
    """A decision for steps to hang on."""
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [proposed(roster, 1)])
        return decided(tx, 1, roster.revision)


def test_a_step_comes_back_as_it_was_kept(engine, roster: Roster, decision):
    ann, bob, _cid = roster.people
    sets = {"email": "änn@example.com", "plans": ("a", "b"), "team": None, "ote": "1.1"}
    first = step(1, ann, decision, 1, sets=sets, engagement="second", end=date(2026, 2, 1), opens=False)
    second = step(2, bob, decision, 1)
    with writing(engine) as tx:
        insert_steps(tx, [first, second])
        found = steps_of(tx, [ann, bob])
        assert found == {(ann, "second"): (first,), (bob, "main"): (second,)}
        assert attributes(tx) == ("email", "name", "ote", "plans", "status", "team")
        assert "example.com" not in tx.execute(text("SELECT sets FROM step WHERE id = 1")).scalar_one()
        assert steps_of(tx, []) == {}


def test_steps_that_ended_since_a_revision_are_given_when_asked_for(engine, roster: Roster, decision):
    ann = roster.people[0]
    with writing(engine) as tx:
        insert_steps(tx, [step(number, ann, decision, 1, seq=number) for number in (1, 2, 3)])
        end_steps(tx, [1], 2)
        end_steps(tx, [2], 3)
        for since, ids in ((None, [3]), (3, [3]), (2, [2, 3]), (1, [1, 2, 3])):
            assert [one.id for one in steps_of(tx, [ann], since=since)[ann, "main"]] == ids


def test_the_roster_of_a_day_holds_those_employed_or_everyone(engine, roster_of_three: Roster):
    with reading(engine) as tx:
        for day, everyone, people in (
            (date(2026, 1, 15), False, [1, 2]),
            (date(2026, 1, 15), True, [1, 2, 3]),
            (date(2026, 2, 1), False, [1]),
            (date(2025, 12, 31), True, []),
        ):
            assert [one.version.person for one in roster(tx, day, 1, everyone=everyone)] == people
        assert roster(tx, date(2026, 1, 15), 0, everyone=True) == []


def test_a_version_carries_what_is_personal_though_it_stands_apart(engine, roster_of_three: Roster):
    with reading(engine) as tx:
        (known, *_others) = roster(tx, date(2026, 1, 15), 1, everyone=True)
        assert known.version == version(1, "2026-01-01", status="active", name="Ann", plans=("a", "b"))
        assert (known.revision_from, known.revision_to) == (1, None)
        kept = tx.execute(text("SELECT attributes, personal FROM version ORDER BY id")).first()
        assert kept == ('{"plans":["a","b"],"status":"active"}', '{"name":"Ann"}')


@pytest.fixture
def roster_of_three(engine: Engine, roster: Roster) -> Roster:
    """Ann active for good, Bob on leave in January, Cid gone."""
    ann, bob, cid = roster.people
    rows = [
        version(ann, "2026-01-01", status="active", name="Ann", plans=("a", "b")),
        version(bob, "2026-01-01", "2026-02-01", status="on_leave"),
        version(cid, "2026-01-01", status="terminated"),
    ]
    with writing(engine) as tx:
        replace_versions(tx, [], rows, roster.revision)
    return roster


writes = st.lists(
    st.tuples(st.integers(0, 10), st.integers(1, 11), st.sampled_from("abc"), st.sampled_from(["x", "y", None])),
    min_size=1,
    max_size=6,
)  # fmt: skip


@given(writes)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_known_at_a_revision_never_changes(engine, roster: Roster, decision, written):  # H13
    """Back-dated, bounded and overlapping writes: as-of (day, revision) stays what it was when it was the newest."""
    with writing(engine) as tx:
        known = _write_all(tx, roster, decision, written)
    with reading(engine) as tx:
        for revision, versions in known.items():
            assert [one.version for one in history_of(tx, roster.people[0], revision)] == list(versions)
            for day in DAYS:
                expected = on(versions, day)
                found = _of_ann(roster_at(tx, day, revision), roster)
                assert found == ([] if expected is None else [expected])


def _write_all(
    tx: Connection, base: Roster, decision: int, written: Sequence[tuple[int, int, str, str | None]]
) -> dict[int, Sequence[Version]]:
    """Write a step per revision and the versions that follow; gives what each revision knew."""
    ann = base.people[0]
    for ended in steps_of(tx, [ann]).values():
        revision = take_revision(tx, NOW, "revert")
        end_steps(tx, [one.id for one in ended], revision)
        replace_versions(tx, [one.id for one in versions_of(tx, [ann])[ann, "main"]], [], revision)
    known: dict[int, Sequence[Version]] = {}
    first = 1 + int(tx.execute(text("SELECT coalesce(max(id), 0) FROM step")).scalar_one())
    for number, (start, end, name, value) in enumerate([(0, 99, "status", "active"), *written]):
        revision = take_revision(tx, NOW, "approve")
        from_day = DAYS[start]
        until = DAYS[end] if start < end < len(DAYS) else FOREVER
        values = {"start": from_day, "end": until, "sets": {name: value}, "opens": number == 0, "seq": number}
        insert_steps(tx, [step(first + number, ann, decision, revision, **values)])
        versions = fold(steps_of(tx, [ann])[ann, "main"])
        replaced = versions_of(tx, [ann]).get((ann, "main"), ())
        replace_versions(tx, [one.id for one in replaced], versions, revision)
        known[revision] = versions
    return known


def roster_at(tx: Connection, day: date, revision: int) -> list[Version]:
    """The roster without what it says of itself."""
    return [one.version for one in roster(tx, day, revision, everyone=True)]


def _of_ann(found: list[Version], base: Roster) -> list[Version]:
    return [one for one in found if one.person == base.people[0]]
