"""Calculate a few people a second time, in another way: by the plain evaluation in exact decimals, from the facts on.

What it gives for them must be what the engine found, to the cent; a commit looks at that first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from calc import inputs, ledger
from calc.ledger import Booked
from calc.reference import result_of
from calc.result import Result
from engine.few import gather, tables_of
from engine.session import Session, open_session
from formula.evaluate import Evaluation, evaluation
from formula.meaning import Cell
from store.calculations import Calculation
from store.database import reading
from syncd.pay.pinned import Pinned, Scope, load, pin
from syncd.pay.retro import is_earlier, is_paid
from syncd.periods import pay_period_named
from syncd.world import World

#: How many people are evaluated together: what all of them need, such as the rate of each day, is made once for them.
_AT_ONCE = 100


def rederived(world: World, found: Calculation, persons: Collection[int]) -> tuple[Result, ...]:
    """Give what some people are owed by a calculation, all but what was adjusted by hand; without causes."""
    chosen = sorted(persons)
    results: list[Result] = []
    with loaded(world, found) as (session, pinned):
        gather(session, chosen, pinned.start, pinned.scope.period.end, pinned.dated_by)
        for first in range(0, len(chosen), _AT_ONCE):
            results += _of(session, pinned, chosen[first : first + _AT_ONCE])
    return tuple(sorted(results, key=ledger.order))


@contextmanager
def loaded(world: World, found: Calculation) -> Iterator[tuple[Session, Pinned]]:
    """Give an engine with everything that a calculation read, as known at its revision."""
    with reading(world.database) as tx:
        pinned = pin(tx, world, scope_of(world, found), found.revision)
    scratch = Path(tempfile.mkdtemp(prefix="again-", dir=world.workspace.var / "tmp"))
    try:
        with open_session(world.workspace.var, keeps_order=False) as session:
            load(world, session, scratch, pinned)
            yield session, pinned
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def scope_of(world: World, found: Calculation) -> Scope:
    """Give what a calculation was of."""
    calendar, period = pay_period_named(world.workspace, f"{found.calendar}:{found.period}")
    return Scope(calendar, period, found.plan, found.pay_group)


def _of(session: Session, pinned: Pinned, persons: Sequence[int]) -> Iterator[Result]:
    """Yield what some people are owed: nothing to those for whom something is missing."""
    form, scope = pinned.form, pinned.scope
    wanted = (*(one.earned for one in form.components), form.set_aside)
    tables = {**tables_of(session, form, persons, scope.period.end), **form.terms}
    found = evaluation(form.needed_for(*wanted), tables, form.inputs)
    spans = list(pinned.spans())
    missing, held, earned = _by_person(found, form.set_aside), _by_person(found, inputs.ROSTER), _earned(pinned, found)
    earlier: dict[int, list[Booked]] = defaultdict(list)
    for booked in pinned.booked:
        if is_earlier(pinned, booked):
            earlier[booked.owed.key.person].append(booked)
    for person in persons:
        if not _codes(spans, missing[person], held[person]):
            own = earned[person]
            yield from (one for one, due in own if due and scope.pay_group in (None, one.pay_group))
            committed = [one for one, due in own if not due and is_paid(pinned, one)]
            yield from ledger.adjustments(
                committed, earlier[person], scope.period.label, pay_group=scope.pay_group
            )  # fmt: skip


def codes_of(pinned: Pinned, found: Evaluation, person: int) -> frozenset[str]:
    """Say what is missing for somebody, in an earned period that is paid or was committed; nothing where nothing is.

    What is missing on a day touches everything that counts up over it, of the plans the person has.
    """
    missing, held = _by_person(found, pinned.form.set_aside), _by_person(found, inputs.ROSTER)
    return _codes(list(pinned.spans()), missing[person], held[person])


def _codes(
    spans: Sequence[Mapping[str, Cell]], missing: Sequence[Mapping[str, Cell]], roster: Sequence[Mapping[str, Cell]]
) -> frozenset[str]:
    held = {row["plan"] for row in roster}
    return frozenset(str(row["code"]) for row in missing if any(_touches(row, span, held) for span in spans))


def _by_person(found: Evaluation, stage: str) -> Mapping[Cell, Sequence[Mapping[str, Cell]]]:
    rows: dict[Cell, list[Mapping[str, Cell]]] = defaultdict(list)
    for row in found.rows[stage]:
        rows[row.values["person"]].append(row.values)
    return rows


def _touches(missing: Mapping[str, Cell], span: Mapping[str, Cell], held: Collection[Cell]) -> bool:
    if missing["plan"] is not None:
        return (missing["plan"], missing["component"], missing["start"]) == (
            *(span["plan"], span["component"], span["earned_from"]),
        )
    counted_from, day, until = (as_date(one) for one in (span["counted_from"], missing["start"], span["earned_until"]))
    return span["plan"] in held and counted_from <= day < until


def _earned(pinned: Pinned, found: Evaluation) -> Mapping[int, Sequence[tuple[Result, bool]]]:
    """Give what everybody earned in the earned periods that are paid, with whether it is due now."""
    due = {(one["plan"], one["component"], one["earned_from"]): bool(one["due"]) for one in pinned.spans()}
    earned: dict[int, list[tuple[Result, bool]]] = defaultdict(list)
    for form in pinned.form.components:
        for row in found.rows[form.earned]:
            key = (row.values["plan"], row.values["component"], row.values["earned_from"])
            if row.values["code"] is None and key in due:
                result = result_of(form, row.values, pinned.scope.calendar)
                earned[result.key.person].append((replace(result, pay_period=pinned.scope.period.label), due[key]))
    return earned


def as_date(cell: Cell) -> date:
    """Take a cell that is a day."""
    if not isinstance(cell, date):
        raise TypeError(f"a day, not {cell!r}")
    return cell
