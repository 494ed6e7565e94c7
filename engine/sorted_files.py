"""A stage as sorted Parquet files: each has the rows of some people, so that two are written at once and none is large.

What passes row by row works on one core; of two files each has one, and none has so many rows that to sort them takes
the disk.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.passing import NTH
from engine.session import Session, quoted, text

#: About how many rows a file has; fewer than `_FEW` are no trouble in one. Each file reads all that they come from, so
#: beyond `_MANY` files they become larger instead, up to what the memory of as many facts can sort: two of `_MOST`.
_ROWS, _FEW, _MANY, _MOST = 3_200_000, 250_000, 18, 8_000_000


@dataclass(frozen=True, slots=True)
class SortedFiles:
    """A stage as Parquet files: what is large and written anyway is not kept as a table too.

    Where it sums up in the order of a file, its rows are sorted once, and summed up and written as they come.

    path     the first of them; those after it have its name and a number
    written  the columns of the files, each as SQL over those of the stage
    read     the columns of the stage, each as SQL over those of the files
    order    columns of the stage by which each is sorted, and no two rows are alike; none of them is null
    whose    stages below it, with the column that says whose a row is; no sum is of several people. They become
             tables. With none there is one file
    """

    path: Path
    written: Mapping[str, str]
    read: Mapping[str, str]
    order: Sequence[str]
    whose: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class People:
    """Those whose rows a file has: with numbers `[first, after)`, where these are given."""

    path: Path
    first: int | None = None
    after: int | None = None

    def among(self, column: str) -> str:
        """Write the condition that a column names one of them."""
        bounds = ((">=", self.first), ("<", self.after))
        return " AND ".join(f"{quoted(column)} {than} {one}" for than, one in bounds if one is not None) or "true"


def is_in_order(session: Session, path: Path) -> bool:
    """Tell whether rows that have numbers (`engine.passing`) are written in their order, none missing between them."""
    rows = f"read_parquet({text(str(path))}, file_row_number = true)"
    return not session.number(f"SELECT count(*) FROM {rows} WHERE {quoted(NTH)} IS DISTINCT FROM file_row_number + 1")


def cut_up(session: Session, files: SortedFiles, tables: Mapping[str, str]) -> list[People]:
    """Say who stands in which file: all have about as many rows. `tables` are those of the stages `files.whose`."""
    each = [f"SELECT {quoted(files.whose[stage])} AS who FROM {quoted(table)}" for stage, table in tables.items()]
    counted = f"SELECT who, count(*) AS n FROM ({' UNION ALL '.join(each)}) WHERE who IS NOT NULL GROUP BY who"
    rows = session.number(f"SELECT sum(n) FROM ({counted})") if each else 0
    if rows <= _FEW:
        return [People(files.path)]
    many = 2 * math.ceil(rows / (2 * min(max(_ROWS, rows // _MANY), _MOST)))
    found = session.rows(
        f"""SELECT min(who) FROM (SELECT who, sum(n) OVER (ORDER BY who) - n AS before FROM ({counted}))
            GROUP BY before // {math.ceil(rows / many)} ORDER BY 1"""
    )
    starts = [None, *(int(str(who)) for (who,) in found[1:])]
    paths = [files.path, *(files.path.with_stem(f"{files.path.stem}-{nth:03}") for nth in range(2, len(starts) + 1))]
    return [People(*one) for one in zip(paths, starts, [*starts[1:], None], strict=True)]
