"""`changes`, `approve`, `reject`: what is proposed, and what is decided of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from calc.pay_run import PayRun, committed_periods
from domain.change import OPEN, Change, State
from domain.errors import FixFile
from domain.posts import in_post
from domain.rejection import Scope
from store.adjustments import AdjustmentState
from store.changes import change_ids, changes
from store.database import reading
from store.pay_runs import pay_runs
from store.people import PersonRow, people_of
from syncd import show
from syncd.changes.decide import Approval, Outcome, Rejecting
from syncd.changes.deciding import decide
from syncd.changes.rehiring import GoingOn, going_on
from syncd.changes.told import listed_document, outcome_document
from syncd.commands.acting import as_user
from syncd.commands.adjust import adjustments_named, decide_named
from syncd.names import labels, number, shown
from syncd.options import DAY, as_json, day_of, filter_of, filters, reason, why
from syncd.world import World, actor, one_of_two, open_world

_SHOWN = 200
#: What a person wants to see first of somebody new; the others follow by name.
FIRST = ("status", "title", "team", "territory", "manager", "plans", "country", "ote")
_VALUE_SHOWN = 40
_STATES = [state.value for state in State if state is not State.PROPOSING]


@click.command("changes")
@click.option("--state", type=click.Choice(_STATES), help="only in this state (default: all)")
@filters
@as_json
@click.pass_obj
def changes_command(place: tuple[Path, Any], /, state: str | None, as_json: bool, **wanted: Any) -> int:  # noqa: ANN401, FBT001 - click passes options so
    """List changes: what is proposed, and what became of it."""
    world = open_world(*place)
    states = (State(state),) if state else None
    with reading(world.database) as tx:
        found = changes(tx, filter_of(tx, world, states=states, **wanted))
        known = people_of(tx, {change.person for change in found})
        names = labels(tx, (values for change in found[:_SHOWN] for values in (change.before, change.after)))
        runs = pay_runs(tx)
        goes_on = going_on(tx, world, found if as_json else found[:_SHOWN])
    if as_json:
        show.answer(
            [listed_document(change, known.get(change.person), runs, goes_on.get(change.id, ())) for change in found]
        )
        return 0
    rows = [
        _row(change, known.get(change.person), names, runs, goes_on.get(change.id, ())) for change in found[:_SHOWN]
    ]
    show.table("Changes", ("id", "state", "kind", "who", "from", "what"), rows)
    if len(found) > _SHOWN:
        show.line(f"... and {len(found) - _SHOWN:,} more: narrow with --kind, --state, --participant, or use --json")
    return 0


@click.command("approve")
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="every pending change that matches the filters")
@filters
@click.option("--fields", help="only these attributes, with commas; the others stay pending")
@click.option("--effective", type=DAY, help="the day it counts from, in place of the one proposed")
@click.option("--into-committed", is_flag=True, help="also those that reach into a committed pay period")
@click.option("--atomic", is_flag=True, help="all of them or none")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def approve_command(
    place: tuple[Path, Any],
    /,
    ids: tuple[str, ...],
    everything: bool,  # noqa: FBT001 - click passes options so
    fields: str | None,
    effective: datetime | None,
    into_committed: bool,  # noqa: FBT001 - as above
    atomic: bool,  # noqa: FBT001 - as above
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - as above
    **wanted: Any,  # noqa: ANN401 - the filters, as click passes them
) -> int:
    """Approve changes: they become part of the dated history; adjustments (A3): part of their pay run."""
    world = open_world(*place)
    if by_hand := adjustments_named(ids):
        return decide_named(world, by_hand, AdjustmentState.APPROVED, reason, user, as_json=as_json)
    chosen = _chosen(world, ids, wanted, everything=everything)
    how = Approval(reason, _names(fields), day_of(effective), into_committed=into_committed, atomic=atomic)
    outcome = decide(world, chosen, how, one_of_two(user, world, of_changes=True))
    return _answer(outcome, "approved", _held(world, wanted) if everything else 0, as_json=as_json)


@click.command("reject")
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="every pending change that matches the filters")
@filters
@click.option("--fields", help="only these attributes, with commas; the others stay pending")
@click.option("--until", type=DAY, help="ask again after this day")
@click.option("--for-good", is_flag=True, help="never ask again")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def reject_command(
    place: tuple[Path, Any],
    /,
    ids: tuple[str, ...],
    everything: bool,  # noqa: FBT001 - click passes options so
    fields: str | None,
    until: datetime | None,
    for_good: bool,  # noqa: FBT001 - as above
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - as above
    **wanted: Any,  # noqa: ANN401 - the filters, as click passes them
) -> int:
    """Reject changes: they are not asked about again until something material changes."""
    if until and for_good:
        raise FixFile("say --until DATE or --for-good, not both")
    text = why(reason)
    world = open_world(*place)
    if by_hand := adjustments_named(ids):
        return decide_named(world, by_hand, AdjustmentState.REJECTED, text, user, as_json=as_json)
    if until and until.date() < world.today:
        raise FixFile(f"--until {until.date()} is over: name today or a later day")
    chosen = _chosen(world, ids, wanted, everything=everything)
    scope = Scope.UNTIL if until else Scope.GOOD if for_good else Scope.CHANGE
    how = Rejecting(text, scope, day_of(until), _names(fields))
    outcome = decide(world, chosen, how, actor(user))
    return _answer(outcome, "rejected", _held(world, wanted) if everything else 0, as_json=as_json)


def _chosen(world: World, ids: tuple[str, ...], wanted: dict[str, str | None], *, everything: bool) -> list[int]:
    """Give the ids that are meant: those named, or all pending ones that match."""
    if bool(ids) == everything:
        raise FixFile("name changes by id (C12 C13), or say --all with filters such as --kind add")
    if ids:
        return [number(one, "C", "change") for one in ids]
    with reading(world.database) as tx:
        return change_ids(tx, filter_of(tx, world, states=(State.PENDING,), **wanted))


def _held(world: World, wanted: dict[str, str | None]) -> int:
    """Count the held changes that match: they are passed over."""
    with reading(world.database) as tx:
        return len(change_ids(tx, filter_of(tx, world, states=(State.HELD,), **wanted)))


def _answer(outcome: Outcome, done: str, held: int, *, as_json: bool) -> int:
    if as_json:
        show.answer(outcome_document(outcome))
    else:
        show.line(f"{len(outcome.decided):,} {done}{outcome.batches}")
        if held:
            show.line(f"{held:,} held ones were passed over: see `syncd hold list`")
        rows = [(f"C{one.change}", one.reason, _moved_text(one.moved)) for one in outcome.refused]
        if rows:
            show.table("Refused", ("id", "why", "what moved"), rows)
    return 5 if outcome.refused else 0


def _moved_text(moved: dict[str, Any]) -> str:
    return "; ".join(f"{name}: was {then or 'nothing'}, is {now or 'nothing'}" for name, (then, now) in moved.items())


def _names(fields: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in fields.split(",") if name.strip()) if fields else ()


def _committed(change: Change, runs: Sequence[PayRun]) -> tuple[str, ...]:
    """Name the committed pay periods that a change reaches into: what it moves there is adjusted later."""
    return committed_periods(runs, change.effective, change.until)


def _row(
    change: Change,
    person: PersonRow | None,
    names: Mapping[str, str],
    runs: Sequence[PayRun],
    goes_on: Sequence[GoingOn],
) -> tuple[str, ...]:
    closed = _committed(change, runs) if change.state in OPEN else ()
    into = f"; reaches into committed {closed[0]}{' and later' if len(closed) > 1 else ''}" if closed else ""
    who = " ".join(part for part in (person.employee_id, person.name) if part) if person else ""
    return (
        f"C{change.id}",
        change.state.value,
        change.kind.value,
        in_post(who or (change.source_key or f"P{change.person}"), change.engagement),
        change.effective.isoformat(),
        summary(change, names) + into + _going_on(goes_on, names),
    )


def _going_on(goes_on: Sequence[GoingOn], names: Mapping[str, str]) -> str:
    """Say what of before holds on after a rehire."""
    parts = [
        f"{one.attribute} {_cut(shown(one.value, names))}" + (f" (O{one.override})" if one.override else "")
        for one in goes_on
    ]
    return f"; goes on as before: {', '.join(parts)}" if parts else ""


def summary(change: Change, names: Mapping[str, str]) -> str:
    """Say what a change changes in a line."""
    parts = []
    in_order = sorted(
        change.differences, key=lambda item: FIRST.index(item.attribute) if item.attribute in FIRST else 99
    )
    for item in in_order[:6]:
        before, after = (_cut(shown(value, names)) for value in (item.before, item.after))
        parts.append(f"{item.attribute} {after}" if item.before is None else f"{item.attribute} {before} → {after}")
    more = len(change.differences) - len(parts)
    ending = f" ({change.ending.value.replace('_', ' ')})" if change.ending and change.ending != "source" else ""
    earlier = (
        f"; rejected {change.earlier.rejected_on} by {change.earlier.by}: {change.earlier.reason}"
        if change.earlier
        else ""
    )
    return ", ".join(parts) + (f", and {more} more" if more else "") + ending + earlier


def _cut(text: str) -> str:
    return text if len(text) <= _VALUE_SHOWN else text[: _VALUE_SHOWN - 1] + "…"
