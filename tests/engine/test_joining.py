"""Small segments become few: every row in its order, and nothing beyond what closes a segment."""

import hashlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Page, PageFormat
from engine import joining
from engine.joining import join
from engine.landing import Segment, land
from engine.session import Session, open_session

#: Segments as they come: how many rows each has, and whether it has the second column.
SIZES = st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=8)
ROWS, BYTES = 6, 150


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> Iterator[Session]:
    with pytest.MonkeyPatch.context() as patch, open_session(tmp_path_factory.mktemp("var")) as opened:
        patch.setattr(joining, "SEGMENT_ROWS", ROWS)
        patch.setattr(joining, "SEGMENT_BYTES", BYTES)
        yield opened


def landed(session: Session, sizes: list[tuple[int, bool]]) -> list[Segment]:
    """Segments of so many rows each, numbered through."""
    segments: list[Segment] = []
    for number, (size, is_wide) in enumerate(sizes):
        path = session.folder / f"page-{number}.jsonl"
        first = sum(count for count, _ in sizes[:number])
        path.write_text("".join(f'{{"a": "{first + row}", "b": "x"}}\n' for row in range(size)), encoding="utf-8")
        columns = ("a", "b") if is_wide else ("a",)
        page = Page(path, PageFormat.JSONL, columns, "s", full=True, is_last=False)
        segments.extend(land(session, page, session.folder / "landed", wanted=None).segments)
    return segments


def column(session: Session, segment: Segment) -> list[object]:
    return [row[0] for row in session.rows("SELECT a FROM read_parquet($1)", [str(segment.path)])]


@given(sizes=SIZES)
def test_joined_segments_hold_the_same_rows_in_order_and_are_as_few_as_may_be(session, sizes):
    segments = landed(session, sizes)
    before = [(one.rows, one.weight, one.columns) for one in segments]
    joined = join(session, segments, Path(mkdtemp(dir=session.folder)) / "joined")
    found = [value for one in joined for value in column(session, one)]
    assert found == [str(number) for number in range(sum(size for size, _ in sizes))]
    assert [sum(one.rows for one in joined), sum(one.weight for one in joined)] == [
        sum(rows for rows, _, _ in before),
        sum(weight for _, weight, _ in before),
    ]
    for one in joined:
        assert one.digest == hashlib.sha256(one.path.read_bytes()).hexdigest()
        assert one.size == one.path.stat().st_size
        names = [str(row[0]) for row in session.rows("DESCRIBE FROM read_parquet($1)", [str(one.path)])]
        assert tuple(name for name in names if not name.startswith("_")) == one.columns
        assert (one.rows <= ROWS and one.weight <= BYTES) or (one.rows, one.weight, one.columns) in before
    heads = {sum(rows for rows, _, _ in before[:number]): one for number, one in enumerate(before)}
    for first, second in pairwise(joined):
        rows, weight, columns = heads[int(str(column(session, second)[0]))]
        assert first.rows + rows > ROWS or first.weight + weight > BYTES or first.columns != columns


def test_what_was_joined_is_not_left_beside(session):
    segments = landed(session, [(1, True), (2, True)])
    folder = Path(mkdtemp(dir=session.folder))
    (one,) = join(session, segments, folder / "joined")
    assert list(folder.iterdir()) == [one.path]
    assert not any(segment.path.exists() for segment in segments)


def test_a_segment_without_a_neighbour_stays_as_it_is(session):
    segments = landed(session, [(5, True), (5, True)])
    assert join(session, segments, session.folder / "joined") == tuple(segments)
    assert join(session, [], session.folder / "joined") == ()
