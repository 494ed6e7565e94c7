"""Changes that a user sees: the review queue in groups, one change, and which of those chosen are theirs to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from calc.pay_run import PayRun, committed_periods
from domain.change import Change, GroupedBy, Kind, State
from domain.rights import Sight
from store.changes import ChangeFilter, change_ids, changes
from store.database import reading
from store.pay_runs import pay_runs
from store.people import PersonRow, people_of
from store.queue import Group, decided_by, newest_change, queue_groups, queue_page, still_there
from syncd.changes.policies import POLICY
from syncd.changes.rehiring import GoingOn, going_on
from syncd.changes.told import listed_document
from syncd.documents import Document, change_about
from syncd.names import labels, number
from syncd.options import person_of
from syncd.world import World


@dataclass(frozen=True, slots=True)
class Asked:
    """Which changes are asked for, as a page or a program says it; None: whatever it is."""

    states: tuple[State, ...] | None = (State.PENDING,)
    kind: Kind | None = None
    feed: str | None = None
    run: int | None = None
    key: str | None = None
    text: str | None = None
    up_to: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One change with whom it is about, its group, and the committed pay periods that it reaches into.

    goes_on  of a rehire that waits: what of before holds on, because nobody says otherwise
    """

    change: Change
    person: PersonRow | None
    group: str = ""
    committed: tuple[str, ...] = ()
    goes_on: tuple[GoingOn, ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of the review queue.

    names   who the people are that values name
    next    where the following page begins; None: this is the last
    newest  the newest change there was: what is selected as "all" goes no further
    """

    groups: Sequence[Group]
    rows: Sequence[Shown]
    names: Mapping[str, str]
    held: int
    next: tuple[str, int] | None
    newest: int

    @property
    def total(self) -> int:
        """How many match."""
        return sum(group.kinds.total() for group in self.groups)


def queue(
    world: World, sight: Sight, asked: Asked, by: GroupedBy, after: tuple[str, int] | None = None, limit: int = 100
) -> Queue:
    """Give a page of the changes somebody sees, in groups. `FixFile` where the key names nobody."""
    with reading(world.database) as tx:
        wanted = _filter(tx, world, sight, asked)
        newest = newest_change(tx)
        groups = queue_groups(tx, wanted, by)
        found = queue_page(tx, wanted, by, after, limit + 1)
        held = len(change_ids(tx, replace(wanted, states=(State.HELD,)))) if asked.states == (State.PENDING,) else 0
        rows = _shown(tx, world, [change for _, change in found[:limit]], [group for group, _ in found])
        names = labels(tx, (values for row in rows for values in (row.change.before, row.change.after)))
    last = (rows[-1].group, rows[-1].change.id) if len(found) > limit else None
    return Queue(groups, rows, names, held, last, newest)


def change_documents(world: World, sight: Sight, asked: Asked, after: int, limit: int) -> list[Document]:
    """Give a page of changes somebody sees, by id, as the contract writes them."""
    with reading(world.database) as tx:
        found = changes(tx, replace(_filter(tx, world, sight, asked), after=after, limit=limit))
        known = people_of(tx, {change.person for change in found})
        runs, goes_on = pay_runs(tx), going_on(tx, world, found)
    return [listed_document(change, known.get(change.person), runs, goes_on.get(change.id, ())) for change in found]


def shown_document(shown: Shown) -> Document:
    """One change as the contract writes it, with what was decided it in and why."""
    change = shown.change
    return {
        **change_about(change, shown.person),
        "affects": {"committed_periods": list(shown.committed)},
        "batch": f"B{change.batch}" if change.batch else None,
        "reason": change.reason,
    }


def groups_seen(world: World, sight: Sight, asked: Asked, by: GroupedBy) -> list[Group]:
    """Give the groups of the changes somebody sees, with how many of each kind. `FixFile` where a key names nobody."""
    with reading(world.database) as tx:
        return queue_groups(tx, _filter(tx, world, sight, asked), by)


def group_document(one: Group, by: GroupedBy) -> Document:
    """One group of the queue: a run (null: by hand), a kind, or a team (null: none)."""
    return {
        "by": by.value,
        "group": (f"R{one.name}" if one.name != "0" else None) if by is GroupedBy.RUN else one.name or None,
        "changes": one.kinds.total(),
        "kinds": {kind.value: number for kind, number in sorted(one.kinds.items())},
    }


def one_change(world: World, sight: Sight, wanted: int) -> tuple[Shown, Mapping[str, str]] | None:
    """Give one change, and who the people are that it names; None where there is none, or it is not theirs to see."""
    with reading(world.database) as tx:
        found = changes(tx, ChangeFilter(ids=[wanted], sight=sight, day=world.today))
        rows = _shown(tx, world, found, [""] * len(found))
        names = labels(tx, (values for row in rows for values in (row.change.before, row.change.after)))
    return (rows[0], names) if rows else None


def by_policy(world: World, sight: Sight, before: int | None, limit: int) -> list[Shown]:
    """Give what policies approved, the newest first."""
    with reading(world.database) as tx:
        wanted = ChangeFilter(states=(State.APPLIED,), sight=sight, day=world.today)
        found = decided_by(tx, wanted, POLICY.account, before, limit)
        return _shown(tx, world, found, [""] * len(found))


@dataclass(frozen=True, slots=True)
class BatchSeen:
    """A page of what was decided together; `applied`: the changes of all pages that can be taken back."""

    rows: Sequence[Shown]
    names: Mapping[str, str]
    total: int
    applied: Sequence[int]
    next: int | None


def batch_seen(world: World, sight: Sight, wanted: int, after: int = 0, limit: int = 100) -> BatchSeen | None:
    """Give what was decided in a batch, of people somebody sees; None where that is nothing."""
    whole = ChangeFilter(batch=wanted, sight=sight, day=world.today)
    with reading(world.database) as tx:
        total = len(change_ids(tx, whole))
        applied = change_ids(tx, replace(whole, states=(State.APPLIED,)))
        found = changes(tx, replace(whole, after=after, limit=limit + 1))
        rows = _shown(tx, world, found[:limit], [""] * len(found))
        names = labels(tx, (values for row in rows for values in (row.change.before, row.change.after)))
    following = found[limit - 1].id if len(found) > limit else None
    return BatchSeen(rows, names, total, applied, following) if total else None


def chosen(world: World, sight: Sight, ids: Sequence[int]) -> list[int]:
    """Give those of some changes that somebody sees; to them the others are not there."""
    with reading(world.database) as tx:
        return still_there(tx, ChangeFilter(sight=sight, day=world.today), list(ids))


def all_that_match(world: World, sight: Sight, asked: Asked) -> list[int]:
    """Give the ids of all changes that match, of those somebody sees."""
    with reading(world.database) as tx:
        return change_ids(tx, _filter(tx, world, sight, asked))


def runs_waiting(world: World, sight: Sight) -> list[int]:
    """Give the runs that pending changes somebody sees are from: what a queue is narrowed by."""
    with reading(world.database) as tx:
        wanted = ChangeFilter(states=(State.PENDING,), sight=sight, day=world.today)
        groups = queue_groups(tx, wanted, GroupedBy.RUN)
    return [int(group.name) for group in groups]


def _filter(tx: Connection, world: World, sight: Sight, asked: Asked) -> ChangeFilter:
    return ChangeFilter(
        states=asked.states,
        kind=asked.kind,
        feed=asked.feed,
        run=asked.run,
        participant=person_of(tx, asked.key, of_before=True).id if asked.key else None,
        text=asked.text,
        up_to=asked.up_to,
        sight=sight,
        day=world.today,
    )


def _shown(tx: Connection, world: World, found: Sequence[Change], groups: Sequence[str]) -> list[Shown]:
    known = people_of(tx, {change.person for change in found})
    runs: Sequence[PayRun] = pay_runs(tx)
    goes_on = going_on(tx, world, found)
    return [
        Shown(
            change, known.get(change.person), group, committed_periods(runs, change.effective, change.until),
            goes_on.get(change.id, ()),
        )
        for change, group in zip(found, groups, strict=False)
    ]  # fmt: skip


def numbers(ids: Sequence[str]) -> list[int]:
    """Read `C12`, `C13`. `FixFile` where one is no change."""
    return [number(one, "C", "change") for one in ids]
