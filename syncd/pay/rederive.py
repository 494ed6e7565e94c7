"""Calculate a few people a second time, in another way: by the plain evaluation in exact decimals, from the facts on.

What it gives for them must be what the engine found, to the cent; a commit looks at that first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from calc import inputs, ledger
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


def rederived(world: World, found: Calculation, persons: Collection[int]) -> tuple[Result, ...]:
    """Give what some people are owed by a calculation, all but what was adjusted by hand; without causes."""
    with loaded(world, found) as (session, pinned):
        gather(session, persons, pinned.start, pinned.scope.period.end, pinned.dated_by)
        results = [one for person in sorted(persons) for one in _of(session, pinned, person)]
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


def _of(session: Session, pinned: Pinned, person: int) -> Iterator[Result]:
    """Yield what one person is owed: nothing where something is missing."""
    form = pinned.form
    tables = tables_of(session, form, person, pinned.scope.period.end)
    wanted = (*(one.earned for one in form.components), form.set_aside)
    found = evaluation(form.needed_for(*wanted), {**tables, **form.terms}, form.inputs)
    if codes_of(pinned, found, person):
        return
    earned = list(_earned(pinned, found, person))
    yield from (one for one, due in earned if due and pinned.scope.pay_group in (None, one.pay_group))
    committed = [one for one, due in earned if not due and is_paid(pinned, one)]
    booked = [one for one in pinned.booked if one.owed.key.person == person and is_earlier(pinned, one)]
    yield from ledger.adjustments(committed, booked, pinned.scope.period.label, pay_group=pinned.scope.pay_group)


def codes_of(pinned: Pinned, found: Evaluation, person: int) -> frozenset[str]:
    """Say what is missing for somebody, in an earned period that is paid or was committed; nothing where nothing is.

    What is missing on a day touches everything that counts up over it, of the plans the person has.
    """
    held = {row.values["plan"] for row in found.rows[inputs.ROSTER] if row.values["person"] == person}
    spans = list(pinned.spans())
    return frozenset(
        str(row.values["code"])
        for row in found.rows[pinned.form.set_aside]
        if row.values["person"] == person and any(_touches(row.values, span, held) for span in spans)
    )


def _touches(missing: Mapping[str, Cell], span: Mapping[str, Cell], held: Collection[Cell]) -> bool:
    if missing["plan"] is not None:
        return (missing["plan"], missing["component"], missing["start"]) == (
            *(span["plan"], span["component"], span["earned_from"]),
        )
    counted_from, day, until = (as_date(one) for one in (span["counted_from"], missing["start"], span["earned_until"]))
    return span["plan"] in held and counted_from <= day < until


def _earned(pinned: Pinned, found: Evaluation, person: int) -> Iterator[tuple[Result, bool]]:
    """Yield what somebody earned in the earned periods that are paid, with whether it is due now."""
    due = {(one["plan"], one["component"], one["earned_from"]): bool(one["due"]) for one in pinned.spans()}
    for form in pinned.form.components:
        for row in found.rows[form.earned]:
            key = (row.values["plan"], row.values["component"], row.values["earned_from"])
            if row.values["person"] == person and row.values["code"] is None and key in due:
                result = result_of(form, row.values, pinned.scope.calendar)
                yield replace(result, pay_period=pinned.scope.period.label), due[key]


def as_date(cell: Cell) -> date:
    """Take a cell that is a day."""
    if not isinstance(cell, date):
        raise TypeError(f"a day, not {cell!r}")
    return cell
