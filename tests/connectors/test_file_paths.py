"""Which files are read: patterns, links, copies, and what is replaced meanwhile."""

import os
from typing import Any

import pytest

from connectors.file import copying
from connectors.file.settings import Each, Settings
from connectors.file.source import open_source as open_files
from domain.errors import FixAccess, FixFile, ReadFailed
from tests.connectors.contract import rows_of
from tests.connectors.files import read

# --- which files ------------------------------------------------------------------------------------------


def test_a_pattern_is_one_read_in_the_order_of_names(inbox):
    for name in ("w-2.csv", "w-10.csv", "w-1.csv", "other.csv", ".w-0.csv", "~$w-3.csv"):
        (inbox / name).write_text(f"a\n{name}\n", encoding="utf-8")
    pages = read(inbox, "w-*.csv")
    assert [page.name for page in pages] == ["w-1.csv", "w-10.csv", "w-2.csv"]
    assert [page.is_last for page in pages] == [False, False, True]
    assert [page.name for page in read(inbox, "w-*.csv", each=Each.NEWEST)] == ["w-2.csv"]
    assert [page.name for page in read(inbox, "*.csv")] == ["other.csv", "w-1.csv", "w-10.csv", "w-2.csv"]


def test_the_same_bytes_are_read_once_with_a_warning(inbox):
    for name in ("a.csv", "b.csv", "c.csv"):
        (inbox / name).write_text("id\n1\n", encoding="utf-8")
    (page,) = read(inbox, "*.csv")
    assert (page.name, page.is_last) == ("a.csv", True)
    assert page.warnings == (
        "b.csv holds the same bytes as a.csv and is read once",
        "c.csv holds the same bytes as a.csv and is read once",
    )


def test_no_file_fails_the_read(inbox):
    with pytest.raises(ReadFailed, match=r"no file `w\.csv` is there"):
        read(inbox)


@pytest.mark.parametrize("path", ["../outside.csv", "{root}/outside.csv", "link.csv", "*.csv", "folder/w.csv", ""])
def test_nothing_outside_the_workspace_is_read(inbox, path):
    outside = inbox.parent / "outside.csv"
    outside.write_text("secret\n1\n", encoding="utf-8")
    (inbox / "link.csv").symlink_to(outside)
    (inbox.parent / "elsewhere").mkdir()
    (inbox.parent / "elsewhere" / "w.csv").write_text("a\n1\n", encoding="utf-8")
    (inbox / "folder").symlink_to(inbox.parent / "elsewhere")
    with pytest.raises(FixFile) as raised:
        read(inbox, path.format(root=inbox.parent))
    assert raised.value.mistakes[0].path == ("path",)


def test_links_into_a_further_root_are_followed(inbox):
    share = inbox.parent / "share"
    share.mkdir()
    (share / "w.csv").write_text("a\n1\n", encoding="utf-8")
    (inbox / "inbox").symlink_to(share)
    source = open_files(Settings("inbox/*.csv"), (inbox, share))
    scratch = inbox.parent / "scratch"
    scratch.mkdir()
    assert [page.name for page in source.read(None, None, scratch)] == ["inbox/w.csv"]


def test_what_is_no_ordinary_file_is_not_read(inbox):
    os.mkfifo(inbox / "w.csv")
    with pytest.raises(ReadFailed, match="no file"):
        read(inbox)


def test_a_file_that_may_not_be_read_needs_access(inbox, monkeypatch):
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    (inbox / "w.csv").write_text("a\n", encoding="utf-8")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(FixAccess, match="may not be read"):
        read(inbox)


def test_a_file_replaced_while_it_is_read_gives_one_consistent_version_or_none(inbox, monkeypatch):
    path = inbox / "w.csv"
    path.write_text("a\nold\n", encoding="utf-8")
    copy = copying._copy
    times: list[int] = []

    def replaced(*args: Any) -> copying.Copy:
        result = copy(*args)
        times.append(1)
        if len(times) <= replacements:
            new = inbox / "new"
            new.write_text(f"a\nnew {len(times)}\n", encoding="utf-8")
            new.replace(path)
        return result

    monkeypatch.setattr(copying, "_copy", replaced)
    replacements = 1
    assert list(rows_of(read(inbox)[0])) == [{"a": "new 1"}]
    times.clear()
    replacements = 2
    with pytest.raises(ReadFailed, match="changes while it is read"):
        read(inbox)


def test_a_file_that_grows_while_it_is_read_is_read_again(inbox, monkeypatch):
    path = inbox / "w.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    chunks = copying._chunks
    times: list[int] = []

    def growing(source: Any, first: bytes) -> Any:
        if not times:
            times.append(1)
            with path.open("a", encoding="utf-8") as file:
                file.write("2\n")
        return chunks(source, first)

    monkeypatch.setattr(copying, "_chunks", growing)
    assert list(rows_of(read(inbox)[0])) == [{"a": "1"}, {"a": "2"}]
