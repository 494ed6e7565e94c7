"""`write-back preview`, `approve`, `drop`, `list`, `show`: committed results, written into another system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from store.database import reading
from store.deliveries import Delivery, deliveries
from syncd import show
from syncd.commands.acting import as_user
from syncd.documents import Document
from syncd.names import number
from syncd.options import as_json, reason, why
from syncd.outside import delivering
from syncd.world import actor, one_of_two, open_world

_SHOWN = 20


@click.group("write-back")
def write_back_command() -> None:
    """Committed results, written into another system: previewed, approved, then sent."""


@write_back_command.command("preview")
@click.argument("target")
@click.argument("period")
@click.option("--group", help="of the people of this pay group (default: of everybody)")
@as_user
@as_json
@click.pass_obj
def preview_command(
    place: tuple[Path, Any],
    target: str,
    period: str,
    group: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Keep what would be written to TARGET of a committed PERIOD, and look at it. Nothing is sent."""
    world = open_world(*place)
    found = delivering.preview(world, target, period, group, one_of_two(user, world, of_changes=True))
    document = {
        **_document(found.delivery),
        "new": found.new,
        "same": found.same,
        "cells": [json.loads(one.cells) for one in found.rows],
    }
    if as_json:
        show.answer(document)
        return 0
    one = found.delivery
    show.line(
        f"D{one.id}: {one.rows:,} rows for {one.target}, {found.new:,} of them new; {found.same:,} are there already."
    )
    rows = document["cells"][:_SHOWN]
    show.table(f"The first {len(rows)}", tuple(rows[0]), [tuple(row.values()) for row in rows])
    show.line(f"`syncd write-back approve D{one.id}` sends them.")
    return 0


@write_back_command.command("approve")
@click.argument("delivery")
@as_user
@as_json
@click.pass_obj
def approve_command(place: tuple[Path, Any], delivery: str, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - as above
    """Let a previewed delivery go out; where `four_eyes` is on, by somebody else than who previewed it."""
    which, world = number(delivery, "D", "delivery"), open_world(*place)
    found = delivering.approve(world, which, one_of_two(user, world, of_changes=True))
    return _answer(found, "is approved: a worker sends it, `outbox list` says how far it is", as_json=as_json)


@write_back_command.command("drop")
@click.argument("delivery")
@reason(required=True)
@as_user
@as_json
@click.pass_obj
def drop_command(place: tuple[Path, Any], delivery: str, reason: str, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - as above
    """Never send a previewed delivery."""
    which, text, who = number(delivery, "D", "delivery"), why(reason), actor(user)
    return _answer(delivering.drop(open_world(*place), which, text, who), "is dropped", as_json=as_json)


@write_back_command.command("list")
@as_json
@click.pass_obj
def list_command(place: tuple[Path, Any], as_json: bool) -> int:  # noqa: FBT001 - as above
    """List deliveries."""
    with reading(open_world(*place).database) as tx:
        found = deliveries(tx)
    if as_json:
        show.answer([_document(one) for one in found])
        return 0
    rows = [(f"D{one.id}", one.target, one.rows, one.state.value, one.previewed_by, one.approved_by) for one in found]
    show.table("Deliveries", ("id", "to", "rows", "state", "previewed by", "approved by"), rows, empty="none")
    return 0


@write_back_command.command("show")
@click.argument("delivery")
@as_json
@click.pass_obj
def show_command(place: tuple[Path, Any], delivery: str, as_json: bool) -> int:  # noqa: FBT001 - as above
    """Show a delivery row by row: what is written, and what the other side said."""
    found, rows, counted = delivering.shown(open_world(*place), number(delivery, "D", "delivery"))
    if as_json:
        listed = [
            {
                "key": one.key,
                "state": one.state.value,
                "tries": one.tries,
                "job": one.job,
                "code": one.code,
                "cells": json.loads(one.cells),
            }
            for one in rows
        ]
        show.answer({**_document(found), "counted": counted, "lines": listed})
        return 0
    table = [(one.key, one.state.value, one.tries, one.job, one.code) for one in rows]
    show.table(f"D{found.id} to {found.target}: {found.state.value}", ("key", "state", "tries", "job", "code"), table)
    return 0


def _answer(found: Delivery, what: str, *, as_json: bool) -> int:
    if as_json:
        show.answer(_document(found))
    else:
        show.line(f"D{found.id} {what}.")
    return 0


def _document(one: Delivery) -> Document:
    return {
        "id": f"D{one.id}",
        "target": one.target,
        "rows": one.rows,
        "state": one.state.value,
        "digest": one.digest,
        "previewed_by": one.previewed_by,
        "approved_by": one.approved_by,
        "ended": one.ended_at.isoformat() if one.ended_at else None,
        "reason": one.reason,
    }
