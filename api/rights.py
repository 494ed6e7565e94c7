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
    "log_in.out": Anyone.LOGGED_IN,
    "home.page": Anyone.LOGGED_IN,
    "review.queue": Right.SEE_CHANGES,
    "review.decide": Right.DECIDE,
    "review.change": Right.SEE_CHANGES,
    "review.decide_one": Right.DECIDE,
    "review.policies": Right.SEE_CHANGES,
    "review.revert_one": Right.DECIDE,
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
    "people.participants": Right.SEE_PEOPLE,
    "people.participant": Right.SEE_PEOPLE,
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
    "v1.participants": Right.SEE_PEOPLE,
    "v1.participant": Right.SEE_PEOPLE,
    "v1.rejections": Right.SEE_CHANGES,
    "v1.forget": Right.DECIDE,
    "v1.quarantine": Right.SEE_PEOPLE,
    "spec.document": Anyone.LOGGED_IN,
    "spec.page": Anyone.LOGGED_IN,
}
