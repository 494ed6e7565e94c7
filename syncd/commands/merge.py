"""`merge`: two participants who turn out to be one person."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from domain.merging import pair_of
from store.people import PersonRow
from syncd import show
from syncd.changes.merging import Proposed, propose_merge
from syncd.commands.acting import as_user
from syncd.documents import Document, change_about
from syncd.options import DAY, as_json, day_of, reason, why
from syncd.world import one_of_two, open_world


@click.command("merge")
@click.argument("key")
@click.argument("into")
@click.option("--from", "start", type=DAY, help="the day from which they are one (default: the first that is not paid)")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def merge_command(
    place: tuple[Path, Any],
    key: str,
    into: str,
    start: datetime | None,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Propose that KEY is INTO: their records and ids become INTO's, what was paid stays where it is.

    Nothing happens before it is approved; `revert` takes it back.
    """
    text, world = why(reason), open_world(*place)
    found = propose_merge(world, key, into, day_of(start), text, one_of_two(user, world, of_changes=True))
    if as_json:
        show.answer(_document(found))
        return 0
    number, day = found.change.id, found.change.effective
    show.line(f"C{number} is proposed: {_who(found.person)} is {_who(found.into)} from {day} on. Approved,")
    for line in _told(found):
        show.line(f"- {line}")
    show.line(f"`calculate PERIOD --as-if C{number}` shows what would be paid; approve or reject it")
    return 0


def _told(found: Proposed) -> list[str]:
    one, other, matters = f"P{found.person.id}", f"P{found.into.id}", found.matters
    links = ", ".join(link.name for link in matters.links)
    told = [
        f"{one} ends on {found.change.effective} in every post; what was known of them before stays as it is",
        f"facts of that day and later that name {one} count for {other}; what was attained before stays {one}'s",
    ]
    told += [f"records that become {other}'s: {links}; the next run compares them"] if links else []
    if matters.paid_until:
        told.append(f"what was committed to {one}, for what was earned before {matters.paid_until}, stays booked there")
    over = [
        *(f"C{number} is withdrawn" for number in matters.changes),
        *(f"Q{number} is closed" for number in matters.questions),
        *(f"J{number} is forgotten" for number in matters.rejections),
        *(f"O{number} ends" for number in matters.overrides),
    ]
    told += [f"{', '.join(over)}: where it is still so, the next run asks it of {other}"] if over else []
    told += [f"{name} still logs in as {one}: `users end`, and add them as {other}" for name in matters.users]
    return told


def _document(found: Proposed) -> Document:
    matters = found.matters
    _, into, _ = pair_of(found.change)
    return {
        **change_about(found.change, found.person),
        "into": f"P{into}",
        "links": [one.name for one in matters.links],
        "paid_until": matters.paid_until.isoformat() if matters.paid_until else None,
        "withdrawn": [f"C{one}" for one in matters.changes],
        "closed": [f"Q{one}" for one in matters.questions],
        "forgotten": [f"J{one}" for one in matters.rejections],
        "ended": [f"O{one}" for one in matters.overrides],
        "users": list(matters.users),
    }


def _who(person: PersonRow) -> str:
    return f"P{person.id} ({person.name})" if person.name else f"P{person.id}"
