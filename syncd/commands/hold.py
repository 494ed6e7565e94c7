"""`hold list`, `hold release`: runs whose changes may not be decided yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from domain.change import State
from domain.hold import released_with, waiting
from store.audit import Act, record
from store.changes import contradicted_by, mark, open_changes
from store.database import reading, writing
from store.head import take_revision
from store.people import people_of
from store.runs import past_reads, release_hold, runs
from syncd import show
from syncd.names import number
from syncd.options import as_json, as_user, reason, why
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
        held = {one.run for one in waiting(past_reads(tx), _holding(tx))}
        found = [one for one in runs(tx) if one.id in held]
        known = people_of(tx, {person for one in found for person, _ in one.hold})
    if as_json:
        show.answer(
            [
                {
                    "run": f"R{one.id}",
                    "feed": one.feed,
                    "reason": one.hold_reason,
                    "affected": [
                        {
                            "participant": f"P{person}",
                            "employee_id": known[person].employee_id if person in known else None,
                            "why": text,
                        }
                        for person, text in one.hold
                    ],
                }
                for one in found
            ]
        )
        return 0
    rows = [(f"R{one.id}", one.feed, one.hold_reason, len(one.hold)) for one in found]
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
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "release")
        chosen = released_with(past_reads(tx), wanted, _holding(tx))
        freed = sum(release_hold(tx, one.run, who.name, text, world.now()) for one in chosen)
        mark(tx, contradicted_by(tx, chosen[-1].run), State.SUPERSEDED, expected=(State.PENDING,))
        act = Act("release hold", f"R{wanted}", chosen[0].content or "", text)
        record(
            tx,
            revision,
            [act],
            at=world.now(),
            by=who.account,
            for_user=who.for_user,
            configuration=world.configuration_hash,
        )
    if as_json:
        show.answer({"released": f"R{wanted}", "pending": freed})
    else:
        show.line(f"R{wanted} is released: {freed:,} changes wait for a decision")
    return 0


def _holding(tx: Connection) -> set[int]:
    """Give the runs that have a held change."""
    return {one.run for one in open_changes(tx, None, states=(State.HELD,))}
