"""`hold list`, `hold release`: runs whose changes may not be decided yet."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from domain.change import State
from domain.errors import Refused
from store.audit import Act, record
from store.changes import contradicted_by, mark, open_changes
from store.database import reading, writing
from store.head import take_revision
from store.people import people_of
from store.runs import RunRecord, RunState, release_hold, runs
from syncd import show
from syncd.names import number
from syncd.options import as_json, as_user, reason, why
from syncd.world import actor, open_world

#: States of a run that says what a read came to; a failed one says nothing.
_ENDED = (RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS, RunState.HELD)


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
        found = _waiting(runs(tx), _holding(tx))
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
        chosen = _same_content(runs(tx), wanted, _holding(tx))
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


def _waiting(known: list[RunRecord], holding: Collection[int]) -> list[RunRecord]:
    """Give the held runs that wait, each content once, as the run that was first held with it."""
    return [held[0] for held in _by_content(known) if not _later(known, held, holding)]


def _same_content(known: list[RunRecord], wanted: int, holding: Collection[int]) -> list[RunRecord]:
    """Give the held runs of one content, by any of them. `Refused` where it was followed by other content."""
    held = next((held for held in _by_content(known) if wanted in [one.id for one in held]), None)
    if held is None:
        raise Refused(f"R{wanted} is not held: see `hold list`")
    if later := _later(known, held, holding):
        raise Refused(f"R{wanted} was followed by R{later[-1]}, which says something else: look at that one")
    return held


def _by_content(known: list[RunRecord]) -> list[list[RunRecord]]:
    """Put held runs together that repeat the content of the first of them."""
    found: dict[int, list[RunRecord]] = {}
    for one in known:
        if one.state is RunState.HELD and not one.dry and one.released_at is None:
            found.setdefault(one.since_run or one.id, []).append(one)
    return list(found.values())


def _later(known: list[RunRecord], held: list[RunRecord], holding: Collection[int]) -> list[int]:
    """Give the runs that replaced what was held; an increment does not, as long as a change of it is held."""
    after = (one for one in known if one.feed == held[-1].feed and one.id > held[-1].id and not one.dry)
    later = [one for one in after if one.state in _ENDED]
    if all(not (one.full_read and one.complete) for one in later) and any(one.id in holding for one in held):
        return []
    return [one.id for one in later]


def _holding(tx: Connection) -> set[int]:
    """Give the runs that have a held change."""
    return {one.run for one in open_changes(tx, None, states=(State.HELD,))}
