"""`mapping`: what is made of a feed's rows, in words: for who is to agree with it, and does not read YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from domain.whose import Mode, OnNull, Whose, ordered
from mapping.told import told_fields, told_rows
from syncd import show
from syncd.configuration.settings import FeedSettings, Workspace
from syncd.documents import Document
from syncd.options import as_json, feed_named
from syncd.world import open_world

_MODES = {
    Mode.PROPOSE: "a difference is proposed",
    Mode.ENFORCE: "a difference is proposed, and nothing is corrected here",
    Mode.SEED: "taken when somebody is added, ours from then on",
    Mode.LOCAL: "ours: never from a source",
}
_NULLS = {
    OnNull.CLEAR: None,
    OnNull.KEEP: "nothing from the source changes nothing",
    OnNull.FALLBACK: "where it has nothing the next source counts",
}


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


def mapping_document(workspace: Workspace, feed: FeedSettings) -> Document:
    """Give the mapping of a feed as `--json` gives it."""
    fields = told_fields(feed.mapping, workspace.attributes, feed.into.facts)
    names = [one.name for one in fields if not one.name.startswith("_")]
    whose = ordered(workspace.whose, names, workspace.roster_sources) if feed.into.facts is None else {}
    return {
        "feed": feed.name,
        "source": feed.source.name,
        "stream": feed.stream,
        "into": feed.into.value,
        "file": feed.mapping_path,
        "rows": list(told_rows(feed.mapping)),
        "fields": [
            {
                "field": one.name.removeprefix("_"),
                "type": one.type.value,
                "columns": list(one.columns),
                "how": list(one.how),
                "whose": _whose(whose[one.name]) if one.name in whose else None,
            }
            for one in fields
        ],
    }


def _whose(whose: Whose) -> str:
    told = [_MODES[whose.mode], _NULLS[whose.on_null]]
    if whose.sources:
        told.insert(0, f"{', then '.join(whose.sources)}")
    return "; ".join(one for one in told if one)


def _show(found: Document) -> None:
    stream = f", {found['stream']}" if found["stream"] else ""
    show.line(f"{found['feed']}: {found['source']}{stream} into {found['into']} ({found['file']})")
    for said in found["rows"]:
        show.line(f"  {said}")
    rows = [
        (one["field"], ", ".join(one["columns"]), "; ".join(one["how"]), one["whose"] or "") for one in found["fields"]
    ]
    show.table("Fields", ("field", "columns", "how", "whose value counts"), rows)
