"""`hold list`, `hold release`: runs whose changes may not be decided yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from domain.change import State
from domain.errors import Refused
from store.audit import Act, record
from store.changes import contradicted_by, mark
from store.database import reading, writing
from store.head import take_revision
from store.people import people_of
from store.runs import RunRecord, RunState, held_runs, release_hold, runs
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
        found = _waiting(held_runs(tx))
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
        chosen = _same_content(runs(tx), wanted)
        freed = sum(release_hold(tx, one.id, who.name, text, world.now()) for one in chosen)
        newest = max(one.id for one in chosen)
        mark(tx, contradicted_by(tx, newest), State.SUPERSEDED, expected=(State.PENDING,))
        act = Act("release hold", f"R{wanted}", chosen[0].hold_digest or "", text)
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


def _waiting(found: list[RunRecord]) -> list[RunRecord]:
    """A hold that repeats with the same content is listed once, under the run that made it."""
    return [one for one in found if one.since_run in (None, one.id)]


def _same_content(known: list[RunRecord], wanted: int) -> list[RunRecord]:
    """Give the held run and those that repeated it. `Refused` where it was followed by other content."""
    held = [one for one in known if wanted in (one.id, one.since_run) and one.hold_reason and not one.released_at]
    if not any(one.id == wanted for one in held):
        raise Refused(f"R{wanted} is not held: see `hold list`")
    newest = max(one.id for one in held)
    ended = (RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS, RunState.HELD)
    later = [
        one.id for one in known if one.feed == held[0].feed and one.id > newest and not one.dry and one.state in ended
    ]
    if later:
        raise Refused(f"R{wanted} was followed by R{later[-1]}, which says something else: look at that one")
    return held
