"""`audit verify` of a close: entries, pay runs and adjustments are held against what was written down of them."""

from __future__ import annotations

import pytest

from tests.scenarios.closing import PayWorld, corrected
from tests.scenarios.tampering import must_name, owning, unguard

#: What somebody who owns the database may do -> whom `audit verify` then names, and how.
TAMPERED: dict[str, tuple[str, str]] = {
    "UPDATE ledger_entry SET amount = amount + 1 WHERE id = 1": ("main:2026-01", "is not what was written down"),
    "UPDATE ledger_entry SET payee = 'V9' WHERE id = 2": ("main:2026-01", "is not what was written down"),
    "UPDATE ledger_entry SET cause = 'a gift' WHERE kind = 'retro'": ("main:2026-02", "is not what was written down"),
    "DELETE FROM ledger_entry WHERE kind = 'manual'": ("main:2026-01", "is not what was written down"),
    """INSERT INTO ledger_entry SELECT 99, pay_run, 'L99', kind, account, person, engagement, plan, plan_version,
       component, earned_period, earned_from, earned_until, segment, accounting_period, calendar, amount, currency,
       plan_amount, plan_currency, rate, payee, legal_entity, pay_group, reason, cause, reverses, revision
       FROM ledger_entry WHERE id = 1""": ("main:2026-01", "is not what was written down"),
    "UPDATE pay_run SET digest = 'other' WHERE period = '2026-01'": ("main:2026-01", "is not what was written down"),
    "UPDATE pay_run SET approved_by = 'eve' WHERE period = '2026-01'": ("main:2026-01", "not what was written down"),
    """UPDATE pay_run SET state = 'open', committed = NULL WHERE period = '2026-01'""":
        ("main:2026-01", "the audit says that it is committed"),
    """INSERT INTO pay_run SELECT 99, calendar, '2026-09', start, "end", pay_group, state, calculation, digest,
       submitted_by, approved_by, reason, committed FROM pay_run WHERE period = '2026-01'""":
        ("main:2026-09", "nothing in the audit"),
    "UPDATE adjustment SET amount = 1 WHERE id = 1": ("A1", "it is not what was proposed"),
    "UPDATE adjustment SET decided_by = 'eve' WHERE id = 1": ("A1", "who decided it"),
    "UPDATE adjustment SET state = 'rejected' WHERE id = 1": ("A1", "who decided it"),
    "UPDATE adjustment SET state = 'approved', decided_by = 'eve', decided_revision = 9 WHERE id = 2":
        ("A2", "nothing in the audit"),
    "UPDATE adjustment SET state = 'proposed', decided_revision = NULL WHERE id = 1": ("A1", "waits for a decision"),
    "DELETE FROM adjustment WHERE id = 2": ("A2", "what it is about is not stored"),
}  # fmt: skip


@pytest.fixture
def closed(paid: PayWorld) -> PayWorld:
    """January and February are committed, with an adjustment by hand and one that followed; another waits."""
    for person in ("E1", "E2"):
        period = {"E1": "2026-01", "E2": "2026-03"}[person]
        given = (person, period, "5", "USD", "--component", "commission", "--reason", "a prize")
        assert paid.act("adjust", *given, as_="ana").code == 0
    assert paid.act("approve", "A1", as_="ben").code == 0
    paid.close("2026-01")
    paid.sell(*corrected(("X1", "2026-01-05", "E1", "500.00")))
    paid.close("2026-02")
    return paid


def test_what_was_closed_fits_its_audit_and_what_was_tampered_with_is_named(closed: PayWorld):
    with owning(closed.database_url) as tx:
        unguard(tx, "ledger_entry", against=("update", "delete", "late"))
        unguard(tx, "pay_run", "adjustment")
        must_name(tx, TAMPERED)


def test_the_audit_proves_every_act_of_a_close(closed: PayWorld):
    said = closed.call("audit", "verify")
    assert (said.code, said["whole"], said["findings"]) == (0, True, [])
    assert not {one for one in said["unproved_acts"] if "pay run" in one or "adjust" in one}
