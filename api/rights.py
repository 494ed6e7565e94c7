"""The matrix of routes: what each one needs of who asks. A route that is not in it answers nobody."""

from __future__ import annotations

from enum import StrEnum

from domain.rights import Right


class Anyone(StrEnum):
    """Routes that need no right."""

    AT_ALL = "at all"  #: logged in or not
    LOGGED_IN = "logged in"


Need = Right | Anyone

#: endpoint -> what it needs
NEEDS: dict[str, Need] = {
    "static": Anyone.AT_ALL,
    "operating.health": Anyone.AT_ALL,
    "operating.ready": Anyone.AT_ALL,
    "operating.told": Anyone.AT_ALL,
    "log_in.page": Anyone.AT_ALL,
    "log_in.by_password": Anyone.AT_ALL,
    "log_in.to_provider": Anyone.AT_ALL,
    "log_in.from_provider": Anyone.AT_ALL,
    "outbound.message": Anyone.AT_ALL,  # who sends shows the path itself
    "log_in.out": Anyone.LOGGED_IN,
    "home.page": Anyone.LOGGED_IN,
    "review.queue": Right.SEE_CHANGES,
    "review.decide": Right.DECIDE,
    "review.change": Right.SEE_CHANGES,
    "review.decide_one": Right.DECIDE,
    "review.policies": Right.SEE_CHANGES,
    "review.revert_one": Right.DECIDE,
    "review.batch": Right.SEE_CHANGES,
    "review.revert_batch": Right.DECIDE,
    "review.effect": Right.SEE_CHANGES,  # and whose pay it tells of: see_pay
    "matters.questions": Right.SEE_CHANGES,
    "matters.answer": Right.ANSWER,
    "matters.rejections": Right.SEE_CHANGES,
    "matters.forget": Right.DECIDE,
    "matters.holds": Right.SEE_CHANGES,
    "matters.release": Right.RELEASE,
    "matters.quarantine": Right.SEE_PEOPLE,
    "runs.runs": Right.SEE_RUNS,
    "runs.run": Right.SEE_RUNS,
    "runs.sync": Right.SYNC,
    "sources.listed": Right.SEE_RUNS,
    "sources.one": Right.SEE_RUNS,
    "sources.check": Right.CONNECT,
    "sources.connect": Right.CONNECT,
    "sources.connected": Right.CONNECT,
    "sources.answer": Right.CONNECT,
    "sources.make_path": Right.CONNECT,
    "sources.end_path": Right.CONNECT,
    "jobs.one": Anyone.LOGGED_IN,  # and what it does: see_runs, see_pay_runs, see_changes
    "people.participants": Right.SEE_PEOPLE,
    "people.participant": Right.SEE_PEOPLE,
    "units.listed": Right.SEE_PEOPLE,
    "units.one": Right.SEE_PEOPLE,
    "pay_runs.listed": Right.SEE_PAY_RUNS,
    "pay_runs.one": Right.SEE_PAY_RUNS,
    "pay_runs.payments": Right.SEE_PAY_RUNS,
    "pay_runs.calculate": Right.CALCULATE,
    "pay_runs.submit": Right.SUBMIT_PAY,
    "pay_runs.reopen": Right.SUBMIT_PAY,
    "pay_runs.commit": Right.SUBMIT_PAY,
    "pay_runs.approve": Right.APPROVE_PAY,
    "pay_runs.give_back": Right.APPROVE_PAY,
    "results.page": Right.SEE_PAY,
    "statements.own": Right.SEE_PAY,
    "statements.one": Right.SEE_PAY,
    "statements.pdf": Right.SEE_PAY,
    "statements.sheet": Right.SEE_PAY,
    "adjustments.listed": Right.SEE_ADJUSTMENTS,
    "adjustments.form": Right.ADJUST,
    "adjustments.propose": Right.ADJUST,
    "adjustments.decide": Right.DECIDE_ADJUSTMENTS,
    "v1_pay.pay_runs": Right.SEE_PAY_RUNS,
    "v1_pay.pay_run": Right.SEE_PAY_RUNS,
    "v1_pay.payments": Right.SEE_PAY_RUNS,
    "v1_pay.results": Right.SEE_PAY,
    "v1_pay.statement": Right.SEE_PAY,
    "v1_pay.explain": Right.SEE_PAY,
    "v1_pay.calculate": Right.CALCULATE,
    "v1_pay.submit": Right.SUBMIT_PAY,
    "v1_pay.reopen": Right.SUBMIT_PAY,
    "v1_pay.commit": Right.SUBMIT_PAY,
    "v1_pay.approve": Right.APPROVE_PAY,
    "v1_pay.give_back": Right.APPROVE_PAY,
    "v1_pay.adjustments": Right.SEE_ADJUSTMENTS,
    "v1_pay.propose": Right.ADJUST,
    "v1_pay.decide_adjustments": Right.DECIDE_ADJUSTMENTS,
    "v1_sources.listed": Right.SEE_RUNS,
    "v1_sources.one": Right.SEE_RUNS,
    "v1_sources.check": Right.CONNECT,
    "v1_sources.connect": Right.CONNECT,
    "v1_sources.answer": Right.CONNECT,
    "v1_sources.make_path": Right.CONNECT,
    "v1_sources.end_path": Right.CONNECT,
    "v1_units.listed": Right.SEE_PEOPLE,
    "v1_units.one": Right.SEE_PEOPLE,
    "v1.changes": Right.SEE_CHANGES,
    "v1.approve": Right.DECIDE,
    "v1.reject": Right.DECIDE,
    "v1.conflicts": Right.SEE_CHANGES,
    "v1.answer": Right.ANSWER,
    "v1.holds": Right.SEE_CHANGES,
    "v1.release": Right.RELEASE,
    "v1.runs": Right.SEE_RUNS,
    "v1.run": Right.SEE_RUNS,
    "v1.run_problems": Right.SEE_RUNS,
    "v1.sync": Right.SYNC,
    "v1_jobs.one": Anyone.LOGGED_IN,  # as above
    "v1.participants": Right.SEE_PEOPLE,
    "v1.participant": Right.SEE_PEOPLE,
    "v1.rejections": Right.SEE_CHANGES,
    "v1.forget": Right.DECIDE,
    "v1.quarantine": Right.SEE_PEOPLE,
    "spec.document": Anyone.LOGGED_IN,
    "spec.page": Anyone.LOGGED_IN,
}
