"""The ledger as it is kept: what is booked, and what the database itself refuses."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from calc.ledger import Booked, Owed, adjustments, totals
from calc.pay_run import PayRun, PayState
from calc.result import Result, ResultKind
from domain.errors import Refused
from store.adjustments import (
    Adjustment,
    AdjustmentState,
    adjustment_of,
    approved_adjustments,
    decide_adjustment,
    propose_adjustment,
)
from store.adjustments import adjustments as adjustments_of
from store.database import reading, writing
from store.head import allocate, take_revision
from store.ledger import booked, entry_totals, ledger_entries, lines_earned, newest_of_lines, post, posted_since
from store.pay_runs import begin_pay_run, committed_pay_runs, move_pay_run, pay_run_of, pay_runs
from tests.calc.books import JANUARY, booked_from, earned, key
from tests.store.make import NOW, Roster, begun, count
from tests.store.test_query_counts import counted

REFUSED = (IntegrityError,)


def calculated(tx: Connection) -> int:
    """A calculation that pay runs can be made of."""
    lease = begun(tx, f"pay {allocate(tx, 'batch')}")
    values = "(:run, 'main', '2026-01', 1, 'c', '[]', '[]', '[]', 'd1')"
    columns = "run, calendar, period, revision, code, plans, totals, uncredited, digest"
    tx.execute(text(f"INSERT INTO calculation ({columns}) VALUES {values}"), {"run": lease.run})  # noqa: S608 - our own
    return lease.run


def approved(tx: Connection, period: str = "2026-01", group: str = "") -> PayRun:
    """A pay run that may be committed."""
    first, until = JANUARY
    return begin_pay_run(
        tx,
        PayRun(
            "main", period, first, until, group, PayState.APPROVED, calculated(tx), "d1",
            submitted_by="ana", approved_by="ben",
        ),
    )  # fmt: skip


def commit(tx: Connection, run: PayRun, results: Sequence[Result], reverses: dict[str, int] | None = None) -> int:
    """Post results and commit their pay run."""
    revision = take_revision(tx, NOW, "commit")
    post(tx, run, results, reverses or {}, revision)
    move_pay_run(tx, run, replace(run, state=PayState.COMMITTED, committed=revision))
    return revision


def owed(found: Sequence[Booked]) -> dict[Owed, Decimal]:
    return {one.owed: one.amount for one in found}


def test_what_was_posted_is_booked_as_known_at_each_revision(engine: Engine, roster: Roster):
    ann, bob, _cid = roster.people
    january = [earned("100.00", about=key(ann)), earned("7.05", about=key(bob, currency="JPY"), legal_entity=None)]
    january[1] = replace(january[1], amount=Decimal(705), rate=Decimal("100.0000000001"))
    with writing(engine) as tx:
        first = commit(tx, approved(tx), january)
        before = booked(tx, "main", known_at=first)
        retro = adjustments([earned("120.00", about=key(ann)), january[1]], before, "2026-02")
        second = commit(tx, approved(tx, "2026-02"), retro, {retro[0].id: before[0].entry})
    with reading(engine) as tx:
        assert owed(booked(tx, "main", known_at=first - 1)) == {}
        assert owed(booked(tx, "main", known_at=first)) == owed(booked_from(*january))
        assert owed(booked(tx, "main", known_at=second)) == owed(booked_from(*january, *retro))
        assert owed(booked(tx, "main", known_at=second, persons=[bob])) == owed(booked_from(january[1]))
        assert booked(tx, "other", known_at=second) == ()
        entries = ledger_entries(tx)
    assert [(one.kind.value, one.amount, one.reverses) for one in entries] == [
        ("earned", Decimal("100.00"), None),
        ("earned", Decimal(705), None),
        ("retro", Decimal("20.00"), entries[0].id),
    ]
    assert [(one.rate, one.accounting_period, one.line) for one in entries] == [
        (None, "2026-01", january[0].id),
        (Decimal("100.0000000001"), "2026-01", january[1].id),
        (None, "2026-02", retro[0].id),
    ]
    assert entries[2].key == key(ann)


def test_a_line_is_earned_once_whoever_pays_it(engine: Engine, roster: Roster):
    mine = earned("100.00", about=key(roster.people[0]), pay_group="US")
    with writing(engine) as tx:
        revision = commit(tx, approved(tx, group="US"), [mine])
        lines = [lines_earned(tx, "main", *JANUARY, known_at=known) for known in (revision - 1, revision)]
        assert lines == [frozenset(), {mine.id}]
    with pytest.raises(REFUSED), writing(engine) as tx:
        commit(tx, approved(tx, group="UK"), [replace(mine, pay_group="UK")])
    with writing(engine) as tx:
        commit(tx, approved(tx, group="UK"), [replace(mine, kind=ResultKind.RETRO, pay_group="UK")])


def test_the_newest_entry_describes_what_is_booked(engine: Engine, roster: Roster):
    first = earned("100.00", about=key(roster.people[0]), pay_group="US")
    later = replace(first, kind=ResultKind.RETRO, plan_version="V2", pay_group="UK", amount=Decimal(1))
    with writing(engine) as tx:
        commit(tx, approved(tx), [first])
        revision = commit(tx, approved(tx, "2026-02"), [later])
        (found,) = booked(tx, "main", known_at=revision)
    assert (found.amount, found.plan_amount) == (Decimal(101), Decimal(200))
    assert (found.plan_version, found.pay_group) == ("V2", "UK")


def test_what_stands_in_two_plan_currencies_is_one_amount(engine: Engine, roster: Roster):
    first = earned("100.00", about=key(roster.people[0]))
    later = replace(first, kind=ResultKind.RETRO, plan_currency="EUR", plan_amount=Decimal(9), amount=Decimal(1))
    with writing(engine) as tx:
        commit(tx, approved(tx), [first])
        revision = commit(tx, approved(tx, "2026-02"), [later])
        (found,) = booked(tx, "main", known_at=revision)
    assert (found.amount, found.plan_amount, found.plan_currency) == (Decimal(101), Decimal(9), "EUR")


def test_what_was_adjusted_by_hand_is_in_the_ledger_and_not_booked(engine: Engine, roster: Roster):
    prize = replace(earned("50.00", about=key(roster.people[0])), kind=ResultKind.MANUAL, cause="A1: a prize")
    with writing(engine) as tx:
        run = approved(tx)
        revision = commit(tx, run, [prize])
        assert booked(tx, "main", known_at=revision) == ()
        assert entry_totals(tx, run.id) == totals([prize]) == {("Inc", "USD"): Decimal("50.00")}
        assert posted_since(tx, "main", 0) == set()


def test_what_was_posted_after_a_revision_is_found(engine: Engine, roster: Roster):
    one = earned("1.00", about=key(roster.people[0]))
    with writing(engine) as tx:
        revision = commit(tx, approved(tx), [one])
        assert posted_since(tx, "main", revision) == set()
        assert posted_since(tx, "main", revision - 1) == {Owed(one.key, "Inc", None)}
        assert newest_of_lines(tx, [one.id, "L0"]) == {one.id: ledger_entries(tx)[0].id}


def test_nothing_is_posted_to_a_pay_run_that_is_not_approved(engine: Engine, roster: Roster):
    one = earned("1.00", about=key(roster.people[0]))
    with writing(engine) as tx:
        run = approved(tx)
        commit(tx, run, [one])
        other = approved(tx, "2026-02")
        move_pay_run(tx, other, replace(other, state=PayState.RETURNED))
    for closed in (run, other):
        with pytest.raises(REFUSED, match="not approved"), writing(engine) as tx:
            post(tx, closed, [earned("2.00", about=key(roster.people[1]))], {}, 9)


def test_one_result_is_not_posted_twice_by_a_pay_run(engine: Engine, roster: Roster):
    one = earned("1.00", about=key(roster.people[0]))
    with writing(engine) as tx:
        run = approved(tx)
        post(tx, run, [one], {}, 2)
    with pytest.raises(REFUSED), writing(engine) as tx:
        post(tx, run, [one], {}, 2)


@pytest.fixture
def kept(engine: Engine, roster: Roster) -> int:
    """One entry, its committed pay run, and an approved adjustment."""
    with writing(engine) as tx:
        proposed = by_hand(tx, roster.people[0])
        decide_adjustment(tx, proposed.id, AdjustmentState.APPROVED, by="ben", reason=None, revision=1)
        return commit(tx, approved(tx), [earned("1.00", about=key(roster.people[0]))])


TABLES = ("ledger_entry", "pay_run", "adjustment")
CHANGES = [
    *(("ledger_entry", f"{column} = 2") for column in ("amount", "plan_amount", "person", "revision", "reverses")),
    *(("ledger_entry", f"{column} = 'x'") for column in ("kind", "currency", "payee", "legal_entity", "cause")),
    *(("pay_run", change) for change in ("state = 'open', committed = NULL", "digest = 'x'", "reason = 'x'")),
    *(("adjustment", change) for change in ("amount = 2", "reason = 'x'", "state = 'rejected'", "decided_by = 'x'")),
]


@pytest.mark.parametrize(("table", "change"), CHANGES)
def test_what_is_committed_cannot_be_changed(engine: Engine, kept, table, change):
    with pytest.raises(REFUSED, match=f"{table} is never changed"), writing(engine) as tx:
        tx.execute(text(f"UPDATE {table} SET {change}"))  # noqa: S608 - our own statements


@pytest.mark.parametrize("table", TABLES)
def test_what_is_committed_cannot_be_removed_replaced_or_emptied(engine: Engine, kept, table):
    with pytest.raises(REFUSED, match=f"{table} is never.* removed"), writing(engine) as tx:
        tx.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own tables
    at_once = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"  # noqa: S608 - our own tables
    if engine.dialect.name == "postgresql":
        at_once = f"TRUNCATE {table} CASCADE"
    with pytest.raises(REFUSED, match=r"is never (changed|replaced)|not approved"), writing(engine) as tx:
        tx.execute(text(at_once))


def test_what_a_proposed_adjustment_says_cannot_be_changed(engine: Engine, roster: Roster):
    with writing(engine) as tx:
        by_hand(tx, roster.people[0])
    for change in ("amount = 2", "currency = 'EUR'", "proposed_by = 'x'", "reason = 'x'"):
        with pytest.raises(REFUSED, match="adjustment is never changed"), writing(engine) as tx:
            tx.execute(text(f"UPDATE adjustment SET {change}"))  # noqa: S608 - our own statements


def test_four_eyes_are_the_database_s_too(engine: Engine, roster: Roster):
    first, until = JANUARY
    run = PayRun("main", "2026-01", first, until, "", PayState.APPROVED, submitted_by="ana", approved_by="ana")
    for approver in ("ana", None):
        with pytest.raises(REFUSED, match="four_eyes"), writing(engine) as tx:
            begin_pay_run(tx, replace(run, approved_by=approver))
    with writing(engine) as tx:
        proposed = by_hand(tx, roster.people[0])
    with pytest.raises(REFUSED, match="four_eyes"), writing(engine) as tx:
        decide_adjustment(tx, proposed.id, AdjustmentState.APPROVED, by="ana", reason=None, revision=1)


def test_every_check_is_in_the_database(engine: Engine):
    expected = {
        "pay_run": {"ck_pay_run_committed", "ck_pay_run_four_eyes", "ck_pay_run_days"},
        "adjustment": {"ck_adjustment_decided", "ck_adjustment_four_eyes", "ck_adjustment_amount"},
    }
    with reading(engine) as tx:
        for table, names in expected.items():
            assert {check["name"] for check in inspect(tx).get_check_constraints(table)} == names


def test_a_pay_run_is_kept_moved_and_found(engine: Engine, roster: Roster):
    with writing(engine) as tx:
        run = approved(tx)
        group = approved(tx, "2026-01", "US")
        assert pay_run_of(tx, "main", "2026-01") == run
        assert pay_run_of(tx, "main", "2026-01", "US") == group
        assert pay_run_of(tx, "main", "2026-02") is None
        revision = commit(tx, run, [])
        assert pay_runs(tx, "main") == [replace(run, state=PayState.COMMITTED, committed=revision), group]
        assert committed_pay_runs(tx, "main", known_at=revision - 1) == ()
        assert [one.id for one in committed_pay_runs(tx, "main", known_at=revision)] == [run.id]


def test_a_pay_run_that_was_moved_meanwhile_is_not_moved(engine: Engine, roster: Roster):
    with writing(engine) as tx:
        run = approved(tx)
        move_pay_run(tx, run, replace(run, state=PayState.RETURNED))
        with pytest.raises(Refused, match="no longer approved"):
            move_pay_run(tx, run, replace(run, state=PayState.COMMITTED, committed=1))
    with writing(engine) as tx:
        other = approved(tx, "2026-02")
        with pytest.raises(Refused, match="no longer approved"):
            move_pay_run(tx, replace(other, digest="d0"), replace(other, state=PayState.RETURNED))


def by_hand(tx: Connection, person: int, **values: Any) -> Adjustment:
    """A proposed prize of 50 dollars."""
    first, until = JANUARY
    given: dict[str, Any] = {"amount": Decimal("50.00"), "currency": "USD", "proposed_by": "ana", **values}
    proposed = Adjustment(
        id=allocate(tx, "adjustment"), calendar="main", pay_period="2026-01", person=person, engagement="main",
        plan="reseller", plan_version="V1", component="commission", earned_period="2026-01", earned_from=first,
        earned_until=until, payee=None, legal_entity="Inc", pay_group=None, line=None, reason="a prize",
        proposed_at=NOW, proposed_revision=1, **given,
    )  # fmt: skip
    propose_adjustment(tx, proposed)
    return proposed


def test_an_adjustment_is_proposed_decided_once_and_counts_from_then_on(engine: Engine, roster: Roster):
    with writing(engine) as tx:
        proposed, other = by_hand(tx, roster.people[0]), by_hand(tx, roster.people[1])
        assert adjustment_of(tx, proposed.id) == proposed
        assert approved_adjustments(tx, "main", "2026-01", known_at=99) == ()
        decide_adjustment(tx, proposed.id, AdjustmentState.APPROVED, by="ben", reason="yes", revision=5)
        decide_adjustment(tx, other.id, AdjustmentState.REJECTED, by="ana", reason="no", revision=6)
        assert approved_adjustments(tx, "main", "2026-01", known_at=4) == ()
        (found,) = approved_adjustments(tx, "main", "2026-01", known_at=5)
        assert (found.id, found.decided_by, found.amount) == (proposed.id, "ben", Decimal("50.00"))
        assert [one.id for one in adjustments_of(tx, "main", "2026-01")] == [proposed.id, other.id]
        assert adjustments_of(tx, "main", "2026-02") == []
        with pytest.raises(Refused, match="decided already"):
            decide_adjustment(tx, proposed.id, AdjustmentState.REJECTED, by="ben", reason=None, revision=7)


def test_many_entries_take_as_many_statements_as_one(engine: Engine, roster: Roster):
    sent = []
    for period, persons in (("2026-01", range(1)), ("2026-02", range(300))):
        results = [earned("1.00", about=key(roster.people[0], period, component=f"c{n}")) for n in persons]
        with counted(engine) as statements, writing(engine) as tx:
            post(tx, approved(tx, period), results, {}, 1)
        sent.append(len(statements))
        with reading(engine) as tx, counted(engine) as statements:
            booked(tx, "main", known_at=1)
        sent.append(len(statements))
    assert sent[:2] == sent[2:]
    with reading(engine) as tx:
        assert count(tx, "ledger_entry") == 301
