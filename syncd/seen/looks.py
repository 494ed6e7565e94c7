"""What a source has now, as a look at it found: for programs, and for who may not see values."""

from __future__ import annotations

from dataclasses import replace

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
                "empty": share(look.rows - one.filled, look.rows),
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


def without_values(look: Look) -> Look:
    """Give a look without what single rows say: for who sees nobody's values. A profile of columns has none."""
    unusable = [replace(one, first=f"{one.code}: see it with a role for everybody") for one in look.unusable]
    return replace(look, unusable=unusable)


def share(part: int, whole: int) -> str:
    """Write a share in whole percents, rounded down; never 0 where there is any."""
    percents = 100 * part // whole if whole else 0
    return "<1%" if part and not percents else f"{percents}%"
