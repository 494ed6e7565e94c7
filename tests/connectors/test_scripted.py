"""The scripted source does what clouds do, so that scenarios about lateness and loss can be driven with it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connectors.base import OPERATION, Page
from domain.errors import CursorExpired
from tests.connectors import scripted
from tests.connectors.contract import rows_of


class Told:
    """A script and its readings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script: dict[str, Any] = {"key": "Id", "columns": ["Id", "Title"], "events": [], "now": 0}
        self.reads = 0

    def says(self, key: str, title: str, stamp: int, **more: Any) -> None:
        self.script["events"].append({"stamp": stamp, "row": {"Id": key, "Title": title}, **more})

    def read(self, now: int, since: str | None = None, **changes: Any) -> list[Page]:
        (self.folder / "s.json").write_text(json.dumps(self.script | {"now": now} | changes), encoding="utf-8")
        self.reads += 1
        scratch = self.folder / str(self.reads)
        scratch.mkdir()
        source = scripted.open_source(scripted.Settings("s.json"), (self.folder,))
        return list(source.read(None, since, scratch))


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def brought(pages: list[Page]) -> list[tuple[str | None, str | None]]:
    return [(row["Id"], row.get("Title", row.get(OPERATION))) for page in pages for row in rows_of(page)]


def test_a_row_stamped_early_and_committed_late_is_seen_by_a_later_read(told):
    told.says("1", "on time", stamp=1005)
    told.says("2", "late", stamp=1000, commit=1030)
    first = told.read(now=1010)
    assert brought(first) == [("1", "on time")]
    assert first[-1].cursor == "945"
    assert ("2", "late") in brought(told.read(now=1100, since=first[-1].cursor))
    assert ("2", "late") not in brought(told.read(now=1100, since=told.read(now=1010, overlap=0)[-1].cursor))


def test_a_record_updated_during_a_read_is_found_by_the_next(told):
    told.says("1", "old", stamp=10)
    told.says("2", "old", stamp=11)
    told.says("1", "new", stamp=101)
    first = told.read(now=100, page_rows=1, page_seconds=5, overlap=0)
    assert brought(first) == [("1", "old"), ("2", "old")]
    assert brought(told.read(now=200, since=first[-1].cursor, overlap=0)) == [("1", "new")]


def test_a_cursor_never_passes_the_start_of_the_read(told):
    told.says("1", "old", stamp=10)
    told.says("2", "new", stamp=104)
    first = told.read(now=100, page_rows=1, page_seconds=5, overlap=0)
    assert first[-1].cursor == "10"


def test_a_silent_change_comes_only_with_a_full_read(told):
    told.says("1", "old", stamp=10)
    told.says("1", "new", stamp=200, silent=True)
    assert brought(told.read(now=300, since="10", overlap=0)) == []
    assert brought(told.read(now=300)) == [("1", "new")]


def test_a_delete_is_an_operation_also_of_a_record_nobody_knew(told):
    told.script["events"].append({"stamp": 50, "key": "9", "delete": True})
    assert brought(told.read(now=100, since="0")) == [("9", "delete")]
    assert brought(told.read(now=100)) == []


def test_an_increment_may_repeat_itself(told):
    told.says("1", "x", stamp=50)
    assert brought(told.read(now=100, since="0", repeat=3)) == [("1", "x")] * 3


def test_a_cut_read_has_no_end_and_no_cursor_and_a_total_may_be_wrong(told):
    for number in range(4):
        told.says(str(number), "x", stamp=number)
    (page,) = told.read(now=100, cut_after=1)
    assert (page.is_last, page.cursor, page.total) == (False, None, 4)
    assert [page.total for page in told.read(now=100, total=5)] == [5, 5]


def test_an_old_cursor_has_expired(told):
    with pytest.raises(CursorExpired):
        told.read(now=10_000, since="100", keeps=1_000)


def test_an_empty_increment_leaves_the_cursor_where_it_was(told):
    told.says("1", "x", stamp=50)
    (page,) = told.read(now=500, since="200")
    assert (brought([page]), page.is_last, page.cursor) == ([], True, "200")


def test_a_crash_comes_between_pages(told, tmp_path):
    for number in range(4):
        told.says(str(number), "x", stamp=number)
    with pytest.raises(scripted.Crash):
        told.read(now=100, crash_after=1)
    with pytest.raises(scripted.Crash):
        told.read(now=100, crash_after=0)
    program = (
        "from pathlib import Path; from tests.connectors import scripted as s; f = Path(__import__('sys').argv[1]);"
        "print(len(list(s.open_source(s.Settings('s.json'), (f,)).read(None, None, f))))"
    )
    script = told.script | {"now": 100, "crash_after": 1, "exit": True}
    (tmp_path / "s.json").write_text(json.dumps(script), encoding="utf-8")
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=root, check=False, capture_output=True)
    assert (done.returncode, done.stdout) == (9, b"")


def test_a_script_may_hold_several_streams(told):
    user = {"key": "Id", "columns": ["Id"], "events": [{"stamp": 1, "row": {"Id": "u"}}], "now": 10}
    told.script = {"streams": {"User": user}}
    (told.folder / "s.json").write_text(json.dumps(told.script), encoding="utf-8")
    source = scripted.open_source(scripted.Settings("s.json"), (told.folder,))
    (page,) = source.read("User", None, told.folder)
    assert (page.name, list(rows_of(page))) == ("User", [{"_row": 1, "_place": "User/u", "Id": "u"}])
