"""`adjust`: amounts by hand. `approve A3` and `reject A3` decide them, as they decide changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from domain.errors import FixFile
from store.adjustments import Adjustment, AdjustmentState, adjustments
from store.database import reading
from syncd import show
from syncd.commands.acting import as_user
from syncd.names import number
from syncd.options import ProposedUnlessNamed, as_json, post, reason, why
from syncd.pay.adjust import Wanted, decide, propose
from syncd.pay.closed import adjustment_document, decided_document
from syncd.periods import pay_period_named
from syncd.world import World, one_of_two, open_world


@click.group("adjust", cls=ProposedUnlessNamed)
def adjust_command() -> None:
    """Propose an amount by hand: adjust KEY PERIOD AMOUNT CURRENCY --component C --reason R."""


@adjust_command.command("propose", context_settings={"ignore_unknown_options": True})
@click.argument("key")
@click.argument("period")
@click.argument("amount")
@click.argument("currency")
@click.option("--component", metavar="C", help="what it is for: a component of a plan of theirs, or PLAN.COMPONENT")
@click.option("--line", metavar="ID", help="the result it corrects, as `results` lists it")
@post
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def propose_command(
    place: tuple[Path, Any],
    key: str,
    period: str,
    amount: str,
    currency: str,
    component: str | None,
    line: str | None,
    post: str | None,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Propose an amount by hand (-50.00 takes back): it counts once somebody else has approved it."""
    wanted = Wanted(key, period, amount, currency, component, line, why(reason), post)
    world = open_world(*place)
    proposed = propose(world, wanted, one_of_two(user, world))
    if as_json:
        show.answer(adjustment_document(proposed))
    else:
        show.line(f"A{proposed.id} is proposed ({_said(proposed)}): somebody else has to approve it")
    return 0


@adjust_command.command("list")
@click.argument("period", required=False)
@as_json
@click.pass_obj
def list_command(place: tuple[Path, Any], period: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes so
    """List adjustments by hand (of a pay period), and what became of them."""
    world = open_world(*place)
    with reading(world.database) as tx:
        if period is None:
            found = adjustments(tx)
        else:
            calendar, meant = pay_period_named(world.workspace, period)
            found = adjustments(tx, calendar.name, meant.label)
    if as_json:
        show.answer([adjustment_document(one) for one in found])
        return 0
    rows = [
        (f"A{one.id}", one.state.value, one.pay_period, _said(one), one.reason, one.proposed_by, one.decided_by)
        for one in found
    ]
    show.table("Adjustments", ("id", "state", "pay period", "what", "why", "proposed by", "decided by"), rows)
    return 0


def adjustments_named(ids: Sequence[str]) -> list[int]:
    """Give the numbers of adjustments among ids; none where they are changes. `FixFile` where both are named."""
    mine = [one for one in ids if one[:1] in ("A", "a")]
    if mine and len(mine) < len(ids):
        raise FixFile("decide adjustments (A3) and changes (C12) apart")
    return [number(one, "A", "adjustment") for one in mine]


def decide_named(
    world: World, ids: Sequence[int], state: AdjustmentState, text: str | None, user: str | None, *, as_json: bool
) -> int:
    """Approve or reject adjustments, and say what became of them."""
    outcome = decide(world, ids, state, text, one_of_two(user, world))
    if as_json:
        show.answer(decided_document(outcome))
    else:
        show.line(f"{len(outcome.decided):,} {state.value}")
        if outcome.refused:
            show.table("Refused", ("id", "why"), [(f"A{one}", told) for one, told in outcome.refused])
    return 5 if outcome.refused else 0


def _said(one: Adjustment) -> str:
    return f"P{one.person} {one.amount} {one.currency} for {one.plan}.{one.component} of {one.earned_period}"
