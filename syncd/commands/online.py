"""What `check --online` shows of a source."""

from __future__ import annotations

from syncd import show
from syncd.online import Look
from syncd.seen.looks import share


def show_look(look: Look) -> None:
    """Show a person what a feed's source has: what would fail first, then its columns."""
    show.line("")
    show.line(f"{look.feed} from {look.source}: {look.rows:,} rows")
    if look.message is not None:
        show.line(f"  COULD NOT BE READ: {look.message}")
        return
    for name in look.missing:
        show.line(f"  NO COLUMN {name!r}, which the mapping reads")
    if look.unreadable:
        show.line(f"  Rows that cannot be read: {look.unreadable:,}")
    if look.repeated:
        show.line(f"  Keys that several rows have: {look.repeated:,}")
    for name, (named, unknown) in sorted(look.people.items()):
        if unknown:
            show.line(f"  {name}: {named:,} people are named, {unknown:,} of them unknown")
    rows = [(one.field, f"{one.rows:,}", one.place, one.first) for one in look.unusable]
    if rows:
        show.table("Values that cannot be used", ("field", "rows", "first", "what, and what to do"), rows)
    columns = [
        (
            one.name,
            share(look.rows - one.filled, look.rows),
            f"{one.distinct:,}",
            ", ".join(one.codes) or "  ".join(f"{shape} ({share(rows, one.filled)})" for shape, rows in one.shapes),
            "" if one.name not in look.unused else "not mapped",
        )
        for one in look.columns
    ]
    show.table("Columns", ("column", "empty", "values", "written as", ""), columns)
