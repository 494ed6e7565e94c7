"""`rejections`, `forget`, `conflicts`: what was refused, and what only a person can answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from domain.match import WHO
from domain.record import Conflict
from domain.rejection import Scope
from store.conflicts import ConflictState, conflicts
from store.database import reading
from store.people import PersonRow, people_of
from store.rejections import rejections
from syncd import show
from syncd.changes.forgetting import forget_rejection
from syncd.changes.linking import forget_apart
from syncd.commands.acting import as_user
from syncd.documents import conflict_document, rejection_document
from syncd.names import number, shown
from syncd.options import as_json, reason, why
from syncd.world import actor, open_world

#: How long a rejection holds, in words.
_HOLDS = {
    Scope.CHANGE: "until it changes",
    Scope.UNTIL: "until {} (that day too)",
    Scope.GOOD: "for good",
}


@click.command("rejections")
@click.option("--all", "everything", is_flag=True, help="those that ended, too")
@as_json
@click.pass_obj
def rejections_command(place: tuple[Path, Any], everything: bool, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """List remembered rejections, and how many changes each keeps back now."""
    world = open_world(*place)
    with reading(world.database) as tx:
        found = rejections(tx, everything=everything)
        known = people_of(tx, {one.rejection.person for one in found})
    if as_json:
        show.answer([rejection_document(one.rejection, one.suppressed) for one in found])
        return 0
    rows = [
        (
            f"J{one.rejection.id}",
            _who(one.rejection.person, known),
            one.rejection.kind.value,
            ", ".join(f"{name} {shown(value, {})}" for name, value in sorted(one.rejection.values.items()) if value),
            _HOLDS[one.rejection.scope].format(one.rejection.until),
            f"{one.rejection.on} by {one.rejection.by}: {one.rejection.reason}",
            one.suppressed,
        )
        for one in found
    ]
    show.table("Rejections", ("id", "who", "kind", "of", "holds", "said", "keeps back"), rows)
    return 0


@click.command("forget")
@click.argument("memory", metavar="ID")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def forget_command(
    place: tuple[Path, Any],
    memory: str,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """End a remembered rejection (J1), or that a record is not somebody (X1): the next run asks again."""
    text, who = why(reason), actor(user)
    is_apart = memory[:1] in ("X", "x")
    wanted = number(memory, "X", "such memory") if is_apart else number(memory, "J", "rejection")
    world, forgotten = open_world(*place), f"{'X' if is_apart else 'J'}{wanted}"
    if is_apart:
        forget_apart(world, wanted, text, who)
    else:
        forget_rejection(world, wanted, text, who)
    if as_json:
        show.answer({"forgotten": forgotten})
    else:
        show.line(f"{forgotten} is forgotten; the next run asks again")
    return 0


@click.command("conflicts")
@click.option("--all", "everything", is_flag=True, help="those that were answered or closed, too")
@as_json
@click.pass_obj
def conflicts_command(place: tuple[Path, Any], everything: bool, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """List open questions."""
    world = open_world(*place)
    with reading(world.database) as tx:
        found = conflicts(tx, state=None if everything else ConflictState.OPEN)
    if as_json:
        show.answer([conflict_document(one) for one in found])
        return 0
    rows = [
        (
            f"Q{one.id}",
            one.conflict.kind,
            one.conflict.source_key,
            one.conflict.question,
            _told(one.conflict),
            one.state.value if one.answer is None else f"{one.answer}, said {one.by}: {one.reason}",
        )
        for one in found
    ]
    show.table("Conflicts", ("id", "kind", "record", "question", "what it says", "answer"), rows)
    if any(one.conflict.kind == WHO and one.state is ConflictState.OPEN for one in found):
        show.line("Who is it: `syncd answer Q3 --is KEY`, `--new` or `--never`, each with --reason")
    return 0


def _told(asked: Conflict) -> str:
    return ", ".join(f"{name} {shown(value, {})}" for name, value in asked.values)


def _who(person: int, known: dict[int, PersonRow]) -> str:
    row = known.get(person)
    return f"{row.employee_id or ''} {row.name or ''} (P{person})".strip() if row else f"P{person}"
