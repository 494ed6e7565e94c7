"""What every connector promises (`connectors.base`), as checks that any of them and any double must pass.

A connector gives a `Stage`: its source, what the world holds, and ways to change and to spoil it. Each
promise is a function that raises `AssertionError` where it is broken. `test_contract.py` runs all of them
over all stages, and over sources that break one each.
"""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from connectors.base import FAILED, NATIVE, OPERATION, PLACE, REPLACE, RESERVED, ROW, Page, PageFormat, Source
from domain.errors import CursorExpired, SyncError

Record = dict[str, str | None]


@dataclass(frozen=True)
class Change:
    """What `Stage.change` did: the records as they are now by key, and the keys that are gone."""

    changed: dict[str, Record]
    deleted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Stage:
    """A source set up for the suite.

    source    opens it anew, as each run does
    key       the column that tells records apart
    records   what a full read must bring
    outside   a folder that holds the world and must not change by reading
    change    makes something happen; None for a source without increments
    spoil     makes the next read fail as a whole, by name of what is wrong, and gives the error to expect
    expire    makes every cursor given so far too old; None where a source never forgets
    """

    source: Callable[[], Source]
    key: str
    records: list[Record]
    outside: Path
    stream: str | None = None
    change: Callable[[], Change] | None = None
    spoil: dict[str, Callable[[], type[SyncError]]] = field(default_factory=dict)
    expire: Callable[[], None] | None = None


@dataclass(frozen=True)
class Reading:
    """The pages of a read and the rows of each."""

    pages: list[Page]
    rows: list[list[Record]]

    def folded(self, key: str) -> dict[str, Record]:
        """The last row of each record by that column; a deleted one has only its operation."""
        return {str(row[key]): row for page in self.rows for row in page}


def read(stage: Stage, scratch: Path, since: str | None = None, pages: int | None = None) -> Reading:
    """Read a stage, or only its first pages and then no more, as a crash would."""
    scratch.mkdir(parents=True, exist_ok=True)
    reading = Reading([], [])
    for page in stage.source().read(stage.stream, since, scratch):
        reading.pages.append(page)
        reading.rows.append(list(rows_of(page)))
        if pages is not None and len(reading.pages) == pages:
            break
    return reading


def rows_of(page: Page) -> Iterator[Record]:
    """The rows of a page as anyone may read them."""
    if page.format is PageFormat.JSONL:
        with page.path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
        return
    with page.path.open(encoding="utf-8", newline="") as file:
        for _ in range(page.dialect.skip):
            next(file)
        for cells in csv.reader(file, delimiter=page.dialect.delimiter, quotechar=page.dialect.quote, strict=True):
            assert len(cells) == len(page.columns), "a cell has no column"
            yield {name: cell or None for name, cell in zip(page.columns, cells, strict=True) if name}


def marks_of(page: Page, rows: list[Record]) -> Iterator[tuple[int, str]]:
    """The row number and the place of each row, as landing writes them: by themselves, the line and `name:line`.

    A text's record begins on the line after the one before it ended on.
    """
    lines = count(1) if page.format is PageFormat.JSONL else _first_lines(page)
    for line, row in zip(lines, rows, strict=False):
        number = int(str(row[ROW])) if row.get(ROW) is not None else line
        yield number, str(row.get(PLACE) or f"{page.name}:{number}")


def _first_lines(page: Page) -> Iterator[int]:
    with page.path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=page.dialect.delimiter, quotechar=page.dialect.quote)
        ended = 0
        for _ in reader:
            if ended >= page.dialect.skip:
                yield ended + 1
            ended = reader.line_num


def plain(row: Record) -> Record:
    """A row without ours and without its empty columns."""
    return {name: value for name, value in row.items() if name not in RESERVED and value is not None}


def plain_by_key(stage: Stage, reading: Reading) -> dict[str, Record]:
    """The last row of each record that was not deleted."""
    latest = reading.folded(stage.key)
    return {key: plain(row) for key, row in latest.items() if row.get(OPERATION) != "delete"}


# --- the promises ---------------------------------------------------------------------------------------


def pages_lie_in_the_scratch_folder(stage: Stage, scratch: Path) -> None:
    for page in read(stage, scratch).pages:
        assert page.path.is_file()
        assert page.path.resolve().is_relative_to(scratch.resolve())


def nothing_else_on_disk_changes(stage: Stage, scratch: Path) -> None:
    before = _snapshot(stage.outside, scratch)
    read(stage, scratch)
    assert _snapshot(stage.outside, scratch) == before


def columns_are_distinct_and_not_ours(stage: Stage, scratch: Path) -> None:
    for page in read(stage, scratch).pages:
        names = [name.casefold() for name in page.columns if name]
        assert len(set(names)) == len(names)
        assert not RESERVED.intersection(page.columns)


def rows_have_only_declared_columns(stage: Stage, scratch: Path) -> None:
    reading = read(stage, scratch)
    for page, rows in zip(reading.pages, reading.rows, strict=True):
        for row in rows:
            assert set(row) <= set(page.columns) | RESERVED


def values_are_text_or_null(stage: Stage, scratch: Path) -> None:
    reading = read(stage, scratch)
    for page, rows in zip(reading.pages, reading.rows, strict=True):
        for row in rows:
            ours = {name: row.pop(name) for name in RESERVED & set(row)}
            assert all(value is None or isinstance(value, str) for value in row.values())
            assert isinstance(ours.get(ROW, 1), int)
            assert isinstance(ours.get(PLACE, ""), str)
            native = str(ours.get(NATIVE, ",,"))
            assert native.startswith(",")
            assert native.endswith(",")
            assert {name.removeprefix(FAILED) for name in native.strip(",").split(",")} <= {*page.columns, ""}


def a_full_read_brings_every_record_as_sent(stage: Stage, scratch: Path) -> None:
    expected = {str(record[stage.key]): plain(record) for record in stage.records}
    assert plain_by_key(stage, read(stage, scratch)) == expected


def a_full_read_says_that_it_is_one(stage: Stage, scratch: Path) -> None:
    assert all(page.full for page in read(stage, scratch).pages)


def only_the_last_page_is_the_last(stage: Stage, scratch: Path) -> None:
    marks = [page.is_last for page in read(stage, scratch).pages]
    assert marks == [False] * (len(marks) - 1) + [True]


def stated_counts_are_right(stage: Stage, scratch: Path) -> None:
    reading = read(stage, scratch)
    sent = sum(map(len, reading.rows))
    for page, rows in zip(reading.pages, reading.rows, strict=True):
        assert page.rows in {None, len(rows)}
        assert page.total in {None, sent}


def row_numbers_rise_within_a_page(stage: Stage, scratch: Path) -> None:
    for rows in read(stage, scratch).rows:
        numbers = [int(str(row[ROW])) for row in rows if row.get(ROW) is not None]
        assert numbers == sorted(set(numbers))


def no_two_records_share_row_and_place(stage: Stage, scratch: Path) -> None:
    """Not in one read, nor over those whose rows are compared together: a full one and the increments after it."""
    known: dict[tuple[int, str], str | None] = {}
    since = None
    for number in range(3):
        reading = read(stage, scratch / str(number), since)
        marks = [mark for page, rows in zip(reading.pages, reading.rows, strict=True) for mark in marks_of(page, rows)]
        assert len(set(marks)) == len(marks), "two rows of one read"
        for mark, row in zip(marks, (row for rows in reading.rows for row in rows), strict=True):
            assert known.setdefault(mark, row[stage.key]) == row[stage.key], "two records"
        if stage.change is None:
            return
        since = _changed(stage, reading.pages[-1].cursor)


def reading_twice_gives_the_same(stage: Stage, scratch: Path) -> None:
    first, second = read(stage, scratch / "1"), read(stage, scratch / "2")
    assert first.rows == second.rows
    assert [page.columns for page in first.pages] == [page.columns for page in second.pages]


def a_cursor_comes_only_with_its_rows(stage: Stage, scratch: Path) -> None:
    """Whatever page a read is cut after: going on from its cursor misses nothing of what it would bring."""
    starts: list[str | None] = [None]
    if stage.change is not None:
        starts.append(_changed(stage, read(stage, scratch / "full").pages[-1].cursor))
    for since in starts:
        whole = read(stage, scratch / f"whole-{since}", since)
        for number, page in enumerate(whole.pages, start=1):
            if page.cursor is not None:
                head = read(stage, scratch / f"head-{since}-{number}", since, pages=number)
                rest = read(stage, scratch / f"rest-{since}-{number}", page.cursor)
                both = head.folded(stage.key) | rest.folded(stage.key)
                missed = {key for key, row in whole.folded(stage.key).items() if both.get(key, {}) != row}
                assert not {key for key in missed if plain(both.get(key, {})) != plain(whole.folded(stage.key)[key])}


def a_cursor_gives_what_came_after(stage: Stage, scratch: Path) -> None:
    start = read(stage, scratch / "full").pages[-1].cursor
    if stage.change is None:
        assert start is None, "a cursor without increments"
        assert read(stage, scratch / "again", "7").rows == read(stage, scratch / "full").rows
        return
    assert start is not None
    change = stage.change()
    reading = read(stage, scratch / "after", start)
    assert not any(page.full for page in reading.pages)
    brought = plain_by_key(stage, reading)
    expected = {key: plain(record) for key, record in change.changed.items()}
    assert {key: brought.get(key) for key in expected} == expected


def an_increment_brings_records_as_they_are_now(stage: Stage, scratch: Path) -> None:
    """Whatever else it brings, again or more than once, is not older than what a full read shows."""
    if stage.change is None:
        return
    start = read(stage, scratch / "full").pages[-1].cursor
    reading = read(stage, scratch / "after", _changed(stage, start))
    now = plain_by_key(stage, read(stage, scratch / "now"))
    for row in (row for rows in reading.rows for row in rows if row.get(OPERATION) != "delete"):
        assert plain(row) == now.get(str(row[stage.key]))


def a_deleted_record_comes_as_an_operation(stage: Stage, scratch: Path) -> None:
    if stage.change is None:
        return
    start = read(stage, scratch / "full").pages[-1].cursor
    deleted = stage.change().deleted
    latest = read(stage, scratch / "after", start).folded(stage.key)
    assert {key for key in deleted if latest.get(key, {}).get(OPERATION) == "delete"} == deleted
    assert not deleted & set(read(stage, scratch / "now").folded(stage.key))


def operations_are_known(stage: Stage, scratch: Path) -> None:
    since = None if stage.change is None else _changed(stage, read(stage, scratch / "full").pages[-1].cursor)
    for rows in read(stage, scratch / "after", since).rows:
        assert {row.get(OPERATION, "upsert") for row in rows} <= {"upsert", "delete", REPLACE}


def what_is_wrong_with_a_whole_read_stops_it_before_any_page(stage: Stage, scratch: Path) -> None:
    assert stage.spoil, "a stage must say how its reads fail"
    for number, (name, spoil) in enumerate(sorted(stage.spoil.items())):
        expected = spoil()
        (scratch / str(number)).mkdir(parents=True)
        error: SyncError | None = None
        try:
            next(stage.source().read(stage.stream, None, scratch / str(number)), None)
        except SyncError as raised:
            error = raised
        assert type(error) is expected, name
        assert error.message, name


def an_expired_cursor_is_told_as_such(stage: Stage, scratch: Path) -> None:
    if stage.expire is None:
        return
    start = read(stage, scratch / "full").pages[-1].cursor
    stage.expire()
    try:
        read(stage, scratch / "after", start)
    except CursorExpired:
        return
    raise AssertionError("nothing said that deletions may be missing")


PROMISES: tuple[Callable[[Stage, Path], None], ...] = (
    pages_lie_in_the_scratch_folder,
    nothing_else_on_disk_changes,
    columns_are_distinct_and_not_ours,
    rows_have_only_declared_columns,
    values_are_text_or_null,
    a_full_read_brings_every_record_as_sent,
    a_full_read_says_that_it_is_one,
    only_the_last_page_is_the_last,
    stated_counts_are_right,
    row_numbers_rise_within_a_page,
    no_two_records_share_row_and_place,
    reading_twice_gives_the_same,
    a_cursor_comes_only_with_its_rows,
    a_cursor_gives_what_came_after,
    an_increment_brings_records_as_they_are_now,
    a_deleted_record_comes_as_an_operation,
    operations_are_known,
    what_is_wrong_with_a_whole_read_stops_it_before_any_page,
    an_expired_cursor_is_told_as_such,
)


def _changed(stage: Stage, start: str | None) -> str | None:
    assert stage.change is not None
    stage.change()
    return start


def _snapshot(folder: Path, scratch: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and scratch not in path.parents)
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}
