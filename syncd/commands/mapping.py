"""`mapping`: what is made of a feed's rows, in words: for who is to agree with it, and does not read YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from syncd import show
from syncd.documents import Document
from syncd.options import as_json, feed_named
from syncd.seen.mappings import mapping_document
from syncd.world import open_world


@click.command("mapping")
@click.argument("feed")
@as_json
@click.pass_obj
def mapping_command(place: tuple[Path, Any], feed: str, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Print what is made of a feed's rows: each attribute, from where, how it is read, whose value counts."""
    world = open_world(*place)
    found = mapping_document(world.workspace, feed_named(world, feed))
    if as_json:
        show.answer(found)
    else:
        _show(found)
    return 0


def _show(found: Document) -> None:
    stream = f", {found['stream']}" if found["stream"] else ""
    show.line(f"{found['feed']}: {found['source']}{stream} into {found['into']} ({found['file']})")
    for said in found["rows"]:
        show.line(f"  {said}")
    rows = [
        (one["field"], ", ".join(one["columns"]), "; ".join(one["how"]), one["whose"] or "") for one in found["fields"]
    ]
    show.table("Fields", ("field", "columns", "how", "whose value counts"), rows)
