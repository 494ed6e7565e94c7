"""`revert`: takes decisions back, by proposing the opposite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from domain.change import State
from store.changes import ChangeFilter
from syncd import show
from syncd.changes.reverting import revert
from syncd.changes.told import reverted_document
from syncd.commands.acting import as_user
from syncd.names import number, shown
from syncd.options import as_json, reason, why
from syncd.world import one_of_two, open_world


@click.command("revert")
@click.argument("ids", nargs=-1, required=True, metavar="ID... | BATCH")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def revert_command(
    place: tuple[Path, Any],
    ids: tuple[str, ...],
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Propose the opposite of applied changes (C12 C13), or of all that a batch applied (B3).

    Approved, it is as if they had never been decided; what was decided later stays, and so does the memory of both.
    """
    text, world = why(reason), open_world(*place)
    found = revert(world, _wanted(ids), text, one_of_two(user, world, of_changes=True))
    if as_json:
        show.answer(reverted_document(found))
        return 5 if found.refused else 0
    for change in found.proposed:
        what = ", ".join(f"{item.attribute} {shown(item.after, {})}" for item in change.differences)
        show.line(f"C{change.id} is proposed ({change.kind.value} from {change.effective}: {what}); {change.reason}")
    for number_, why_not in found.refused:
        show.line(f"C{number_} is left as it is: {why_not}")
    return 5 if found.refused else 0


def _wanted(ids: tuple[str, ...]) -> ChangeFilter:
    """Read the ids: of changes, or of one batch."""
    if len(ids) == 1 and ids[0][:1] in "Bb":
        return ChangeFilter(batch=number(ids[0], "B", "batch"), states=(State.APPLIED,))
    return ChangeFilter(ids=[number(one, "C", "change") for one in ids])
