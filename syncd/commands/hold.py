"""`hold list`, `hold release`: runs whose changes may not be decided yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from store.database import reading
from syncd import show
from syncd.changes.holding import held_runs, release
from syncd.changes.told import held_document
from syncd.commands.acting import as_user
from syncd.names import number
from syncd.options import as_json, reason, why
from syncd.world import actor, open_world


@click.group("hold")
def hold_command() -> None:
    """Runs whose changes may not be decided until somebody has looked and released them."""


@hold_command.command("list")
@as_json
@click.pass_obj
def list_command(place: tuple[Path, Any], as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """List held runs: why, and whom they are about."""
    world = open_world(*place)
    with reading(world.database) as tx:
        found = held_runs(tx)
    if as_json:
        show.answer([held_document(one) for one in found])
        return 0
    rows = [(f"R{one.run.id}", one.run.feed, one.run.hold_reason, len(one.affected)) for one in found]
    show.table("Held runs", ("run", "feed", "why", "people"), rows)
    return 0


@hold_command.command("release")
@click.argument("run")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def release_command(
    place: tuple[Path, Any],
    run: str,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Let the changes of a held run be decided. It counts for exactly this content, and changes no limit."""
    text, who = why(reason), actor(user)
    wanted = number(run, "R", "run")
    world = open_world(*place)
    freed = release(world, wanted, text, who)
    if as_json:
        show.answer({"released": f"R{wanted}", "pending": freed})
    else:
        show.line(f"R{wanted} is released: {freed:,} changes wait for a decision")
    return 0
