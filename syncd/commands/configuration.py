"""`configuration show`, `publish`, `approve`, `list`: whether the files count, where that takes two people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from syncd import show
from syncd.access.configuring import approve, publish
from syncd.commands.acting import as_user
from syncd.options import as_json, why
from syncd.options import reason as reason_option
from syncd.seen.configured import (
    configuration_document,
    said_before,
    said_document,
    seen_configuration,
    standing_document,
    stands,
)
from syncd.world import one_of_two, open_world


@click.group("configuration")
def configuration_command() -> None:
    """The files of the workspace: with `four_eyes: true` they count once a second person approved them."""


@configuration_command.command("show")
@as_json
@click.pass_obj
def show_command(place: tuple[Path, Any], as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Show whether the files count, and how they differ from those that do."""
    seen = seen_configuration(open_world(*place))
    if as_json:
        show.answer(configuration_document(seen))
        return 0
    show.line(str(stands(seen)))
    for one in seen.differing:
        show.line("")
        for line in one.lines:
            show.line(line)
    return 0


@configuration_command.command("publish")
@reason_option(required=False)
@as_user
@as_json
@click.pass_obj
def publish_command(
    place: tuple[Path, Any],
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Say that the files are meant as they are; a second person then approves them."""
    text, world = why(reason), open_world(*place)
    now = publish(world, text, one_of_two(user, world))
    if as_json:
        show.answer(standing_document(now))
    else:
        show.line(f"Published by {now.waits.by if now.waits else ''}: somebody else has to approve it.")
    return 0


@configuration_command.command("approve")
@reason_option(required=False)
@as_user
@as_json
@click.pass_obj
def approve_command(
    place: tuple[Path, Any],
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Let the files count that somebody else published."""
    world = open_world(*place)
    now = approve(world, reason, one_of_two(user, world))
    if as_json:
        show.answer(standing_document(now))
    else:
        show.line("The configuration counts as it is.")
    return 0


@configuration_command.command("list")
@as_json
@click.pass_obj
def list_command(place: tuple[Path, Any], as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """List who published and approved which configuration, the oldest first."""
    said = said_before(open_world(*place))
    if as_json:
        show.answer([said_document(one) for one in said])
        return 0
    rows = [(f"{one.at:%Y-%m-%d %H:%M}", one.said.value, one.by, one.reason or "", one.files[:12]) for one in said]
    show.table("Configuration", ("when", "what", "who", "why", "files"), rows)
    return 0
