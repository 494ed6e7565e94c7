"""Commit, correction, recalculation, commit, in any order: what is booked is what was earned, and stays as written."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from store.database import open_database, reading
from store.ledger import LedgerEntry, ledger_entries
from tests.scenarios.closing import DEALS, Deal, PayWorld
from tests.scenarios.conftest import housed
from tests.servers import Database

PERIODS = tuple(f"2026-{month:02}" for month in range(1, 7))
PEOPLE = {"E1": 1, "E2": 2, "E3": 3}
AMOUNTS = st.integers(0, 200_000).map(lambda cents: str(Decimal(cents).scaleb(-2)))
DAYS = st.sampled_from(["2026-01-05", "2026-01-31", "2026-02-01", "2026-03-15", "2026-04-30"])
_CENT = Decimal("0.01")


def earned(deals: dict[str, Deal], person: str, period: str) -> Decimal:
    """What the plan pays for a month: 10 % of the year's first 1,000, 20 % of what is above."""

    def until(last: str) -> Decimal:
        sold = sum((Decimal(amount) for _, day, who, amount in deals.values() if who == person and day[:7] <= last), 0)
        return min(sold, Decimal(1000)) * Decimal("0.1") + max(sold - 1000, Decimal(0)) * Decimal("0.2")

    before = max((one for one in PERIODS if one < period), default="")
    return (until(period) - until(before)).quantize(_CENT)


class Close(RuleBasedStateMachine):
    """A company over half a year; `opened` gives it a workspace, set by the test."""

    opened: Callable[[], PayWorld]

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).opened()
        self.world.begin_pay()
        self.world.on("2026-08-01")
        self.deals = {one[0]: one for one in DEALS}
        self.closed = 0
        self.seen: list[LedgerEntry] = []

    def _entries(self) -> list[LedgerEntry]:
        books = open_database(self.world.database_url)
        with reading(books) as tx:
            found = ledger_entries(tx)
        books.dispose()
        return found

    def _booked(self) -> dict[tuple[int, str], Decimal]:
        booked: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
        for one in self.seen:
            booked[one.key.person, one.key.earned_period] += one.amount
        return {key: amount for key, amount in booked.items() if amount}

    def _earned(self) -> dict[tuple[int, str], Decimal]:
        found = {
            (number, period): earned(self.deals, person, period)
            for person, number in PEOPLE.items()
            for period in PERIODS[: self.closed]
        }
        return {key: amount for key, amount in found.items() if amount}

    @rule(number=st.integers(1, 8), day=DAYS, who=st.sampled_from(sorted(PEOPLE)), amount=AMOUNTS)
    def correct(self, number: int, day: str, who: str, amount: str) -> None:
        """A deal turns out to be another one, or turns up."""
        deal = (f"X{number}", day, who, amount)
        self.deals[deal[0]] = deal
        self.world.sell(*self.deals.values())

    @rule()
    def commit(self) -> None:
        """Close the next pay period: everything closed so far is booked as it is earned now."""
        if self.closed < len(PERIODS):
            self.world.close(PERIODS[self.closed])
            self.closed += 1
            self._look()
            assert self._booked() == self._earned()

    @rule()
    def recalculate(self) -> None:
        """What is found for the open pay period is the same however often, and is not in the ledger."""
        if self.closed < len(PERIODS):
            first, again = (self.world.calculate(PERIODS[self.closed]) for _ in (1, 2))
            assert first["totals"] == again["totals"]

    def _look(self) -> None:
        found = self._entries()
        assert found[: len(self.seen)] == self.seen
        self.seen = found

    @invariant()
    def nothing_that_was_written_has_changed(self) -> None:
        before = len(self.seen)
        self._look()
        assert len(self.seen) == before

    def teardown(self) -> None:
        """After the last correction one more commit books it, and the one after that has nothing left to post."""
        if self.closed < len(PERIODS) - 1:
            self.commit()
            before = len(self.seen)
            self.commit()
            assert [one for one in self.seen[before:] if one.kind.value == "retro"] == []
        shutil.rmtree(self.world.folder, ignore_errors=True)


@pytest.fixture
def opened(database: Database, _migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], PayWorld]]:
    """Gives a new workspace, with a database of its own, each time."""
    with tempfile.TemporaryDirectory() as parent:

        def fresh() -> PayWorld:
            folder = Path(tempfile.mkdtemp(dir=parent)) / "workspace"
            return PayWorld(housed(folder, database, _migrated, monkeypatch))

        yield fresh


def test_in_any_order_what_is_booked_is_what_was_earned(opened: Callable[[], PayWorld]):
    machine = type("Machine", (Close,), {"opened": staticmethod(opened)})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine, settings=settings(max_examples=3, stateful_step_count=8, deadline=None, suppress_health_check=checks)
    )  # fmt: skip
