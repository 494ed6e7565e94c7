"""Decide: approved changes become steps and versions, rejected ones are remembered.

The revision is taken first, so that nothing moves between the check and the write. Then each change must still be
pending and must still fit what it was proposed on. Twice has one effect: the second call reports the first result.
Many are decided `AT_ONCE` at a time, each in its own transaction with its refusals, unless atomic is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection

from calc.pay_run import PayRun, committed_periods
from domain.attributes import has_pay_effect
from domain.change import Change, State
from domain.errors import Held, Refused
from domain.merging import people_in
from domain.policy import needs_another, of_their_own
from domain.rejection import Scope, remember
from domain.value import Value
from store.audit import Act, record
from store.changes import ChangeFilter, authors_of, changes, fingerprints_of, mark, reject_changes
from store.database import reading, writing
from store.decisions import Batch, Decision, Verdict, batch_digest, decision_digest, insert_batch, insert_decisions
from store.head import allocate, take_revision
from store.pay_runs import pay_runs
from store.people import people_of
from store.rejections import insert_rejections
from syncd.access.noting import note_refused
from syncd.access.own import own_name, own_names
from syncd.changes.applying import Applying, not_by_fields, split
from syncd.configured import must_count
from syncd.show import QUIET, Progress
from syncd.world import Actor, World

#: How many changes one transaction decides.
AT_ONCE = 2_500


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change that was not decided, why, and what has moved under it: attribute -> (then, now)."""

    change: int
    reason: str
    moved: dict[str, tuple[Value, Value]] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What became of the changes that were to be decided.

    made     the batch that was made for them
    earlier  those in which some of them had been decided before
    """

    made: Batch | None = None
    earlier: set[int] = field(default_factory=set)
    decided: list[tuple[int, State]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    @property
    def batch(self) -> int | None:
        """Its number."""
        return self.made.id if self.made else None

    @property
    def batches(self) -> str:
        """Name every batch that holds what is decided now, as ` (B2, B3)`; nothing where there is none."""
        numbers = sorted({*self.earlier, *((self.batch,) if self.batch else ())})
        return f" ({', '.join(f'B{number}' for number in numbers)})" if numbers else ""

    @property
    def told(self) -> int | None:
        """The batch to name: a second call names that of the first."""
        return self.batch if self.batch or len(self.earlier) != 1 else next(iter(self.earlier))

    def refused_since(self, known: int) -> list[tuple[str, str]]:
        """Give what was refused after so many: of which change, and why."""
        return [(f"C{one.change}", one.reason) for one in self.refused[known:]]


@dataclass(frozen=True, slots=True)
class Approval:
    """How changes are approved: only some fields, on another day, also into what is committed, all or none."""

    reason: str | None = None
    fields: tuple[str, ...] = ()
    effective: date | None = None
    into_committed: bool = False
    atomic: bool = False


@dataclass(frozen=True, slots=True)
class Rejecting:
    """How changes are rejected: why, for how long, only some fields."""

    reason: str
    scope: Scope = Scope.CHANGE
    until: date | None = None
    fields: tuple[str, ...] = ()


def approve(
    world: World, ids: Sequence[int], how: Approval, actor: Actor, progress: Progress = QUIET, *, noting: bool = True
) -> Outcome:
    """Approve changes by id. `Held` where one is; `Refused` where all or none was asked, or the files do not count."""
    outcome = Outcome()
    for chunk in _chunks(world, ids, progress, atomic=how.atomic):
        with writing(world.database) as tx:
            revision, known = take_revision(tx, world.now(), "approve"), len(outcome.refused)
            must_count(tx, world, revision)
            found, settled = _decidable(tx, chunk, State.APPLIED, outcome)
            applying = Applying(tx, found, revision, how.fields, how.effective)
            told = _needs_another(tx, world, found, actor)
            refused, fitting = _sorted_out(applying, found, told, () if how.into_committed else pay_runs(tx))
            outcome.refused += refused
            if how.atomic and outcome.refused:
                raise Refused(f"nothing was approved: {_listed(outcome.refused)}")
            mark(tx, [one.change for one in refused if one.moved], State.STALE, expected=(State.PENDING,))
            if fitting:
                batch = _open_batch(tx, world, outcome, "approve", how.reason, actor)
                decisions = _decisions(tx, world, outcome, fitting, Verdict.APPROVED, how.reason, actor, revision)
                applying.apply(fitting, decisions, actor.name)
                mark(
                    tx, [one.id for one in fitting], State.APPLIED, expected=(State.PENDING,), reason=how.reason,
                    batch=outcome.batch, revision=revision, effective=how.effective,
                )  # fmt: skip
                covered = batch_digest(
                    batch, steps=applying.written, ended=applying.ended, linking=applying.linking.digest
                )
                _record(tx, world, revision, fitting, batch, covered, actor)
            if noting:
                note_refused(tx, world, revision, "approve", outcome.refused_since(known), actor)
        outcome.decided += [*settled, *((one.id, State.APPLIED) for one in fitting)]
    return outcome


def reject(world: World, ids: Sequence[int], how: Rejecting, actor: Actor, progress: Progress = QUIET) -> Outcome:
    """Reject changes by id, and remember it."""
    outcome = Outcome()
    for chunk in _chunks(world, ids, progress, atomic=False):
        with writing(world.database) as tx:
            revision, known = take_revision(tx, world.now(), "reject"), len(outcome.refused)
            found, settled = _decidable(tx, chunk, State.REJECTED, outcome)
            chosen = reject_now(tx, world, found, how, actor, revision, outcome)
            note_refused(tx, world, revision, "reject", outcome.refused_since(known), actor)
        outcome.decided += [*settled, *((one.id, State.REJECTED) for one in chosen)]
    return outcome


def reject_now(
    tx: Connection,
    world: World,
    found: Sequence[Change],
    how: Rejecting,
    actor: Actor,
    revision: int,
    outcome: Outcome,
) -> list[Change]:
    """Reject pending changes in a transaction that has its revision; give those that were, note the others."""
    own = own_names(tx, actor)
    told = {change.id: not_by_fields(change, how.fields) or _own(change, own) for change in found}
    outcome.refused += [Refusal(number, reason) for number, reason in told.items() if reason]
    chosen = [split(tx, change, how.fields) for change in found if not told[change.id]]
    if chosen:
        batch = _open_batch(tx, world, outcome, "reject", how.reason, actor)
        _decisions(tx, world, outcome, chosen, Verdict.REJECTED, how.reason, actor, revision)
        written = _remember(tx, world, chosen, how, actor, revision, outcome.batch)
        _record(tx, world, revision, chosen, batch, batch_digest(batch, rejections=written), actor)
    return chosen


def try_out(tx: Connection, world: World, ids: Sequence[int], actor: Actor) -> None:
    """Apply pending changes in a transaction of which nothing stays. `Refused` where one would not be approved."""
    outcome = Outcome()
    revision = take_revision(tx, world.now(), "approve")
    found, settled = _decidable(tx, sorted(set(ids)), State.APPLIED, outcome)
    outcome.refused += [Refusal(number, "it is approved already") for number, _ in settled]
    applying = Applying(tx, found, revision, (), None)
    refused, fitting = _sorted_out(applying, found, {}, ())
    if wrong := [*outcome.refused, *refused]:
        raise Refused(f"this would not be approved: {_listed(wrong)}")
    _open_batch(tx, world, outcome, "approve", None, actor)
    decisions = _decisions(tx, world, outcome, fitting, Verdict.APPROVED, None, actor, revision)
    applying.apply(fitting, decisions, actor.name)


def _sorted_out(
    applying: Applying, found: Sequence[Change], told: Mapping[int, str], runs: Sequence[PayRun]
) -> tuple[list[Refusal], list[Change]]:
    """Tell the changes that still fit, cut to the chosen fields and put on the chosen day, from those that do not.

    One that reaches into a committed pay period of `runs` does not, nor one of which is `told` why not.
    """
    refused, fitting = [], []
    for change in found:
        if change.id in told:
            refused.append(Refusal(change.id, told[change.id]))
        elif reason := applying.unfit(change):
            refused.append(Refusal(change.id, *reason))
        elif closed := committed_periods(runs, applying.day_of(change), change.until):
            then = f" to {closed[-1]}" if len(closed) > 1 else ""
            why = f"it reaches into {closed[0]}{then}, committed: with --into-committed the next pay run adjusts that"
            refused.append(Refusal(change.id, why))
        else:
            fitting.append(applying.chosen(change))
    return refused, fitting


def _needs_another(tx: Connection, world: World, found: Sequence[Change], actor: Actor) -> dict[int, str]:
    """Give the changes that somebody may not approve alone, each with why.

    Of who is known as a person their own; where four eyes are on, or people log in, also what they proposed.
    """
    own = own_names(tx, actor)
    takes_two = world.workspace.four_eyes or actor.is_logged_in
    if not takes_two and not own:
        return {}
    authors = authors_of(tx, [one.id for one in found]) if takes_two else {}
    people = people_of(tx, {person for one in found for person in people_in(one)}) if takes_two else {}
    emails = {one.id: [people[person].email for person in people_in(one) if person in people] for one in found}
    told = {
        one.id: needs_another(actor.name, authors.get(one.id), emails[one.id], own=own_name(own, people_in(one)))
        for one in found
    }
    return {number: why for number, why in told.items() if why}


def _own(change: Change, own: Mapping[int, str]) -> str | None:
    """Say why somebody who is known as a person may not reject a change of their own pay; None where they may."""
    by = own_name(own, people_in(change))
    is_paid = any(has_pay_effect(item.attribute) for item in change.differences)
    return of_their_own(by, "decide it") if by is not None and is_paid else None


def _chunks(world: World, ids: Sequence[int], progress: Progress, *, atomic: bool) -> Iterator[Sequence[int]]:
    """Cut into what a transaction decides, each change once, in the order in which they were proposed.

    `Held`, before anything is written, where one is held.
    """
    ids = sorted(set(ids))
    with reading(world.database) as tx:
        held = changes(tx, ChangeFilter(ids=ids, states=(State.HELD,)))
    if held:
        runs = ", ".join(sorted({f"R{change.run}" for change in held}))
        raise Held(f"C{held[0].id} is held with {runs}: look at it, then `hold release {runs} --reason ...`")
    size = len(ids) if atomic else AT_ONCE
    for start in range(0, len(ids), size or 1):
        yield ids[start : start + size]
        progress.count("decided", min(start + size, len(ids)), len(ids))


def _decidable(
    tx: Connection, ids: Sequence[int], verdict: State, outcome: Outcome
) -> tuple[list[Change], list[tuple[int, State]]]:
    """Give the changes that wait for a decision, and those that have exactly this one; note the others as refused."""
    found = {change.id: change for change in changes(tx, ChangeFilter(ids=ids))}
    settled = [(number, verdict) for number in ids if number in found and found[number].state is verdict]
    outcome.earlier |= {batch for number, _ in settled if (batch := found[number].batch)}
    for number in ids:
        if number not in found:
            outcome.refused.append(Refusal(number, "there is no such change"))
        elif found[number].state not in (State.PENDING, verdict):
            state = found[number].state.value
            outcome.refused.append(Refusal(number, f"it is {state} and no longer waits for a decision"))
    waiting = [found[number] for number in ids if number in found and found[number].state is State.PENDING]
    return waiting, settled


def _open_batch(tx: Connection, world: World, outcome: Outcome, act: str, reason: str | None, actor: Actor) -> Batch:
    """Make the batch with its first decisions; several transactions share it."""
    if outcome.made is None:
        outcome.made = Batch(allocate(tx, "batch"), act, actor.account, world.now(), actor.for_user, reason)
        insert_batch(tx, outcome.made)
    return outcome.made


def _decisions(
    tx: Connection,
    world: World,
    outcome: Outcome,
    decided: Sequence[Change],
    verdict: Verdict,
    reason: str | None,
    actor: Actor,
    revision: int,
) -> dict[int, int]:
    """Write a decision for each change; give them by change."""
    first, now = allocate(tx, "decision", len(decided)), world.now()
    rows = [
        Decision(
            first + nth, outcome.batch or 0, change.id, verdict,
            tuple(sorted([item.attribute for item in change.differences])), change.effective,
            actor.account, now, revision, actor.for_user, reason,
        )
        for nth, change in enumerate(decided)
    ]  # fmt: skip
    insert_decisions(tx, rows)
    return {row.change: row.id for row in rows}


def _remember(
    tx: Connection,
    world: World,
    rejected: Sequence[Change],
    how: Rejecting,
    actor: Actor,
    revision: int,
    batch: int | None,
) -> str:
    """Remember what was refused; give the digest of what was written."""
    first = allocate(tx, "rejection", len(rejected))
    rejections = [
        replace(remember(change, how.scope, how.until, actor.name, how.reason, world.today), id=first + nth)
        for nth, change in enumerate(rejected)
    ]
    written = insert_rejections(tx, rejections, revision)
    reject_changes(tx, {one.change: one.id for one in rejections}, how.reason, batch, revision)
    return written


def _record(
    tx: Connection,
    world: World,
    revision: int,
    decided: Sequence[Change],
    batch: Batch,
    covered: str,
    actor: Actor,
) -> None:
    known = fingerprints_of(tx, [change.id for change in decided])
    acts = [
        Act(batch.act, f"B{batch.id}", covered, batch.reason),
        *(
            Act(batch.act, f"C{change.id}", decision_digest(known[change.id], change.effective), batch.reason)
            for change in decided
        ),
    ]
    record(
        tx, revision, acts, at=world.now(), by=actor.account, for_user=actor.for_user,
        configuration=world.configuration_hash,
    )  # fmt: skip


def _listed(refused: Sequence[Refusal]) -> str:
    return "; ".join(f"C{one.change}: {one.reason}" for one in refused[:5])
