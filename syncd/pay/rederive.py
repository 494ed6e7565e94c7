"""Calculate a few people a second time, in another way: by the plain evaluation in exact decimals, from the facts on.

What it gives for them must be what the engine found, to the cent; a commit looks at that first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from calc import inputs, ledger
from calc.ledger import Booked, Unknown, is_unknown
from calc.reference import result_of
from calc.result import Result
from calc.settling import Scope, touches
from engine.few import gather, tables_of
from engine.session import Session, open_session
from formula.evaluate import Evaluation, evaluation
from formula.meaning import Cell, as_date
from store.calculations import Calculation
from store.database import reading
from syncd.pay.pinned import Pinned, load, pin
from syncd.periods import calendar_of, pay_period_named
from syncd.world import World

#: How many people are evaluated together: what all of them need, such as the rate of each day, is made once for them.
_AT_ONCE = 100
_Earned = TypeVar("_Earned", Booked, Result)


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
    """Give what a calculation was of. `FixFile` where its calendar cuts time otherwise since."""
    calendar_of(world.workspace, found)
    calendar, period = pay_period_named(world.workspace, f"{found.calendar}:{found.period}")
    return Scope(calendar, period, found.plan, found.pay_group)


def _of(session: Session, pinned: Pinned, persons: Sequence[int]) -> Iterator[Result]:
    """Yield what some people are owed: nothing to those for whom something is missing."""
    form, scope = pinned.form, pinned.scope
    wanted = (*(one.earned for one in form.components), form.set_aside)
    tables = {**tables_of(session, form, persons, scope.period.end), **form.terms}
    found = evaluation(form.needed_for(*wanted), tables, form.inputs)
    missing, held, earned = _by_person(found, form.set_aside), _by_person(found, inputs.ROSTER), _earned(pinned, found)
    earlier: dict[int, list[Booked]] = defaultdict(list)
    for booked in pinned.settling.booked:
        if pinned.settling.is_earlier(booked):
            earlier[booked.owed.key.person].append(booked)
    for person in persons:
        unknown = [
            Unknown(person, as_date(span["earned_from"]), as_date(span["earned_until"]), bool(span["due"]))
            for _, span in _aside(pinned.spans, missing[person], held[person])
        ]
        if not any(one.is_due for one in unknown):
            yield from pinned.settling.due_now([one for one, due in earned[person] if due])
            again = _known(unknown, (one for one, due in earned[person] if not due))
            yield from pinned.settling.differences(again, _known(unknown, earlier[person]))


def _known(unknown: Sequence[Unknown], several: Iterable[_Earned]) -> list[_Earned]:
    return [one for one in several if not is_unknown(unknown, one.earned_from, one.earned_until)]


def codes_of(pinned: Pinned, found: Evaluation, person: int) -> frozenset[str]:
    """Say what is missing for somebody, in an earned period that is due; nothing where nothing is.

    What is missing on a day touches everything that counts up over it, of the plans the person has.
    """
    missing, held = _by_person(found, pinned.form.set_aside), _by_person(found, inputs.ROSTER)
    aside = _aside(pinned.spans, missing[person], held[person])
    return frozenset(str(row["code"]) for row, span in aside if span["due"])


def _aside(
    spans: Sequence[Mapping[str, Cell]], missing: Sequence[Mapping[str, Cell]], roster: Sequence[Mapping[str, Cell]]
) -> Iterator[tuple[Mapping[str, Cell], Mapping[str, Cell]]]:
    """Yield what is missing with each of the earned periods that it touches."""
    held = {row["plan"] for row in roster}
    return ((row, span) for row in missing for span in spans if touches(row, span, held))


def _by_person(found: Evaluation, stage: str) -> Mapping[Cell, Sequence[Mapping[str, Cell]]]:
    rows: dict[Cell, list[Mapping[str, Cell]]] = defaultdict(list)
    for row in found.rows[stage]:
        rows[row.values["person"]].append(row.values)
    return rows


def _earned(pinned: Pinned, found: Evaluation) -> Mapping[int, Sequence[tuple[Result, bool]]]:
    """Give what everybody earned in the earned periods that are paid, with whether it is due now."""
    due = {(one["plan"], one["component"], one["earned_from"]): bool(one["due"]) for one in pinned.spans}
    earned: dict[int, list[tuple[Result, bool]]] = defaultdict(list)
    for form in pinned.form.components:
        for row in found.rows[form.earned]:
            key = (row.values["plan"], row.values["component"], row.values["earned_from"])
            if row.values["code"] is None and key in due:
                result = result_of(form, row.values, pinned.scope.calendar)
                earned[result.key.person].append((replace(result, pay_period=pinned.scope.period.label), due[key]))
    return earned
