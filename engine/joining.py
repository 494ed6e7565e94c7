"""Small segments become one: a source that sends a few rows a page does not make a file of each.

In go segments that are not published yet, in the order of their rows; out come as few as may hold the same rows in
the same order, none beyond what closes a segment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.landing import SEGMENT_BYTES, SEGMENT_ROWS, WRITTEN, Segment
from engine.session import Session, read_files, text


def join(session: Session, segments: Sequence[Segment], target: Path) -> tuple[Segment, ...]:
    """Put neighbours with the same columns into one file each, `{target}-0.parquet` and so on; they take its place.

    A segment that has no neighbour to join stays as it is. The session must keep the order of rows.
    """
    joined = []
    for number, group in enumerate(_groups(segments)):
        joined.append(
            group[0] if len(group) == 1 else _one(session, group, target.with_name(f"{target.name}-{number}"))
        )
    return tuple(joined)


def _groups(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    group: list[Segment] = []
    rows = weight = 0
    for one in segments:
        rows, weight = rows + one.rows, weight + one.weight
        if group and (rows > SEGMENT_ROWS or weight > SEGMENT_BYTES or one.columns != group[0].columns):
            yield group
            group, rows, weight = [], one.rows, one.weight
        group.append(one)
    if group:
        yield group


def _one(session: Session, group: Sequence[Segment], target: Path) -> Segment:
    path = target.with_suffix(".parquet")
    sources = read_files(one.path for one in group)
    session.run(f"COPY (SELECT * FROM {sources}) TO {text(str(path))} ({WRITTEN})")
    for one in group:
        one.path.unlink()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    rows, weight = sum(one.rows for one in group), sum(one.weight for one in group)
    return Segment(path, digest, rows, path.stat().st_size, weight, group[0].columns)
