"""`override`: a value of ours that hides what the sources say, proposed like any other change."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from store.database import reading
from store.overrides import overrides
from syncd import show
from syncd.changes.overriding import end, override
from syncd.commands.acting import as_user
from syncd.documents import change_document, override_document
from syncd.names import number, shown
from syncd.options import DAY, ProposedUnlessNamed, as_json, day_of, post, reason, why
from syncd.world import actor, one_of_two, open_world


@click.group("override", cls=ProposedUnlessNamed)
def override_command() -> None:
    """Hide what sources say of an attribute: override KEY NAME=VALUE [--to DATE] --reason R."""


@override_command.command("propose")
@click.argument("key")
@click.argument("value", metavar="NAME=VALUE")
@click.option("--to", "last", type=DAY, help="the last day it holds (default: until it is ended)")
@post
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def propose_command(
    place: tuple[Path, Any],
    key: str,
    value: str,
    last: datetime | None,
    post: str | None,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Propose a value from today on that hides what the sources say, until they say the same."""
    text, world = why(reason), open_world(*place)
    who = one_of_two(user, world, of_changes=True)
    one, change = override(world, key, value, day_of(last), text, who, post=post)
    if as_json:
        asked = None if change is None else change_document(change, None, None)
        show.answer({**override_document(one, world.today), "change": asked})
    elif change is None:
        show.line(f"O{one.id}: {one.attribute} stays {shown(one.value, {})}, whatever the sources say")
    else:
        show.line(f"O{one.id} is proposed with C{change.id}: approve or reject that; until then sources are heard")
    return 0


@override_command.command("list")
@click.option("--all", "everything", is_flag=True, help="those that are over, too")
@as_json
@click.pass_obj
def list_command(place: tuple[Path, Any], everything: bool, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """List overrides."""
    world = open_world(*place)
    with reading(world.database) as tx:
        found = [override_document(one, world.today) for one in overrides(tx)]
    found = [one for one in found if everything or one["state"] in ("active", "waiting")]
    if as_json:
        show.answer(found)
        return 0
    names = ("id", "participant", "attribute", "value", "until", "state", "by", "reason")
    show.table("Overrides", names, [tuple(one[name] for name in names) for one in found])
    return 0


@override_command.command("end")
@click.argument("number_", metavar="ID")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def end_command(
    place: tuple[Path, Any],
    number_: str,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """End an override: the value stays until a source, heard again, proposes another."""
    text, who, wanted = why(reason), actor(user), number(number_, "O", "override")
    world = open_world(*place)
    one = end(world, wanted, text, who)
    if as_json:
        show.answer(override_document(one, world.today))
    else:
        show.line(f"O{one.id} is ended: the next run hears what the sources say of {one.attribute}")
    return 0
