"""What a feed's policies say needs no person is approved as soon as its run has shown it."""

from __future__ import annotations

from domain.change import Kind, State
from domain.problem import Severity
from store.changes import ChangeFilter, each_change
from store.database import reading
from syncd.changes.decide import Approval, approve
from syncd.configuration.settings import FeedSettings
from syncd.feeds.naming import facts_name_by
from syncd.feeds.report import RunReport
from syncd.world import Actor, World

#: Who acts when a policy does.
POLICY = Actor("policy", "policy")


def apply_policies(world: World, feed: FeedSettings, report: RunReport) -> None:
    """Approve what the feed's policies say needs no person, of this run."""
    names = facts_name_by(world.workspace) if any(policy.no_pay_effect for policy in feed.approve) else ()
    pending: dict[int, tuple[Kind, tuple[str | None, int | None]]] = {}
    chosen: list[int] = []
    with reading(world.database) as tx:
        for one in each_change(tx, ChangeFilter(seen_run=report.run, states=(State.PENDING,))):
            pending[one.id] = one.kind, (one.place, one.row)
            chosen += [one.id] if any(policy.allows(one, names) for policy in feed.approve) else []
    if not chosen:
        return
    outcome = approve(world, chosen, Approval(f"policy of feed {feed.name}"), POLICY, noting=False)
    applied = {number for number, state in outcome.decided if state is State.APPLIED}
    waiting = {row for number, (_, row) in pending.items() if number not in applied}
    bad = {(one.place, one.row) for one in report.problems if one.severity is Severity.ERROR}
    rows = {row for number in applied if (row := pending[number][1])[1] is not None} - waiting - bad
    report.counters["applied"] += len(rows)
    report.counters["pending"] -= len(rows)
    stale = [refusal.change for refusal in outcome.refused if refusal.moved]
    for number in (*applied, *stale):
        report.new[pending[number][0], State.PENDING] -= 1
    report.new.update((pending[number][0], State.APPLIED) for number in applied)
