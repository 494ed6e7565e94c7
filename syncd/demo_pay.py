"""The pay of the bundled example: three months closed by two people, and one line that is corrected later.

In: a workspace whose people are on the roster. Plays pay.yaml, command by command as one would type them, and compares
what is then owed with expected_pay.yaml, which was told from the files without syncd.
"""

from __future__ import annotations

import io
import shlex
import shutil
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from calc.result import Result, ResultKind
from calc.settling import Scope
from engine.session import open_session
from store.database import reading
from store.people import PersonRow, people_of
from store.runs import runs
from syncd import show
from syncd.cli import main as run_command
from syncd.configuration.workspace import read_plain
from syncd.pay.calculate import calculate
from syncd.pay.results import results_now, standings
from syncd.periods import pay_period_named
from syncd.world import World, open_world

#: Commands of whose answer the first line is enough here.
_BRIEF = frozenset(("submit", "approve-results", "commit"))
_COMPONENTS = ("commission", "margin_share", "quarter_bonus")
_EARNED = (ResultKind.EARNED,)
_ADJUSTED = (ResultKind.RETRO, ResultKind.MANUAL)
#: The pay period after the last one of the story.
_AFTERWARDS = "2020-05"

Told = dict[tuple[str, str, str], tuple[str, str, str]]
"""(employee id, component, earned period) -> what it is in dollars, what is paid, the currency."""


def play_pay(folder: Path, example: Path) -> list[str]:
    """Play every chapter; give what is not as declared."""
    story, expected = read_plain(example / "pay.yaml"), read_plain(example / "expected_pay.yaml")
    surprises = [surprise for chapter in story for surprise in _chapter(folder, chapter)]
    return [*surprises, *compared_pay(open_world(folder, _last_day(story)), expected)]


def compared_pay(world: World, expected: dict[str, Any]) -> Iterator[str]:
    """Yield everything that is paid, or was loaded, otherwise than declared."""
    months, correction = expected["months"], expected["correction"]
    for month in (*months, correction):
        yield from _compared(world, month["period"], _EARNED, month["results"])
        yield from _compared(world, month["period"], _ADJUSTED, month.get("retro", []))
    yield from _miscounted(world, expected)


def pay_again(folder: Path, example: Path) -> list[str]:
    """Let every file of facts arrive again and calculate what comes next: nothing is loaded or adjusted twice."""
    last = _last_day(read_plain(example / "pay.yaml"))
    _command(folder, last, "run sales quotas fx")
    world = open_world(folder, last)
    calendar, period = pay_period_named(world.workspace, _AFTERWARDS)
    done = calculate(world, Scope(calendar, period), show.Progress(quiet=True), dry=True)
    adjusted = [one for one in done.results or () if one.kind in _ADJUSTED]
    show.line("")
    show.line(f"Calculating {_AFTERWARDS} as a trial: {len(done.results or ())} results, {len(adjusted)} adjustments.")
    with reading(world.database) as tx:
        loaded = [f"{feed}: loaded again" for feed in ("sales", "fx") if runs(tx, feed)[-1].counters["loaded"]]
        asked = ["quotas: proposed again"] if runs(tx, "quotas")[-1].counters["proposed"] else []
    return [*loaded, *asked, *(["adjusted again"] if adjusted else [])]


def _chapter(folder: Path, chapter: dict[str, Any]) -> Iterator[str]:
    """Let files arrive, do the commands, show what they came to; yield what failed."""
    today = date.fromisoformat(chapter["today"])
    show.line("")
    show.line(f"=== {today}: {chapter['title']}")
    for name in chapter.get("brings", ()):
        shutil.copyfile(folder / "deliveries" / str(today) / name, folder / "inbox" / name)
    for text in chapter["commands"]:
        if code := _command(folder, today, text):
            yield f"{text}: exit code {code}"
    if "shows" in chapter:
        _show_payouts(open_world(folder, today), str(chapter["shows"]))


def _command(folder: Path, today: date, text: str) -> int:
    """Do a command as the command line does, and give its exit code."""
    show.line(f"$ syncd --today {today} {text}")
    words = ["--workspace", str(folder), "--today", str(today), *shlex.split(text)]
    if words[4] not in _BRIEF:
        return run_command(words)
    with redirect_stdout(io.StringIO()) as said:
        code = run_command(words)
    show.line(said.getvalue().partition("\n")[0])
    return code


# --- what is owed


@dataclass(slots=True)
class _Payout:
    """What one participant is paid in a period, by component, adjustments apart; `why` something is cut or nothing."""

    currency: str
    amounts: dict[str, Decimal] = field(default_factory=dict)
    adjusted: Decimal = Decimal(0)
    why: dict[str, str] = field(default_factory=dict)

    def add(self, one: Result) -> None:
        if one.kind in _ADJUSTED:
            self.adjusted += one.amount
        else:
            self.amounts[one.key.component] = self.amounts.get(one.key.component, Decimal(0)) + one.amount
        if one.reason is not None:
            self.why.setdefault(one.key.component, one.reason)

    def cells(self) -> list[str]:
        shown = [*(self.amounts.get(name, Decimal(0)) for name in _COMPONENTS), self.adjusted]
        told = [f"{name}: {why}" for name, why in self.why.items() if self.amounts.get(name) or not any(shown)]
        return [
            *(f"{one:>9,.2f}" if one else "" for one in shown),
            f"{sum(shown):>9,.2f}", self.currency, ", ".join(told),
        ]  # fmt: skip


def _show_payouts(world: World, period: str) -> None:
    """Show a period as one line for each participant."""
    results, people = _owed(world, period)
    payouts: dict[int, _Payout] = {}
    for one in results:
        payouts.setdefault(one.key.person, _Payout(one.key.currency)).add(one)
    rows = sorted(
        (f"{people[person].employee_id} {people[person].name}", *found.cells()) for person, found in payouts.items()
    )
    names = ("who", *(name.replace("_", " ") for name in _COMPONENTS), "adjusted", "in all", "", "why")
    show.table(f"Payouts of {period}", names, rows)


def _owed(world: World, period: str) -> tuple[list[Result], dict[int, PersonRow]]:
    """Give the results that count for a period, and who they are of."""
    calendar, meant = pay_period_named(world.workspace, period)
    with reading(world.database) as tx:
        standing = standings(tx, calendar.name, meant.label)
    with open_session(world.workspace.var) as session:
        found = [one.result for one in results_now(world, session, standing)]
    with reading(world.database) as tx:
        return found, people_of(tx, {one.key.person for one in found})


# --- what was declared


def _compared(
    world: World, period: str, kinds: tuple[ResultKind, ...], declared: list[dict[str, str]]
) -> Iterator[str]:
    """Yield every amount that is not as declared; what comes to zero is declared by being left out."""
    results, people = _owed(world, period)
    found: Told = {
        (str(people[one.key.person].employee_id), one.key.component, one.key.earned_period): (
            str(one.plan_amount), str(one.amount), one.key.currency,
        )
        for one in results
        if one.kind in kinds and one.amount
    }  # fmt: skip
    told: Told = {
        (one["employee_id"], one["component"], one["earned_period"]): (one["dollars"], one["amount"], one["currency"])
        for one in declared
    }
    for key in sorted(found.keys() | told.keys()):
        if found.get(key) != told.get(key):
            yield f"{period}: {' '.join(key)} is {found.get(key, 'nothing')}, declared {told.get(key, 'nothing')}"


def _miscounted(world: World, expected: dict[str, Any]) -> Iterator[str]:
    """Yield what the feeds of facts counted otherwise than declared."""
    with reading(world.database) as tx:
        sales, quotas = runs(tx, "sales"), runs(tx, "quotas")
    counted = (
        ("sales", sales[0].counters["loaded"], expected["facts"]["lines"]),
        ("corrected sales", sales[-1].counters["loaded"], len(expected["correction"]["lines"])),
        ("quotas", quotas[0].counters["proposed"], expected["quotas"]["rows"]),
    )
    for what, found, told in counted:
        if found != told:
            yield f"{what}: {found}, declared {told}"


def _last_day(story: list[dict[str, Any]]) -> date:
    return date.fromisoformat(story[-1]["today"])
