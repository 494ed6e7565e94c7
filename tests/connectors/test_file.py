"""Files as people send them: each fault of structure has its message, everything else is a reading."""

import gzip
import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from connectors.file import copying
from connectors.file.settings import Each, Limits, LineEnd, Settings
from connectors.file.source import open_source as open_files
from connectors.opening import open_source
from domain.errors import FixFile, ReadFailed
from domain.problem import Problem
from tests.connectors import scripted
from tests.connectors.contract import rows_of
from tests.connectors.files import faults, read, read_one

OPTIONAL = LineEnd.OPTIONAL


# --- faults of structure ----------------------------------------------------------------------------------

FAULTS: list[tuple[bytes, dict[str, Any], str]] = [
    (b"", {}, "w.csv is empty: send at least the header (a header alone is a read of nobody)"),
    (b"\r\n \n", {}, "w.csv is empty: send at least the header (a header alone is a read of nobody)"),
    (b"\xef\xbb\xbf\n", {}, "w.csv is empty: send at least the header (a header alone is a read of nobody)"),
    (
        b"a,b\n1,2\n3,4",
        {},
        (
            "w.csv has an unterminated row in line 3: it has no line end, the file may be cut; send it again, or say "
            "`last_line_end: optional`"
        ),
    ),
    (b'a,b\n1,2\n3,"4\n', {}, "w.csv has an unterminated row in line 3: the quote opened there is never closed"),
    (
        b'a,b\n1,2\n3,"4',
        {"last_line_end": OPTIONAL},
        "w.csv has an unterminated row in line 3: the quote opened there is never closed",
    ),
    (b"a,b,A\n1,2,3\n", {}, "w.csv has the column `a` 2 times (column 1, column 3): rename all but one"),
    (b"a, a \n1,2\n", {}, "w.csv has the column `a` 2 times (column 1, column 2): rename all but one"),
    (b"a,_row\n1,2\n", {}, "w.csv has a column `_row`: that name is kept for syncd, rename it"),
    (b"a,,b\n1,,2\n1,x,2\n", {}, "w.csv has no name for column 2, which has content from line 3 on"),
    (b"\n\na,b\n1,2\n", {}, "w.csv has no names in row 1; line 3 is the first with content: say `header: 3`"),
    (b"a,b\n", {"header": 4}, "w.csv has no names in row 4; line 1 is the first with content: say `header: 1`"),
    (b"1,2,3\n", {"header": ("a", "b")}, "w.csv has 3 columns, and `header` gives 2 names"),
    (
        b"1,2\n",
        {"header": ("a", "A")},
        "w.csv has the column `a` 2 times (column 1, column 2): rename all but one",
    ),
    (b"a,b\n1,\0\n", {}, "w.csv holds a NUL byte in line 2: text has none, send it again"),
    (
        b"a,b\n1,2\n\xe9,2\n",
        {},
        (
            "w.csv is not utf-8: line 3, byte 9; say its `encoding`, such as cp1252 (Windows, western Europe) or "
            "cp1250 (central Europe)"
        ),
    ),
    (
        "a,b\n1,2\n".encode("utf-16-le"),
        {},
        "w.csv holds a NUL byte in line 1: text has none, send it again; is it `encoding: utf-16`?",
    ),
    (
        b"\xef\xbb\xbfa\n1\n",
        {"encoding": "cp1252"},
        "w.csv says of itself that it is utf-8 (byte order mark), and its source says cp1252: say `encoding: utf-8`",
    ),
    (b"a,b\n1,\x81\n", {"encoding": "cp1252"}, "w.csv is not cp1252: line 2, byte 7; check `encoding`"),
    (gzip.compress(b"a\n"), {}, "w.csv is compressed (gzip): unpack it before it is put here"),
    (
        b"a\n1\n2\n",
        {"limits": Limits(rows=2)},
        "w.csv has more rows than its limit of 2; where it may have more, say `limits: {rows: ...}` of its source",
    ),
    (
        b"a\n1\n2\n",
        {"limits": Limits(bytes=5)},
        "w.csv is larger than its limit of 5 bytes; where it may have more, say `limits: {bytes: ...}` of its source",
    ),
]


@pytest.mark.parametrize(("content", "settings", "message"), FAULTS, ids=[message[:60] for *_, message in FAULTS])
def test_a_fault_of_structure_has_its_message(inbox, content, settings, message):
    assert faults(inbox, content, **settings) == [message]


def test_every_fault_of_every_file_is_told_at_once(inbox):
    (inbox / "w-1.csv").write_bytes(b"a,A,_op\n1,2,3\n")
    (inbox / "w-2.csv").write_bytes(b"")
    (inbox / "w-3.csv").write_bytes(b"a\n1\n")
    (inbox / "w-4.csv").write_bytes(b'a\n1\n"2\n')
    (inbox / "w-5.csv").write_bytes(b"a,a\n1,2")
    with pytest.raises(ReadFailed) as raised:
        read(inbox, "w-*.csv")
    assert [(problem.place, problem.code) for problem in raised.value.problems] == [
        ("w-1.csv:1", "reserved_column"),
        ("w-1.csv:1", "duplicate_column"),
        ("w-2.csv", "empty"),
        ("w-4.csv:3", "unterminated"),
        ("w-5.csv:1", "duplicate_column"),
        ("w-5.csv:2", "unterminated"),
    ]
    assert raised.value.message.endswith("(and 5 more)")


def test_a_file_that_does_not_look_like_its_name_is_refused(inbox):
    (inbox / "w.xlsx").write_bytes(b"a,b\n1,2\n")
    with pytest.raises(ReadFailed, match="is called a spreadsheet and is none"):
        read(inbox, "w.xlsx")


# --- readings ---------------------------------------------------------------------------------------------


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(inbox):
    page = read_one(inbox, b"\xef\xbb\xbfa,b\r\n1,2\r\n")
    assert (page.columns, list(rows_of(page)), page.is_last) == (("a", "b"), [{"a": "1", "b": "2"}], True)


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("utf-8", "utf-16"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("cp1252", "cp1252"), ("utf-8", "utf-32")],
)
def test_other_encodings_are_read_if_declared_or_marked(inbox, encoding, written):
    text = "id,näme\n" + "1,é€ü\n" * 200_000
    page = read_one(inbox, text.encode(written), encoding=encoding)
    assert page.columns == ("id", "näme")
    assert page.path.read_bytes().removeprefix(b"\xef\xbb\xbf") == text.encode()


def test_a_character_across_two_chunks_is_one_character(inbox):
    text = "a\n" + "x" * (copying.CHUNK - 3) + "é\n"
    assert read_one(inbox, text).path.read_text(encoding="utf-8") == text
    cut = text.encode()[: copying.CHUNK]
    assert "not utf-8: line 2, byte 1048576" in faults(inbox, cut)[0]


def test_old_mac_lines_are_lines(inbox):
    page = read_one(inbox, b'a,b\r1,2\r"x\ry",3\r')
    assert list(rows_of(page)) == [{"a": "1", "b": "2"}, {"a": "x\ny", "b": "3"}]


def test_a_missing_last_line_end_may_be_allowed_and_then_nothing_is_complete(inbox):
    page = read_one(inbox, b"a\n1\n2", last_line_end=OPTIONAL)
    assert (list(rows_of(page)), page.is_last) == ([{"a": "1"}, {"a": "2"}], False)
    (inbox / "x.csv").write_bytes(b"a\n3\n")
    pages = read(inbox, "[wx].csv", last_line_end=OPTIONAL)
    assert [page.is_last for page in pages] == [False, False]


def test_the_header_may_stand_in_another_row_or_in_the_settings(inbox):
    page = read_one(inbox, b'a title,\n"over\ntwo lines",\nId,Name\n1,x\n', header=4)
    assert (page.columns, page.dialect.skip, list(rows_of(page))) == (("Id", "Name"), 4, [{"Id": "1", "Name": "x"}])
    page = read_one(inbox, b"1,x\n2,y\n", header=("Id", "Name"))
    assert (page.dialect.skip, len(list(rows_of(page)))) == (0, 2)


def test_names_are_trimmed_composed_and_on_one_line(inbox):
    page = read_one(inbox, ' Id ,"First\r\n name",Cafe\u0301,Two  spaces\n1,2,3,4\n')
    assert page.columns == ("Id", "First name", "Café", "Two  spaces")
    assert page.dialect.skip == 2


def test_a_column_without_name_and_content_is_no_column(inbox):
    page = read_one(inbox, b"a,b,,\n1,2,,\n3,4, ,\n")
    assert page.columns == ("a", "b", "", "")


def test_a_header_alone_is_a_read_of_nobody(inbox):
    page = read_one(inbox, b"a,b\n")
    assert (page.columns, list(rows_of(page)), page.is_last) == (("a", "b"), [], True)


def test_quotes_that_do_not_pair_are_left_to_the_rows(inbox):
    assert read_one(inbox, b'a,b\n1,5" pipe\n').columns == ("a", "b")


def test_another_delimiter_is_guessed_at_but_never_assumed(inbox):
    page = read_one(inbox, b"a;b\n1;2\n")
    assert page.columns == ("a;b",)
    assert page.warnings == ('w.csv has one column; if `;` stands between its values, say `delimiter: ";"`',)
    assert read_one(inbox, b"a;b\n1;2\n", delimiter=";").columns == ("a", "b")


def test_a_file_source_has_no_streams(inbox):
    source = open_files(Settings("w.csv"), (inbox,))
    with pytest.raises(FixFile, match="has no streams"):
        next(source.read("User", None, inbox))


# --- settings and kinds -----------------------------------------------------------------------------------


def test_the_yaml_form_becomes_settings():
    adapter = TypeAdapter(Settings)
    document = {"path": "w*.csv", "each": "newest", "header": ["a", "b"], "limits": {"rows": "5"}}
    assert adapter.validate_python(document) == Settings(
        "w*.csv", each=Each.NEWEST, header=("a", "b"), limits=Limits(rows=5)
    )
    assert adapter.validate_python({"path": "w", "header": "2"}).header == 2
    assert json.dumps(adapter.json_schema())


@pytest.mark.parametrize(
    "wrong",
    [
        {"delimiter": ";;"},
        {"delimiter": "\n"},
        {"quote": ","},
        {"quote": "«"},
        {"encoding": "klingon"},
        {"encoding": "base64"},
        {"header": 0},
        {"header": []},
        {"limits": {"rows": 0}},
        {"limits": {"bites": 1}},
        {"each": "oldest"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        TypeAdapter(Settings).validate_python({"path": "w.csv"} | wrong)


def test_a_kind_is_a_folder_or_a_module_of_someone_else(inbox):
    open_source("file", Settings("w.csv"), (inbox,))
    open_source("tests.connectors.scripted", scripted.Settings("s.json"), (inbox,))
    for kind in ("ftp", "no.such.module", "connectors.none"):
        with pytest.raises(FixFile, match="there is no kind of source") as raised:
            open_source(kind, None, (inbox,))
        assert raised.value.mistakes[0].path == ("kind",)


def test_a_kind_that_lacks_a_package_says_so_itself(inbox, monkeypatch):
    (inbox / "half.py").write_text("import a_package_nobody_has\n", encoding="utf-8")
    (inbox / "whole").mkdir()
    (inbox / "half.py").rename(inbox / "whole" / "half.py")
    monkeypatch.syspath_prepend(str(inbox))
    with pytest.raises(ModuleNotFoundError, match="a_package_nobody_has"):
        open_source("whole.half", None, (inbox,))


def test_problems_say_what_to_do_and_never_show_a_value(inbox):
    messages = faults(inbox, b"a,b\n1,2\nsecret\xe9,2\n") + faults(inbox, b'a\n"secret\n')
    assert not any("secret" in message for message in messages)
    assert isinstance(Problem(None, "x", messages[0]), Problem)
