"""Changes: kept whole, shown when their run is settled, moved once."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from domain.change import Change, DatedBy, Difference, Earlier, Ending, Kind, State
from domain.record import Conflict
from domain.rejection import Scope, remember
from store.changes import (
    ChangeFilter,
    adopt,
    change_ids,
    changes,
    contradict,
    contradicted_by,
    insert_changes,
    mark,
    open_changes,
    persons_with_open_matters,
    redated_changes,
    reject_changes,
    see,
    settle,
    split_change,
)
from store.conflicts import insert_conflicts
from store.database import reading, writing
from store.rejections import insert_rejections
from store.runs import RunResult, RunState, finish_run
from tests.store.make import NOW, TODAY, Roster, begun, proposed

EVERYTHING = {
    "kind": Kind.TERMINATION,
    "effective": date(2026, 4, 1),
    "dated_by": DatedBy.SOURCE,
    "source": "hr",
    "engagement": "second",
    "source_effective": date(2026, 3, 31),
    "until": date(2026, 12, 31),
    "corrected": True,
    "ending": Ending.ABSENCE,
    "found_by_full_read": True,
    "earlier": Earlier(7, date(2026, 2, 1), "dana", "too early", ("job_code A -> B",)),
    "hint": ("rehire", 2),
    "row": 17,
    "place": "workers.csv:17",
    "baseline": 5,
    "reason": "as asked",
    "differences": (
        Difference("email", "ann@example.com", "änn@example.com"),
        Difference("plans", ("base", "club"), ("base", "spiff"), ("spiff",), ("club",)),
        Difference("team", "east", None),
        Difference("teams", None, ("a", "b"), ("a", "b")),
    ),
}


@pytest.fixture
def pending(engine: Engine, roster: Roster) -> list[Change]:
    """Ann's changes 1 to 3 and Bob's 4, pending; 5 still being proposed by another feed's run."""
    with writing(engine) as tx:
        mine = [proposed(roster, number) for number in (1, 2, 3)]
        mine.append(proposed(roster, 4, person=roster.people[1], kind=Kind.UPDATE))
        insert_changes(tx, roster.lease, mine)
        settle(tx, roster.lease, proposing_to=State.PENDING)
        other = begun(tx, "sales")
        insert_changes(tx, other, [proposed(roster, 5, feed="sales")])
        return [replace(change, state=State.PENDING, run=roster.lease.run) for change in mine]


def test_a_change_comes_back_as_it_was_kept(engine, roster: Roster):
    wanted = proposed(roster, 1, **EVERYTHING)
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [wanted])
        found = changes(tx, ChangeFilter(states=(State.PROPOSING,)))
    assert found == [replace(wanted, run=roster.lease.run)]
    assert found[0].fingerprint == wanted.fingerprint


def test_what_is_personal_in_a_change_stands_apart_and_can_be_emptied(engine, roster: Roster):
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [proposed(roster, 1, **EVERYTHING)])
        assert "example.com" not in tx.execute(text("SELECT fields FROM change")).scalar_one()
        tx.execute(text("UPDATE change SET personal = NULL"))
        (found,) = changes(tx, ChangeFilter(states=(State.PROPOSING,)))
        assert [item.attribute for item in found.differences] == ["plans", "team", "teams"]


def test_nobody_sees_a_change_before_its_run_is_settled(engine, roster: Roster):
    held_back = proposed(
        roster, 2, state=State.SUPPRESSED, earlier=Earlier(7, TODAY, "dana", "no", ())
    )  # fmt: skip
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [proposed(roster, 1), held_back])
        assert changes(tx, ChangeFilter()) == []
        assert list(open_changes(tx, "workers")) == []
        assert settle(tx, roster.lease, proposing_to=State.HELD) == 2
        assert [change.state for change in changes(tx, ChangeFilter())] == [State.HELD, State.SUPPRESSED]


def test_a_persons_own_change_is_there_at_once(engine, roster: Roster):
    with writing(engine) as tx:
        insert_changes(tx, None, [proposed(roster, 1, state=State.PENDING)], author="dana")
        assert [change.state for change in changes(tx, ChangeFilter())] == [State.PENDING]
        assert tx.execute(text("SELECT author FROM change")).scalar_one() == "dana"


def test_the_same_question_is_open_once(engine, roster: Roster, pending):
    again = replace(pending[0], id=9)
    with pytest.raises(IntegrityError), writing(engine) as tx:
        insert_changes(tx, None, [again])
    with writing(engine) as tx:
        mark(tx, [1], State.REJECTED)
        insert_changes(tx, None, [again])


FILTERS = [
    (ChangeFilter(), [1, 2, 3, 4]),
    (ChangeFilter(states=(State.PROPOSING,)), [5]),
    (ChangeFilter(states=()), []),
    (ChangeFilter(kind=Kind.UPDATE), [4]),
    (ChangeFilter(feed="sales"), []),
    (ChangeFilter(feed="workers", kind=Kind.MOVE), [1, 2, 3]),
    (ChangeFilter(participant=2), [4]),
    (ChangeFilter(run=1), [1, 2, 3, 4]),
    (ChangeFilter(batch=6), [3]),
    (ChangeFilter(ids=[4, 2, 99]), [2, 4]),
    (ChangeFilter(ids=[]), []),
    (ChangeFilter(limit=2), [1, 2]),
    (ChangeFilter(limit=2, after=2), [3, 4]),
    (ChangeFilter(states=(State.APPLIED, State.PENDING), after=3), [4]),
]


def test_changes_are_found_by_each_filter(engine, pending):
    with writing(engine) as tx:
        mark(tx, [3], State.APPLIED, batch=6)
    with reading(engine) as tx:
        for wanted, ids in FILTERS:
            assert [change.id for change in changes(tx, wanted)] == ids, wanted
            assert change_ids(tx, wanted) == ids


def test_a_change_is_moved_once(engine, pending):  # G05
    with writing(engine) as tx:
        assert mark(tx, [1, 2], State.APPLIED, batch=6, reason="fine", revision=1) == 2
        assert mark(tx, [1, 2, 3], State.REJECTED, batch=7) == 1
        first, second, third, _fourth = changes(tx, ChangeFilter())
        assert {first.state, second.state} == {State.APPLIED}
        assert (first.batch, first.reason, third.state, third.batch) == (6, "fine", State.REJECTED, 7)
        assert mark(tx, [1], State.STALE, expected=(State.APPLIED,)) == 1


def test_a_day_that_was_named_while_deciding_is_found_again(engine, pending):
    with writing(engine) as tx:
        tx.execute(text("UPDATE change SET source_effective = effective, dated_by = 'source'"))
        mark(tx, [1], State.APPLIED, effective=date(2026, 5, 1))
        mark(tx, [2], State.APPLIED)
        (found,) = redated_changes(tx, "workers", [1, 2, 3])
        assert (found.id, found.effective, found.dated_by) == (1, date(2026, 5, 1), DatedBy.ADMIN)
        assert redated_changes(tx, "workers", [2]) == redated_changes(tx, "sales", [1]) == []


def test_rejected_changes_name_what_remembers_them(engine, pending):
    with writing(engine) as tx:
        mark(tx, [2], State.APPLIED)
        reject_changes(tx, {1: 71, 2: 72, 3: 73}, "no", None, 1)
        found = [(change.id, change.state) for change in changes(tx, ChangeFilter(ids=[1, 2, 3]))]
        assert found == [(1, State.REJECTED), (2, State.APPLIED), (3, State.REJECTED)]
        kept = tx.execute(text("SELECT rejection FROM change WHERE id <= 3 ORDER BY id")).scalars()
        assert list(kept) == [71, None, 73]


def test_a_run_that_brings_a_change_again_is_noted(engine, roster: Roster, pending):
    with writing(engine) as tx:
        contradict(tx, [1], 8)
        assert contradicted_by(tx, 8) == [1]
        see(tx, [1, 2], 9, baseline=6)
        assert contradicted_by(tx, 8) == []
        seen = {change.id: (change.run, change.seen_run) for change in open_changes(tx, "workers")}
        run = roster.lease.run
        assert seen == {1: (run, 9), 2: (run, 9), 3: (run, run), 4: (run, run)}
        assert [change.baseline for change in changes(tx, ChangeFilter(limit=3))] == [6, 6, roster.revision]


def test_open_changes_are_given_for_some_people_or_all(engine, roster: Roster, pending):
    ann, bob, cid = roster.people
    with writing(engine) as tx:
        mark(tx, [1], State.HELD)
        mark(tx, [2], State.SUPPRESSED)
        (change, *_rest) = open_changes(tx, None, [ann])
        assert (change.id, change.fingerprint) == (1, pending[0].fingerprint)
        for feed, persons, states, ids in (
            ("workers", None, (State.PENDING, State.HELD), [1, 3, 4]),
            ("workers", [bob, cid], (State.PENDING, State.HELD), [4]),
            ("workers", None, (State.SUPPRESSED,), [2]),
            ("sales", None, (State.PENDING, State.HELD), []),
        ):
            assert [one.id for one in open_changes(tx, feed, persons, states)] == ids


def test_a_held_change_can_wait_for_a_later_run(engine, roster: Roster, pending):
    with writing(engine) as tx:
        mark(tx, [1], State.HELD)
        adopt(tx, [1, 2], 9)
        assert [change.run for change in changes(tx, ChangeFilter(limit=2))] == [9, roster.lease.run]


def test_a_split_change_becomes_two_that_together_ask_the_same(engine, roster: Roster):
    whole = proposed(roster, 1, **EVERYTHING)
    kept = replace(whole, differences=whole.differences[:2])
    rest = replace(whole, id=2, differences=whole.differences[2:])
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [whole], author="dana")
        settle(tx, roster.lease, proposing_to=State.PENDING)
        split_change(tx, kept, rest)
        shown = [replace(one, state=State.PENDING, run=roster.lease.run) for one in (kept, rest)]
        assert changes(tx, ChangeFilter()) == shown
        fingerprints = [change.fingerprint for change in open_changes(tx, "workers")]
        assert fingerprints == [kept.fingerprint, rest.fingerprint]
        assert list(tx.execute(text("SELECT author FROM change")).scalars()) == ["dana", "dana"]


def test_people_with_an_open_change_rejection_or_conflict_are_found(engine, roster: Roster, pending):
    ann, bob, cid = roster.people
    with writing(engine) as tx:
        assert list(persons_with_open_matters(tx)) == [ann, bob]
        mark(tx, [1, 2, 3, 4], State.REJECTED)
        assert list(persons_with_open_matters(tx)) == []
        rejection = remember(pending[3], Scope.CHANGE, None, "dana", "no", TODAY)
        insert_rejections(tx, [replace(rejection, id=1)], roster.revision)
        asked = Conflict("who", "who is it?", "W9", 9, "workers.csv:9")
        insert_conflicts(tx, roster.lease, [(1, asked), (2, replace(asked, person=cid))])
        assert list(persons_with_open_matters(tx)) == [bob, cid]


def test_more_changes_than_a_statement_has_parameters(engine, roster: Roster):
    many = [proposed(roster, number) for number in range(1, 70_001)]
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, many)
        settle(tx, roster.lease, proposing_to=State.PENDING)
        ids = [change.id for change in open_changes(tx, "workers")]
        assert mark(tx, ids, State.APPLIED) == 70_000
        finish_run(tx, roster.lease, RunResult(RunState.COMPLETED), NOW)
