"""Named places around every write, where a test may make the program fail.

A write called `runs.begin` has two: `runs.begin` before anything is written, `runs.begin done` after it, both
in the open transaction. Unless a test armed them they do nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")

_WRITES = (
    "adjustments.decide",
    "adjustments.propose",
    "alerts.begin",
    "alerts.end",
    "answered.begin",
    "answered.finish",
    "answered.give_up",
    "audit.record",
    "calculations.keep",
    "changes.adopt",
    "changes.contradict",
    "changes.insert",
    "changes.mark",
    "changes.reject",
    "changes.see",
    "changes.settle",
    "changes.split",
    "conflicts.answer",
    "conflicts.close",
    "conflicts.insert",
    "conflicts.see",
    "connections.answer",
    "connections.ask",
    "connections.begin_renewal",
    "connections.give_back",
    "connections.keep",
    "connections.renew",
    "connections.seal_again",
    "decisions.insert",
    "decisions.insert_batch",
    "deliveries.begin_job",
    "deliveries.end_job",
    "deliveries.let_wait",
    "deliveries.move",
    "deliveries.preview",
    "epochs.begin",
    "erasing.ask",
    "erasing.empty",
    "erasing.keep",
    "erasing.replace_segments",
    "facts.publish",
    "head.allocate",
    "head.take_revision",
    "history.end_steps",
    "history.insert_steps",
    "history.replace_versions",
    "jobs.enqueue",
    "jobs.enqueue_once",
    "jobs.finish",
    "jobs.give_back",
    "jobs.progress",
    "jobs.renew",
    "jobs.take",
    "landing.keep_configuration",
    "landing.publish",
    "landing.remember_full",
    "ledger.post",
    "linking.end_apart",
    "linking.set_apart",
    "mirror.keep",
    "open_form.clear",
    "open_form.finish",
    "open_form.put",
    "outbound.end_path",
    "outbound.insert_path",
    "outbound.keep",
    "outbound.refuse",
    "outbox.again",
    "outbox.ask",
    "outbox.confirm",
    "outbox.doubt",
    "outbox.drop",
    "outbox.finish",
    "outbox.give_up",
    "outbox.put_off",
    "outbox.take",
    "overrides.end",
    "overrides.insert",
    "pay_runs.begin",
    "pay_runs.move",
    "people.end_links",
    "people.insert",
    "people.insert_links",
    "people.make_participants",
    "people.merge",
    "people.update_identity",
    "plans.approve",
    "plans.publish",
    "problems.close_quarantine",
    "problems.insert",
    "problems.open_quarantine",
    "rejections.end",
    "rejections.insert",
    "retention.remove",
    "runs.abandon",
    "runs.begin",
    "runs.finish",
    "runs.release_hold",
    "runs.renew",
    "runs.sweep",
    "schedules.begin",
    "schedules.move",
    "signed_in.begin_session",
    "signed_in.end_sessions",
    "signed_in.end_tokens",
    "signed_in.insert_token",
    "users.end",
    "users.grant",
    "users.identify",
    "users.insert",
    "users.set_password",
    "users.take_back",
)

#: Every name that `fault_point` is called with.
FAULT_POINTS = frozenset(point for name in _WRITES for point in (name, f"{name} done"))

_armed: list[Callable[[str], None]] = []


def fault_point(name: str) -> None:
    """Do what a test armed, which may raise or end the process; nothing otherwise."""
    for action in _armed:
        action(name)


def arm(action: Callable[[str], None]) -> None:
    """Have `action` called with the name of every point that is passed, in place of what was armed before."""
    _armed[:] = [action]


def disarm() -> None:
    """Let every point do nothing again."""
    _armed.clear()


def write(name: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Put the two points of a write around the function that does it."""

    def around(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(function)
        def with_points(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            fault_point(name)
            result = function(*args, **kwargs)
            fault_point(f"{name} done")
            return result

        return with_points

    return around
