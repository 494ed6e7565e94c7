"""`submit`, `approve-results`, `return`, `commit`, `reopen`: the close of a pay period."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from calc.settling import Scope
from syncd import show
from syncd.commands.acting import as_user
from syncd.options import as_json, reason, why
from syncd.pay import close
from syncd.pay.close import Closed
from syncd.pay.closed import closed_document
from syncd.pay.documents import MISSING
from syncd.periods import pay_period_named
from syncd.world import World, actor, one_of_two, open_world

_F = TypeVar("_F", bound=Callable[..., Any])
_SHOWN = 20


def _of_a_pay_run(command: _F) -> _F:
    """Add what names a pay run, who acts, and `--json`."""
    named = click.option("--group", help="of the people of this pay group (default: of everybody)")
    return click.argument("period")(named(as_user(as_json(click.pass_obj(command)))))  # type: ignore[return-value]  # click's


@click.command("submit")
@_of_a_pay_run
def submit_command(place: tuple[Path, Any], period: str, group: str | None, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Submit the newest results of a pay period: somebody else approves them."""
    world = open_world(*place)
    who = one_of_two(user, world)
    return _answer(world, close.submit(world, _named(world, period, group), who), as_json=as_json)


@click.command("approve-results")
@_of_a_pay_run
def approve_results_command(
    place: tuple[Path, Any],
    period: str,
    group: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Approve what somebody else submitted."""
    world = open_world(*place)
    who = one_of_two(user, world)
    return _answer(world, close.approve(world, _named(world, period, group), who), as_json=as_json)


@click.command("return")
@reason(required=False)
@_of_a_pay_run
def return_command(
    place: tuple[Path, Any],
    period: str,
    group: str | None,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Give submitted or approved results back, with what is wrong with them."""
    text, who = why(reason), actor(user)
    world = open_world(*place)
    return _answer(world, close.give_back(world, _named(world, period, group), text, who), as_json=as_json)


@click.command("commit")
@_of_a_pay_run
def commit_command(place: tuple[Path, Any], period: str, group: str | None, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Write approved results into the ledger: they are never changed, only followed by adjustments."""
    world, who = open_world(*place), actor(user)
    return _answer(world, close.commit(world, _named(world, period, group), who), as_json=as_json)


@click.command("reopen")
@reason(required=False)
@_of_a_pay_run
def reopen_command(
    place: tuple[Path, Any],
    period: str,
    group: str | None,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Open a pay run again that was submitted or approved; one that is committed never is."""
    text, who = why(reason), actor(user)
    world = open_world(*place)
    return _answer(world, close.reopen(world, _named(world, period, group), text, who), as_json=as_json)


def _named(world: World, period: str, group: str | None) -> Scope:
    calendar, meant = pay_period_named(world.workspace, period)
    return Scope(calendar, meant, None, group)


def _answer(world: World, done: Closed, *, as_json: bool) -> int:
    document = closed_document(world, done)
    if as_json:
        show.answer(document)
        return 0
    run = done.run
    by = {"submitted": run.submitted_by, "approved": run.approved_by}.get(run.state.value)
    show.line(
        f"{run} is {run.state.value}{f' by {by}' if by else ''}: R{run.calculation}, results {run.digest}"
        + (f", {document['entries']:,} ledger entries" if run.committed is not None else "")
        + (f" ({run.reason})" if run.reason else "")
    )
    show.table(
        "Totals",
        ("legal entity", "currency", "amount"),
        [(one["legal_entity"], one["currency"], one["amount"]) for one in document["totals"]],
    )
    for title, name in (*MISSING, ("Uncredited", "uncredited")):
        if rows := document[name]:
            show.table(title, tuple(rows[0]), [tuple(row.values()) for row in rows[:_SHOWN]])
            if len(rows) > _SHOWN:
                show.line(f"... and {len(rows) - _SHOWN:,} more: use --json")
    return 0
