"""`erase`: what is personal of somebody who has left goes; every amount stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from store.erasing import Erasure
from syncd import show
from syncd.commands.acting import as_user
from syncd.documents import Document
from syncd.operation.erasing import Erased, erase
from syncd.options import as_json, reason, why
from syncd.world import one_of_two, open_world


@click.command("erase")
@click.argument("key")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def erase_command(
    place: tuple[Path, Any],
    key: str,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Erase name, e-mail and ids of somebody who has left, for good. Where four eyes are on a second person does it."""
    text, world = why(reason), open_world(*place)
    found = erase(world, key, text, one_of_two(user, world, of_changes=True))
    if as_json:
        show.answer(_document(found))
        return 0
    who = f"P{found.erasure.person}"
    if found.erasure.revision is None:
        show.line(f"{who} is to be erased: somebody else has to give the same command")
        return 0
    show.line(f"{who} is erased: {found.emptied:,} records are emptied, {found.rows:,} landed rows are gone.")
    show.table("What may still name them", ("what",), [(one,) for one in found.left])
    return 0


def erasure_document(one: Erasure) -> Document:
    """Give an erasure as `audit verify` lists it."""
    return {
        "participant": f"P{one.person}",
        "asked_by": one.asked_by,
        "by": one.by,
        "reason": one.reason if one.revision is not None else one.asked_reason,
        "at": one.at.isoformat() if one.at else None,
        "revision": one.revision,
    }


def _document(found: Erased) -> Document:
    return {
        **erasure_document(found.erasure),
        "state": "waiting" if found.erasure.revision is None else "erased",
        "emptied": found.emptied,
        "rows": found.rows,
        "left": list(found.left),
    }
