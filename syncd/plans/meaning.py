"""What a plan means beside the workspace and what was published of it before: mistakes that its form cannot show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calc.check import Known, check, check_after
from calc.plan import Plan
from domain.problem import Mistake
from syncd.configuration.settings import Into, Workspace
from syncd.configuration.wording import Fault
from syncd.facts.known import mapped_fields, mapped_transactions

#: How long the path of a measure, a component or a rule of credit is: what is said of one is said of its key.
OF_A_PART = 2


def faults(workspace: Workspace, plan: Plan, earlier: Sequence[Plan]) -> Iterator[Fault]:
    """Yield every mistake in what fits the form of a plan; `earlier` are its published texts, the oldest first."""
    for one in (*check(plan, known_to(workspace)), *check_after(plan, earlier)):
        yield Fault(one.path, one.message, _is_of_key(one), one.offset)


def known_to(workspace: Workspace) -> Known:
    """Give what a plan of a workspace may name."""
    return Known(
        columns=mapped_transactions(workspace),
        feeds={name: tuple(columns) for name, columns in mapped_fields(workspace).items()},
        rate_feeds=tuple(
            dict.fromkeys(
                one for name, feed in workspace.feeds.items() if feed.into is Into.RATES for one in (name, feed.name)
            )
        ),
        calendars=tuple(workspace.calendars),
    )


def _is_of_key(mistake: Mistake) -> bool:
    return len(mistake.path) == OF_A_PART and mistake.path[0] in ("measures", "components")
