"""What the close looks at of a calculation: its files, its results, and whether they are still what would be found."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal

from calc.result import Result, ResultKind
from engine.found import ASIDE, EARNINGS
from engine.result_sums import Missing, result_people, result_totals
from engine.result_sums import missing as missing_in
from engine.results import RESULTS, each_result
from engine.session import open_session
from store.calculations import Calculation
from syncd.pay import rederive, statement
from syncd.world import World


def results(world: World, found: Calculation, persons: Collection[int] | None = None) -> Iterator[Sequence[Result]]:
    """Give the results of a calculation (of some people) in batches, by participant."""
    with open_session(world.workspace.var, keeps_order=False) as session:
        yield from each_result(session, world.workspace.var / found.path(RESULTS), persons)


def derived(world: World, found: Calculation, persons: Collection[int]) -> list[Result]:
    """Give what was found for some people by calculating: all but what was adjusted by hand."""
    every = (one for batch in results(world, found, persons) for one in batch)
    return [one for one in every if one.kind is not ResultKind.MANUAL]


def changed_files(world: World, found: Calculation) -> list[str]:
    """Name the files of a calculation that are gone, or are not what was written."""
    changed = []
    for file in found.files:
        path = world.workspace.var / file.path
        if not path.is_file():
            changed.append(f"{file.path} is gone")
            continue
        with path.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
                changed.append(f"{file.path} was changed")
    return changed


def totals(world: World, found: Calculation) -> dict[tuple[str | None, str], Decimal]:
    """Add up what a calculation pays, by legal entity and currency."""
    with open_session(world.workspace.var, keeps_order=False) as session:
        return result_totals(session, world.workspace.var / found.path(RESULTS))


def people(world: World, found: Calculation) -> tuple[set[int], set[int]]:
    """Give everybody with a result, and those of them with an adjustment."""
    with open_session(world.workspace.var, keeps_order=False) as session:
        return result_people(session, world.workspace.var / found.path(RESULTS))


def missing(world: World, found: Calculation) -> list[Missing]:
    """Say for whom something is missing."""
    period = rederive.scope_of(world, found).period
    aside, earned = (world.workspace.var / found.path(name) for name in (ASIDE, EARNINGS))
    with open_session(world.workspace.var, keeps_order=False) as session:
        return missing_in(session, aside, earned, (period.start, period.end), found.pay_group)


def rederived(world: World, found: Calculation, persons: Collection[int]) -> list[Result]:
    """Give the same as `derived` by calculating once more, in another way: plainly, in exact decimals."""
    return list(rederive.rederived(world, found, persons))


def statement_totals(world: World, found: Calculation) -> dict[tuple[str | None, str], Decimal]:
    """Add up what statements pay, by legal entity and currency."""
    return statement.statement_totals(world, found)
