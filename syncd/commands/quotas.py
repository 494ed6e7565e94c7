"""`quotas copy`: those of one span of time proposed for another, with a factor."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from domain.errors import FixFile
from formula.canonical import decimal
from syncd import show
from syncd.changes.quota_copies import Copies, copy_quotas, copying_of
from syncd.commands.acting import as_user
from syncd.documents import Document, change_document
from syncd.options import as_json, reason, why
from syncd.world import one_of_two, open_world


@click.group("quotas")
def quotas_command() -> None:
    """Copy quotas from one span of time to another."""


@quotas_command.command("copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--factor", default="1", metavar="F", help="times how much, such as 1.05 (default: 1)")
@click.option("--measure", help="of this measure alone")
@click.option("--participant", "keys", multiple=True, metavar="KEY", help="of these people alone")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def copy_command(
    place: tuple[Path, Any],
    source: str,
    target: str,
    factor: str,
    measure: str | None,
    keys: tuple[str, ...],
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Propose the quotas of FROM (2025, 2025-Q1) for TO, of everybody who is on the roster on its first day.

    Who has one there keeps it; what was refused stays refused; what waits already is not asked twice.
    """
    text, world = why(reason), open_world(*place)
    who = one_of_two(user, world, of_changes=True)
    number = decimal(factor)
    if number is None:
        raise FixFile(f"'{factor}' is no factor: write it like 1.05")
    found = copy_quotas(world, copying_of(world, source, target, Decimal(number), measure), keys, text, who)
    if as_json:
        show.answer(copies_document(found))
    else:
        _show(found)
    return 0


def copies_document(found: Copies) -> Document:
    """What a copy came to, as `--json` gives it."""
    return {
        "proposed": [change_document(one, None, None) for one in found.proposed],
        "waiting": found.waiting,
        "there": found.there,
        "suppressed": len(found.suppressed),
        "left": [
            {"participant": f"P{person}", "quota": quota.attribute, "value": quota.value, "why": why}
            for person, quota, why in found.left
        ],
    }


def _show(found: Copies) -> None:
    show.line(
        f"{len(found.proposed):,} quotas are proposed; {found.waiting:,} waited already, {found.there:,} are there, "
        f"{len(found.suppressed):,} were refused before"
    )
    rows = [(f"P{person}", quota.attribute, quota.value, why) for person, quota, why in found.left]
    if rows:
        show.table("Not copied", ("participant", "quota", "value", "why"), rows)
