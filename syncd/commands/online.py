"""What `check --online` tells of a source."""

from __future__ import annotations

from syncd import show
from syncd.documents import Document
from syncd.online import Look


def look_document(look: Look) -> Document:
    """What a feed's source has now, as `--json` gives it. Shares are texts of percents."""
    return {
        "feed": look.feed,
        "source": look.source,
        "outcome": "could_not_be_read" if look.message is not None else "read",
        "message": look.message,
        "rows": look.rows,
        "unreadable": look.unreadable,
        "repeated_keys": look.repeated,
        "missing_columns": list(look.missing),
        "unused_columns": list(look.unused),
        "columns": [
            {
                "column": one.name,
                "filled": one.filled,
                "empty": _share(look.rows - one.filled, look.rows),
                "distinct": one.distinct,
                "shapes": [{"shape": shape, "rows": rows} for shape, rows in one.shapes],
                "codes": list(one.codes),
            }
            for one in look.columns
        ],
        "unusable": [
            {"field": one.field, "code": one.code, "rows": one.rows, "place": one.place, "message": one.first}
            for one in look.unusable
        ],
        "people": [
            {"field": name, "named": named, "unknown": unknown}
            for name, (named, unknown) in sorted(look.people.items())
        ],
    }


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
            _share(look.rows - one.filled, look.rows),
            f"{one.distinct:,}",
            ", ".join(one.codes) or "  ".join(f"{shape} ({_share(rows, one.filled)})" for shape, rows in one.shapes),
            "" if one.name not in look.unused else "not mapped",
        )
        for one in look.columns
    ]
    show.table("Columns", ("column", "empty", "values", "written as", ""), columns)


def _share(part: int, whole: int) -> str:
    """A share in whole percents, rounded down; never 0 where there is any."""
    percents = 100 * part // whole if whole else 0
    return "<1%" if part and not percents else f"{percents}%"
