"""Who may do what with a pay run, and which may be closed beside which."""

from dataclasses import replace
from datetime import date

import pytest

from calc.pay_run import (
    Act,
    PayRun,
    PayState,
    committed_periods,
    in_the_way,
    is_committed,
    is_done,
    leads_to,
    own_pay,
    refusal,
    too_early,
)


def run(month: int = 3, group: str = "", state: PayState = PayState.OPEN, **values) -> PayRun:
    return PayRun(
        "main", f"2026-{month:02}", date(2026, month, 1), date(2026, month + 1, 1), group, state,
        submitted_by=None if state is PayState.OPEN else "ana", **values,
    )  # fmt: skip


ALLOWED = {
    (PayState.OPEN, Act.SUBMIT), (PayState.RETURNED, Act.SUBMIT),
    (PayState.SUBMITTED, Act.APPROVE), (PayState.SUBMITTED, Act.RETURN), (PayState.APPROVED, Act.RETURN),
    (PayState.APPROVED, Act.COMMIT),
    (PayState.SUBMITTED, Act.REOPEN), (PayState.RETURNED, Act.REOPEN), (PayState.APPROVED, Act.REOPEN),
}  # fmt: skip


@pytest.mark.parametrize("state", PayState)
@pytest.mark.parametrize("act", Act)
def test_an_act_is_allowed_from_these_states_only(state: PayState, act: Act):
    assert (refusal(run(state=state), act, "ben") is None) == ((state, act) in ALLOWED)


def test_nobody_approves_what_they_submitted():
    submitted = run(state=PayState.SUBMITTED)
    assert "somebody else" in (refusal(submitted, Act.APPROVE, "ana") or "")
    assert refusal(submitted, Act.APPROVE, "ben") is None


def test_a_committed_pay_run_is_never_reopened():
    for act in Act:
        assert "never reopened" in (refusal(run(state=PayState.COMMITTED), act, "ben") or "")


def test_a_pay_period_is_submitted_once_it_is_over():
    assert too_early(run(), date(2026, 4, 1)) is None
    assert "submit it from 2026-04-01 on" in (too_early(run(), date(2026, 3, 31)) or "")


def test_asked_twice_is_done_but_for_submitting():
    for act in Act:
        assert is_done(run(state=leads_to(act)), act) == (act is not Act.SUBMIT)


def committed(*months: int, group: str = "") -> list[PayRun]:
    return [run(month, group, PayState.COMMITTED, committed=month) for month in months]


def test_what_is_committed_has_no_hole():
    assert in_the_way(run(3), committed(1, 2)) is None
    assert "from 2026-02-01 until 2026-03-01" in (in_the_way(run(3), committed(1)) or "")
    assert in_the_way(run(3), []) is None
    assert in_the_way(run(3), committed(4, 5)) is None
    assert "from 2026-04-01 until 2026-05-01" in (in_the_way(run(3), committed(5)) or "")


def test_a_pay_group_follows_its_own_and_those_of_everybody():
    assert in_the_way(run(3, "US"), [*committed(1), *committed(2, group="US")]) is None
    assert "until 2026-03-01" in (in_the_way(run(3, "US"), [*committed(1), *committed(2, group="UK")]) or "")
    assert in_the_way(run(3, "DE"), committed(1, 2, group="UK")) is None
    assert in_the_way(run(3), [*committed(1), *committed(2, group="UK")]) is None


def test_a_period_is_closed_for_everybody_or_group_by_group():
    assert "for everybody, or pay group by pay group" in (in_the_way(run(3), [run(3, "US", PayState.SUBMITTED)]) or "")
    assert "2026-03 is submitted" in (in_the_way(run(3, "US"), [run(3, "", PayState.SUBMITTED)]) or "")
    assert in_the_way(run(3, "US"), [run(3), run(3, "UK", PayState.APPROVED)]) is None
    assert in_the_way(run(3), [replace(run(3, "US", PayState.COMMITTED), calendar="weekly")]) is None


def test_who_is_paid_with_a_group_is_committed_with_it():
    runs = [*committed(1), *committed(2, group="US")]
    assert is_committed(runs, "2026-01", None)
    assert is_committed(runs, "2026-01", "UK")
    assert is_committed(runs, "2026-02", "US")
    assert not is_committed(runs, "2026-02", "UK")
    assert not is_committed(runs, "2026-02", None)


def test_the_committed_periods_that_days_reach_into_are_named_in_order():
    runs = [*committed(1, 2), *committed(3, group="US"), *committed(3, group="UK"), run(4)]
    assert committed_periods(runs, date(2026, 2, 28), None) == ("2026-02", "2026-03")
    assert committed_periods(runs, date(2026, 1, 31), date(2026, 2, 1)) == ("2026-01",)
    assert committed_periods(runs, date(2026, 4, 1), None) == ()


def test_nobody_approves_a_pay_run_that_pays_them():
    assert own_pay(run(), "ben", 7, {1, 7}) == "2026-03 pays ben themselves: somebody else has to approve it"
    assert own_pay(run(), "ben", 7, {1, 8}) is None
