"""Each of the 41 awkward files of csvkit's tests gets a right reading or a clear error, by a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.file.settings import LineEnd, Settings
from connectors.file.source import open_source
from domain.errors import ReadFailed
from engine.landing import land
from engine.session import open_session

OPEN = {"last_line_end": LineEnd.OPTIONAL}
CUT = "has an unterminated row in line {}: it has no line end, the file may be cut"
LATIN = "is not utf-8: line 3, byte 17; say its `encoding`"
SHIFTED = "has no names in row 1; line 4 is the first with content: say `header: 4`"
SHIFTED_SHEET = "has no names in row 1; row 4 is the first with content: say `header: 4`"
EMPTY_SHEET = "!not this one is empty: send at least the header, or say which `sheet:` it is"
ABC = ("a", "b", "c")


@dataclass(frozen=True)
class Reading:
    """What a file reads as: its named columns, rows landed, some rows by number, lines set aside."""

    columns: tuple[str, ...]
    rows: int
    some: Mapping[int, tuple[str | None, ...]]
    rejects: tuple[int, ...] = ()
    ignored: int = 0
    is_last: bool = True
    warns: bool = False


def one(columns: tuple[str, ...], number: int, *values: str | None, **more: Any) -> Reading:
    return Reading(columns, 1, {number: values}, **more)


UTF8 = {2: ("1", "2", "3"), 3: ("4", "5", "ʤ")}

EXPECTED: list[tuple[str, dict[str, Any], Reading | str]] = [
    ("Datagov_FY10_EDU_recp_by_State.csv", {}, "has no names in row 1; line 2 is the first with content"),
    ("Datagov_FY10_EDU_recp_by_State.csv", {"header": 2}, "has no name for column 2, which has content from line 3"),
    (
        "Datagov_FY10_EDU_recp_by_State.csv",
        {"header": 3},
        Reading(
            (
                "State Name",
                "State Abbreviate",
                "Post-9/11GI Bill Program",
                "Montgomery GI Bill - Active Duty",
                "Montgomery GI Bill - Selective Reserve",
                "Dependents' Educational Assistance",
                "Reserve Educational Assistance Program",
                "Post-Vietnam Era Veteran's Educational Assistance Program",
                "TOTAL",
            ),
            55,
            {4: ("ALABAMA", "AL", "7738", "5779", "2075", "3102", "883", "5", "19,582")},
        ),
    ),
    (
        "FY09_EDU_Recipients_by_State.csv",
        {},
        Reading(
            (
                "State Name",
                "State Abbreviate",
                "Code",
                "Montgomery GI Bill-Active Duty",
                "Montgomery GI Bill- Selective Reserve",
                "Dependents' Educational Assistance",
                "Reserve Educational Assistance Program",
                "Post-Vietnam Era Veteran's Educational Assistance Program",
                "TOTAL",
                "",
            ),
            52,
            {2: ("ALABAMA", "AL", "01", "6,718", "1,728", "2,703", "1,269", "8", "12,426")},
            ignored=1,
        ),
    ),
    (
        "bad.csv",
        {},
        one(("column_a", "column_b", "column_c"), 4, "0", "mixed types.... uh oh", "17", rejects=(2, 3)),
    ),
    ("bad_skip_lines.csv", {}, SHIFTED),
    (
        "bad_skip_lines.csv",
        {"header": 4},
        one(("column_a", "column_b", "column_c"), 7, "0", "mixed types.... uh oh", "17", rejects=(5, 6)),
    ),
    ("blanks.csv", {}, one(tuple("abcdef"), 2, None, "NA", "N/A", "NONE", "NULL", ".")),
    ("date_like_number.csv", {}, one(("a",), 2, "4.5")),
    ("dummy.csv.gz", {}, "is compressed (gzip): unpack it"),
    ("dummy.tsv", {}, one(("a\tb\tc",), 2, "1\t2\t3", warns=True)),
    ("dummy.tsv", {"delimiter": "\t"}, one(ABC, 2, "1", "2", "3")),
    ("dummy_col_shuffled_ragged.csv", {}, one(("b", "c", "a", "d"), 2, "2", "3", "1", "4")),
    ("empty.csv", {}, "is empty: send at least the header"),
    ("ks_1033_data.csv", {}, CUT.format(1576)),
    ("ks_1033_data.csv", OPEN, Reading((), 1575, {}, is_last=False)),
    ("mac_newlines.csv", {}, Reading(ABC, 2, {2: ("1", "2", "3"), 3: ("Once upon\na time", "5", "6")})),
    ("ne_1033_data.xlsx", {}, Reading((), 1036, {})),
    ("no_header_row.csv", {}, Reading(("1", "2", "3"), 0, {})),
    ("no_header_row.csv", {"header": ABC}, one(ABC, 1, "1", "2", "3")),
    ("no_header_row2.csv", {"header": ABC}, one(ABC, 1, "4", "5", "6")),
    ("no_header_row3.csv", {"header": ABC}, Reading(ABC, 2, {1: ("1", "2", "3"), 2: ("4", "5", "6")})),
    ("no_header_row3.csv", {"header": ("a", "b")}, "has 3 columns, and `header` gives 2 names"),
    ("null_byte.csv", {}, "holds a NUL byte in line 2"),
    ("optional_quote_characters.csv", {}, one(ABC, 2, "1", "2", "3")),
    ("sheets.xls", {}, EMPTY_SHEET),
    ("sheets.xls", {"sheet": "data"}, "!data!H3 has content, and its column has no name"),
    ("sheets.xls", {"sheet": "ʤ"}, one(ABC, 2, "1", "2", "3")),
    ("sheets.xls", {"sheet": "none"}, "has no sheet `none`; it has `not this one`, `data`, `ʤ`"),
    ("sheets.xlsx", {}, EMPTY_SHEET),
    ("sheets.xlsx", {"sheet": "data"}, "!data!H3 has content, and its column has no name"),
    ("sheets.xlsx", {"sheet": "ʤ"}, one(ABC, 2, "1", "2", "3")),
    ("test.xls", {}, "!testfixed_converted.csv!H3 has content, and its column has no name"),
    ("test.xlsx", {}, "!Sheet1!H3 has content, and its column has no name"),
    ("test_date_format.csv", {}, Reading(("a",), 2, {2: ("02/01/2014",), 3: ("31/12/2012",)})),
    ("test_empty_columns.csv", {}, one((*ABC, "", ""), 2, "a", None, None, rejects=(3,), ignored=1)),
    ("test_empty_columns_long_row.csv", {}, Reading(ABC, 0, {}, ignored=1)),
    ("test_empty_columns_short_row.csv", {}, Reading(ABC, 0, {}, ignored=1)),
    ("test_extra_header.csv", {}, Reading((*ABC, "d"), 0, {}, rejects=(2,))),
    ("test_header_newline.csv", {}, one(("start end", "b", "c"), 5, "d", "e", "f")),
    ("test_join_short_rows.csv", {}, one(ABC, 4, "3", "b", "c", rejects=(2, 3))),
    ("test_latin1.csv", {}, LATIN),
    (
        "test_latin1.csv",
        {"encoding": "latin-1"} | OPEN,
        Reading(ABC, 2, {2: ("1", "2", "3"), 3: ("4", "5", "©")}, is_last=False),
    ),
    ("test_locale.csv", {}, one(ABC, 2, "1,7", "200.000.000", None)),
    ("test_no_leading_zeroes.csv", {}, one(ABC, 2, "01", "00.11", "0.1")),
    ("test_numeric_date_format.csv", {}, Reading(("a",), 2, {2: ("20140102",), 3: ("20121231",)})),
    ("test_precision.csv", {}, CUT.format(2)),
    ("test_precision.csv", OPEN, one(("a",), 2, "1.234567", is_last=False)),
    ("test_skip_lines.csv", {}, SHIFTED),
    ("test_skip_lines.csv", {"header": 4}, one(ABC, 5, "1", "2", "3")),
    ("test_skip_lines.xls", {}, SHIFTED_SHEET),
    ("test_skip_lines.xls", {"header": 4}, "!testfixed_converted.csv!H6 has content"),
    ("test_skip_lines.xlsx", {}, SHIFTED_SHEET),
    ("test_skip_lines.xlsx", {"header": 4}, "!Sheet1!H6 has content"),
    ("test_utf16_big.csv", {}, CUT.format(3)),
    ("test_utf16_big.csv", OPEN, Reading(ABC, 2, UTF8, is_last=False)),
    ("test_utf16_little.csv", {"encoding": "utf-16"} | OPEN, Reading(ABC, 2, UTF8, is_last=False)),
    ("test_utf8.csv", {}, CUT.format(3)),
    ("test_utf8.csv", OPEN, Reading(("foo", "bar", "baz"), 2, UTF8, is_last=False)),
    ("test_utf8_bom.csv", {}, Reading(("foo", "bar", "baz"), 2, UTF8)),
]


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "data" / "messy" / "csvkit"


def test_every_file_has_its_line_in_the_table(folder):
    assert {path.name for path in folder.iterdir()} == {name for name, *_ in EXPECTED}


@pytest.mark.parametrize(("name", "settings", "expected"), EXPECTED, ids=[f"{e[0]} {sorted(e[1])}" for e in EXPECTED])
def test_a_messy_file_is_read_right_or_refused_clearly(folder, tmp_path, name, settings, expected):
    source = open_source(Settings(name, **settings), (folder,))
    if isinstance(expected, str):
        with pytest.raises(ReadFailed) as raised:
            list(source.read(None, None, tmp_path))
        problem = raised.value.problems[0]
        assert problem.message.startswith(name)
        assert expected in problem.message
        return
    (page,) = source.read(None, None, tmp_path)
    with open_session(tmp_path / "var") as session:
        landed = land(session, page, tmp_path / "var" / "landing", wanted=None)
        rows = {
            int(str(row[0])): row[4:]
            for segment in landed.segments
            for row in session.rows("FROM read_parquet($1)", [str(segment.path)])
        }
    assert page.columns == (expected.columns or page.columns)
    assert (landed.rows, landed.ignored, landed.rejected) == (expected.rows, expected.ignored, len(expected.rejects))
    assert tuple(reject.row for reject in landed.rejects) == expected.rejects
    assert {number: rows[number] for number in expected.some} == expected.some
    assert (page.is_last, bool(page.warnings)) == (expected.is_last, expected.warns)
