"""Plan versions and calculations as they are kept: what was known when, and what the database itself refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from domain.errors import LeaseLost
from store.calculations import (
    Calculation,
    ResultFile,
    Uncredited,
    calculated_runs,
    calculation_of,
    calculations,
    keep_calculation,
    newest_calculation,
)
from store.database import reading, writing
from store.plans import PlanApproval, PlanVersion, approve_version, plan_versions, publish_version
from store.runs import RunResult, RunState, finish_run
from tests.store.make import NOW, begun

FIRST = PlanVersion(1, "reseller", "plans/reseller.yaml", "plan: reseller\n", "abc", date(2026, 1, 1), "ann", NOW, 3)
APPROVAL = PlanApproval(1, "root", NOW, 5, "bob", "signed")
FOUND = Calculation(
    0, "main", "2026-01", None, None, 7, "code", (1, 2), (("EUR", "1.00"), ("USD", "2.50")),
    (Uncredited("no_plan", 3, "12.50", "USD"), Uncredited("no_value", 1, "0", None)), "digest",
    (ResultFile("lines", "results/1/lines.parquet", "s1", 10, 100), ResultFile("results", "results/1/r", "s2", 2, 50)),
)  # fmt: skip


@pytest.fixture
def published(engine: Engine) -> Engine:
    """A version that revision 3 published and revision 5 approved, and one that waits."""
    with writing(engine) as tx:
        publish_version(tx, FIRST)
        approve_version(tx, APPROVAL)
        publish_version(tx, replace(FIRST, id=2, start=date(2026, 2, 1), revision=6))
    return engine


def kept(tx: Connection, feed: str = "calculate main:2026-01", **changes: object) -> Calculation:
    """A calculation of its own run."""
    lease = begun(tx, feed)
    found = replace(FOUND, run=lease.run, **changes)  # type: ignore[arg-type]
    keep_calculation(tx, lease, found)
    finish_run(tx, lease, RunResult(RunState.COMPLETED), NOW)
    return found


def test_what_was_published_and_approved_is_known_from_its_revision_on(published):
    with reading(published) as tx:
        known = {revision: plan_versions(tx, known_at=revision) for revision in (2, 3, 5, 6)}
        assert plan_versions(tx, "other") == []
        assert plan_versions(tx) == known[6]
    assert [[(one.id, one.approval is not None) for one in known[revision]] for revision in (2, 3, 5, 6)] == [
        [],
        [(1, False)],
        [(1, True)],
        [(1, True), (2, False)],
    ]
    assert known[5][0] == replace(FIRST, approval=APPROVAL)
    assert (known[5][0].publisher, replace(FIRST, for_user="cid").publisher) == ("ann", "cid")


def test_a_version_is_approved_once(published):
    with pytest.raises(IntegrityError), writing(published) as tx:
        approve_version(tx, replace(APPROVAL, by="cid"))


def test_a_calculation_comes_back_as_it_was_kept(engine):
    with writing(engine) as tx:
        found = kept(tx)
    with reading(engine) as tx:
        assert calculation_of(tx, found.run) == found
        assert calculation_of(tx, 99) is None
        assert calculated_runs(tx) == {found.run}
    assert found.path("results") == "results/1/r"


def test_the_newest_of_exactly_a_scope(engine):
    with writing(engine) as tx:
        whole, group, plan = kept(tx), kept(tx, pay_group="US"), kept(tx, plan="reseller")
        again = kept(tx)
        other = kept(tx, "calculate main:2026-02", period="2026-02")
    with reading(engine) as tx:
        assert calculations(tx, "main", "2026-01") == [whole, group, plan, again]
        assert calculations(tx) == [whole, group, plan, again, other]
        assert newest_calculation(tx, "main", "2026-01") == again
        assert newest_calculation(tx, "main", "2026-01", pay_group="US") == group
        assert newest_calculation(tx, "main", "2026-01", plan="reseller") == plan
        assert newest_calculation(tx, "other", "2026-01") is None


def test_a_run_that_was_taken_over_keeps_nothing(engine):
    from store.runs import LEASE

    with writing(engine) as tx:
        lease = begun(tx, "calculate main:2026-01")
    with writing(engine) as tx:
        begun(tx, "calculate main:2026-01", NOW + LEASE)
    with pytest.raises(LeaseLost), writing(engine) as tx:
        keep_calculation(tx, lease, replace(FOUND, run=lease.run))
    with reading(engine) as tx:
        assert calculations(tx) == []


@pytest.mark.parametrize("table", ["plan_version", "plan_approval", "calculation", "result_file"])
@pytest.mark.parametrize("statement", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_neither_is_ever_changed_or_removed(published, table, statement):
    """Past every check of ours: the database itself refuses."""
    column = {"plan_version": "text", "plan_approval": "reason", "calculation": "totals", "result_file": "sha256"}
    with writing(published) as tx:
        kept(tx)
    with pytest.raises(IntegrityError, match="never"), writing(published) as tx:
        tx.execute(text(statement.format(table=table, column=column[table])))
