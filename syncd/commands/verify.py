"""`verify`: a source beside what is known of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from syncd import show
from syncd.documents import Document
from syncd.options import as_json, feed_named
from syncd.verify import NAMED, Verified, verify
from syncd.world import open_world


@click.command("verify")
@click.argument("feed")
@as_json
@click.pass_obj
def verify_command(place: tuple[Path, Any], feed: str, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Read a feed's source once more and compare it with what is known: counts, sums, and record by record.

    Nothing is kept, proposed or taken away. Exit code 1 where anything differs.
    """
    world = open_world(*place)
    found = verify(world, feed_named(world, feed), show.Progress(quiet=as_json))
    if as_json:
        show.answer(verified_document(feed, found))
    else:
        _show(feed, found)
    return 0 if found.agrees else 1


def verified_document(feed: str, found: Verified) -> Document:
    """What came out, as `--json` gives it. Sums are texts."""
    return {
        "feed": feed,
        "agrees": found.agrees,
        "source": found.counts.there,
        "known": found.counts.known,
        "both": found.counts.both,
        "differing": found.differing,
        "sums": [
            {"field": name, "currency": part, "source": there, "known": known}
            for name, part, there, known in found.sums
        ],
        "values": [
            {
                "key": one.key,
                "participant": f"P{one.person}" if one.person is not None else None,
                "field": one.name,
                "source": one.there,
                "known": one.known,
                "why": one.why,
                "change": f"C{one.change}" if one.change is not None else None,
            }
            for one in found.values
        ],
        "only_source": list(found.missing),
        "in_quarantine": found.waiting,
        "only_known": list(found.gone),
    }


def _show(feed: str, found: Verified) -> None:
    one = found.counts
    show.line(f"{feed}: the source has {one.there:,} records, {one.known:,} are known, {one.both:,} on both sides.")
    if found.sums:
        rows = [(name, part or "", there, known) for name, part, there, known in found.sums]
        show.table("Sums", ("field", "currency", "source", "known"), rows)
    if found.differing:
        first = f", the first {NAMED} values" if len(found.values) >= NAMED else ""
        cells = [
            (each.key, each.name, each.there or "", each.known or "", _why(each.why, each.change))
            for each in found.values
        ]
        show.table(f"{found.differing:,} records differ{first}", ("key", "field", "source", "known", "why"), cells)
    for title, keys in (("Only the source has", found.missing), ("The source has not", found.gone)):
        if keys:
            show.line(f"{title}: {', '.join(keys)}{', ...' if len(keys) >= NAMED else ''}")
    if found.waiting:
        show.line(f"Of what only the source has, {found.waiting:,} are in quarantine: `quarantine {feed}` says why.")
    if found.agrees:
        show.line("They agree.")


def _why(why: str, change: int | None) -> str:
    return why if change is None else f"{why} (C{change})"
