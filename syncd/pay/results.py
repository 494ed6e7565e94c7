"""What a pay period comes to now: of each pay run what was submitted, else what was calculated last."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from calc.pay_run import EVERYBODY, PayRun, PayState
from calc.period import Period
from calc.result import Result, ResultKind, ResultState
from domain.errors import FixFile
from domain.value import Value
from engine.found import EARNINGS
from engine.results import RESULTS, each_result
from engine.session import Session
from engine.shown_lines import Of, lines_due
from formula.meaning import Cell
from store.calculations import Calculation, calculation_of, calculations
from store.history import history_of
from store.pay_runs import pay_runs
from syncd.pay.stored_lines import line_files
from syncd.world import World


@dataclass(frozen=True, slots=True)
class Standing:
    """A calculation that counts for a pay period, as far as none before it does; `state` of its pay run, if any."""

    calculation: Calculation
    state: PayState | None = None

    @property
    def is_committed(self) -> bool:
        """Whether it is in the ledger."""
        return self.state is PayState.COMMITTED

    @property
    def told(self) -> str:
        """Say how far it has come."""
        return self.state.value if self.state is not None else "calculated"

    @property
    def covers_all(self) -> bool:
        """Whether it leaves nothing to the ones after it."""
        return self.calculation.plan is None and self.calculation.pay_group is None

    def covers(self, plan: str, pay_group: str | None) -> bool:
        """Tell whether the calculation says what a plan comes to for the people of a pay group."""
        found = self.calculation
        return found.plan in (None, plan) and found.pay_group in (None, pay_group)


@dataclass(frozen=True, slots=True)
class StandingResult:
    """A result, with the run it is of and where it stands."""

    result: Result
    run: int
    state: ResultState
    lines: tuple[Mapping[str, Cell], ...] | None = None  #: what each credit added, where that was asked for


def standings(tx: Connection, calendar: str, period: str) -> tuple[Standing, ...]:
    """Give the calculations that count for a pay period, the one that counts most first.

    First what pay runs were submitted with, then the others, the newest first. `FixFile` where there is none.
    """
    closing = [run for run in pay_runs(tx, calendar) if run.period == period and run.calculation is not None]
    found = [Standing(one, run.state) for run in closing if (one := _submitted(tx, run)) is not None]
    known = {one.calculation.run for one in found}
    found += [Standing(one) for one in reversed(calculations(tx, calendar, period)) if one.run not in known]
    if not found:
        raise FixFile(f"{period} is not calculated yet: `calculate {period}` does that")
    return tuple(found)


def results_now(
    world: World,
    session: Session,
    standing: Collection[Standing],
    persons: Collection[int] | None = None,
    *,
    due: Period | None = None,
) -> Iterator[StandingResult]:
    """Yield the results of a pay period (of some people), each from the calculation that counts for it.

    With the pay period (`due`) also what each credit added to what was earned.
    """
    before: list[Standing] = []
    for one in standing:
        lines = _lines(world, session, one.calculation, due, persons) if due is not None else None
        for batch in each_result(session, world.workspace.var / one.calculation.path(RESULTS), persons):
            for result in batch:
                if not any(other.covers(result.key.plan, result.pay_group) for other in before):
                    told = None if lines is None else tuple(lines.get(_of(result), ()))
                    yield StandingResult(result, one.calculation.run, state_of_result(one, result), told)
        before.append(one)
        if one.covers_all:
            return


def counting(
    tx: Connection, standing: Sequence[Standing], runs: Collection[int], person: int, period: Period
) -> Standing | None:
    """Give the calculation by which somebody's pay of a pay period stands; None where none is about them.

    It is the first that pays them anything (of the `runs`); for who gets nothing, the first that covers all plans of a
    pay group that they were in as it knew them: where they are now, it did not look.
    """
    paying = next((one for one in standing if one.calculation.run in runs), None)
    covers = (
        one
        for one in standing
        if one.calculation.plan is None
        and (one.covers_all or one.calculation.pay_group in _pay_groups(tx, person, period, one.calculation.revision))
    )
    return paying or next(covers, None)


def _pay_groups(tx: Connection, person: int, period: Period, revision: int) -> set[Value]:
    """Give the pay groups that somebody was in on days of a pay period, as known at a revision."""
    known = (one.version for one in history_of(tx, person, revision))
    return {one.attributes.get("pay_group") for one in known if one.start < period.end and one.end > period.start}


def _lines(
    world: World, session: Session, found: Calculation, due: Period, persons: Collection[int] | None
) -> Mapping[Of, Sequence[Mapping[str, Cell]]]:
    var = world.workspace.var
    return lines_due(session, line_files(world, found), var / found.path(EARNINGS), (due.start, due.end), persons)


def _of(result: Result) -> Of:
    """Give what lines of an earning are found by; an adjustment finds none."""
    key = result.key
    first = result.earned_from if result.kind is ResultKind.EARNED else None
    return key.person, key.engagement, key.plan, key.component, first


def _submitted(tx: Connection, run: PayRun) -> Calculation | None:
    if run.state in (PayState.OPEN, PayState.RETURNED) or run.calculation is None:
        return None
    return calculation_of(tx, run.calculation)


def state_of_result(one: Standing, result: Result) -> ResultState:
    """Say where an amount stands."""
    return ResultState.COMMITTED if one.is_committed else result.state


def closing_of(tx: Connection, found: Calculation) -> PayRun | None:
    """Give the pay run that a calculation of the same was submitted for; None where none is."""
    mine = (found.pay_group or EVERYBODY, EVERYBODY)
    runs = [run for run in pay_runs(tx, found.calendar) if run.period == found.period and run.pay_group in mine]
    return next((run for run in reversed(runs) if run.state not in (PayState.OPEN, PayState.RETURNED)), None)
