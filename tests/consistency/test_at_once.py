"""Several at once: two runs of one feed, and two decisions about the same changes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select

from domain.change import State
from domain.errors import AtWork
from store import tables
from store.changes import ChangeFilter, changes
from store.database import reading
from syncd.changes.decide import Approval, Outcome, Rejecting, approve, reject
from syncd.feeds.gathering import Gathering
from syncd.pipeline import sync
from syncd.show import Progress
from syncd.world import Actor
from syncd.world import World as Shell
from tests.consistency.conftest import Opened
from tests.consistency.stories import shell_of
from tests.scenarios.people import crowd
from tests.scenarios.world import World

T = TypeVar("T")
ANN = Actor("ann", "ann")


def test_g11_of_several_runs_at_once_one_is_done_and_the_others_are_refused(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
):
    """While one lands what it read, seven others meet the same new people: all are refused, each person exists once."""
    world = opened()
    world.send(crowd(5))
    others: list[str] = []
    publish = Gathering._publish

    def meanwhile(*pages: Any) -> Any:
        monkeypatch.setattr(Gathering, "_publish", publish)
        others.extend(_all_at_once([lambda: _run(world)] * 7))
        return publish(*pages)

    monkeypatch.setattr(Gathering, "_publish", meanwhile)
    assert _run(world) == "completed"
    assert others == ["refused"] * 7
    assert [len(world.pending()), len(world.call("links").document)] == [5, 5]
    with shell_of(world) as shell, reading(shell.database) as tx:
        assert tx.execute(select(func.count()).select_from(tables.person)).scalar() == 5


def test_g11_two_processes_at_once_make_one_participant_each(opened: Opened):
    """Whether they meet or follow one another, nobody is there twice."""
    world = opened()
    world.send(crowd(5))
    said = _all_at_once([lambda: world.process("run", "people").code] * 2)
    assert sorted(said) in ([0, 0], [0, 5])
    assert world.approve().code == 0
    assert (len(world.roster()), len(world.call("links").document)) == (5, 5)
    assert world.run()["proposed"] == 0


def test_several_approvals_of_the_same_changes_at_once_have_one_effect(opened: Opened):
    """G05, G06: each change is decided once; every call reports all of them as applied."""
    world = opened()
    world.run(crowd(12))
    ids = _pending(world)
    said = _all_at_once([lambda: _decided(world, lambda shell: approve(shell, ids, Approval(), ANN))] * 4)
    for outcome in said:
        assert (sorted(outcome.decided), outcome.refused) == ([(one, State.APPLIED) for one in sorted(ids)], [])
    assert len({outcome.batch for outcome in said if outcome.batch}) == 1
    assert _counts(world) == {"decision": 12, "step": 12, "version": 12, "batch": 1}
    assert len(world.roster()) == 12
    assert world.call("audit", "verify").code == 0


def test_of_an_approval_and_a_rejection_at_once_one_counts(opened: Opened):
    """Each change is either on the roster or remembered as rejected, never both; the other call is told."""
    world = opened()
    world.run(crowd(12))
    ids = _pending(world)
    yes = lambda: _decided(world, lambda shell: approve(shell, ids, Approval(), ANN))  # noqa: E731 - two of a kind
    no = lambda: _decided(world, lambda shell: reject(shell, ids, Rejecting("no"), ANN))  # noqa: E731 - as above
    said = _all_at_once([yes, no])
    assert sorted(len(outcome.decided) for outcome in said) == [0, 12]
    assert sorted(len(outcome.refused) for outcome in said) == [0, 12]
    states = Counter(one["state"] for one in world.changes())
    assert states in ({"applied": 12}, {"rejected": 12})
    assert (len(world.roster()), len(world.call("rejections").document)) in ((12, 0), (0, 12))


def test_halves_that_overlap_are_approved_once_each(opened: Opened):
    """Two people approve lists that share changes: every change has one decision."""
    world = opened()
    world.run(crowd(12))
    ids = _pending(world)
    first, second = ids[:9], ids[3:]
    said = _all_at_once(
        [
            lambda: _decided(world, lambda shell: approve(shell, first, Approval(), ANN)),
            lambda: _decided(world, lambda shell: approve(shell, second, Approval(), ANN)),
        ]
    )
    assert [outcome.refused for outcome in said] == [[], []]
    assert _counts(world) == {"decision": 12, "step": 12, "version": 12, "batch": 2}


def _run(world: World) -> str:
    with shell_of(world) as shell:
        try:
            return sync(shell, shell.workspace.feeds["people"], Progress(quiet=True)).state.value
        except AtWork as refused:
            return refused.code


def _decided(world: World, act: Callable[[Shell], Outcome]) -> Outcome:
    with shell_of(world) as shell:
        return act(shell)


def _pending(world: World) -> list[int]:
    with shell_of(world) as shell, reading(shell.database) as tx:
        return [one.id for one in changes(tx, ChangeFilter(states=(State.PENDING,)))]


def _counts(world: World) -> dict[str, int]:
    counted = (tables.decision, tables.step, tables.version, tables.batch)
    with shell_of(world) as shell, reading(shell.database) as tx:
        return {table.name: tx.execute(select(func.count()).select_from(table)).scalar_one() for table in counted}


def _all_at_once(acts: list[Callable[[], T]]) -> list[T]:
    """Do things in threads that begin together; gives what each gave, in order."""
    together = threading.Barrier(len(acts))

    def begin(act: Callable[[], T]) -> T:
        together.wait(60)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(begin, acts))
