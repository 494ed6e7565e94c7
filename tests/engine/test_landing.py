"""Pages become segments: every row with its number, nothing shifted, nothing lost without a word."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.base import Dialect, Page, PageFormat
from domain.errors import ReadFailed
from engine.landing import Landed, land, publish
from engine.piece import Form, Layout, Piece
from engine.pieces import CHUNK, cut_csv, cut_jsonl
from engine.session import Session, open_session

ALL = None


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> Iterator[Session]:
    with open_session(tmp_path_factory.mktemp("var")) as opened:
        yield opened


def page(session: Session, content: str | bytes, *columns: str, skip: int = 0, **dialect: str) -> Page:
    path = session.folder / "page.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Page(path, PageFormat.CSV, columns, "w.csv", full=True, is_last=True, dialect=Dialect(skip=skip, **dialect))


def lines(session: Session, *records: object, columns: tuple[str, ...] = ("a", "b")) -> Page:
    path = session.folder / "page.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return Page(path, PageFormat.JSONL, columns, "crm.User", full=True, is_last=True)


def rows(session: Session, landed: Landed) -> list[tuple[object, ...]]:
    """Row number and values of what was landed, in the order of the segments."""
    return [row[:1] + row[4:] for row in everything(session, landed)]


def everything(session: Session, landed: Landed) -> list[tuple[object, ...]]:
    return [row for segment in landed.segments for row in session.rows("FROM read_parquet($1)", [str(segment.path)])]


def test_rows_are_landed_with_the_line_where_they_start(session):
    landed = land(session, page(session, "a,b\n1,x\n2,\n", "a", "b", skip=1), session.folder, wanted=ALL)
    assert everything(session, landed) == [
        (2, "w.csv:2", "upsert", None, "1", "x"),
        (3, "w.csv:3", "upsert", None, "2", None),
    ]
    assert (landed.rows, landed.ignored, landed.rejected, landed.columns) == (2, 0, 0, ("a", "b"))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_breaks_in_quotes_count_as_lines(session, end):
    text = end.join(["1,x", '2,"one', "two", 'three"', "3,y", '"4",""', "5,z", ""])
    landed = land(session, page(session, text, "a", "b"), session.folder, wanted=ALL)
    assert rows(session, landed) == [
        (1, "1", "x"),
        (2, "2", "one\ntwo\nthree"),
        (5, "3", "y"),
        (6, "4", None),
        (7, "5", "z"),
    ]


def test_blank_lines_count_as_lines_and_are_no_rows(session):
    landed = land(session, page(session, "1,x\n\n\n2,y\n\n", "a", "b"), session.folder, wanted=ALL)
    assert rows(session, landed) == [(1, "1", "x"), (4, "2", "y")]
    assert (landed.ignored, landed.rejected) == (0, 0)


def test_rows_without_any_content_are_ignored_and_counted(session):
    text = "1,x\n,\n" + ",\n" * 200 + '2,y\n"",""\n'
    landed = land(session, page(session, text, "a", "b"), session.folder, wanted=ALL)
    assert rows(session, landed) == [(1, "1", "x"), (203, "2", "y")]
    assert (landed.rows, landed.ignored, landed.rejected) == (2, 202, 0)


def test_a_ragged_row_is_set_aside_and_never_shifted(session):
    text = "1,x,p\n2,y\n3,z,q,r\n4,w,s\n"
    landed = land(session, page(session, text, "a", "b", "c"), session.folder, wanted=ALL)
    assert rows(session, landed) == [(1, "1", "x", "p"), (4, "4", "w", "s")]
    short, long = landed.rejects
    assert (short.row, short.raw, short.cells) == (2, "2,y", {"a": "2", "b": "y"})
    assert (long.row, long.raw, long.cells) == (3, "3,z,q,r", {"a": "3", "b": "z", "c": "q"})
    assert short.reason == "2 cells where the header has 3: check delimiters and quotes"


def test_a_stray_quote_costs_one_row(session):
    text = '1,x\n2,"y" oops\n3,"z\n4,w\n5,"v"\n6,u\n'
    landed = land(session, page(session, text, "a", "b"), session.folder, wanted=ALL)
    assert rows(session, landed) == [(1, "1", "x"), (4, "4", "w"), (5, "5", "v"), (6, "6", "u")]
    assert [(reject.row, reject.cells) for reject in landed.rejects] == [(2, None), (3, None)]
    assert "closing quote" in landed.rejects[0].reason


def test_a_quote_that_is_never_closed_costs_one_row(session):
    landed = land(session, page(session, '1,x\n2,"y\n3,z\n', "a", "b"), session.folder, wanted=ALL)
    assert rows(session, landed) == [(1, "1", "x"), (3, "3", "z")]
    assert [(reject.row, reject.reason[:34]) for reject in landed.rejects] == [
        (2, "a quote is opened and never closed")
    ]


def test_quotes_inside_plain_text_and_spaces_around_quotes_are_read(session):
    text = '1,5" pipe\n2, "a,b"\n3,"c" \n\n4, "d,e"\n5,"f" \n'
    landed = land(session, page(session, text, "a", "b"), session.folder, wanted=ALL)
    assert rows(session, landed) == [
        (1, "1", '5" pipe'),
        (2, "2", "a,b"),
        (3, "3", "c"),
        (5, "4", "d,e"),
        (6, "5", "f"),
    ]


def test_a_carriage_return_outside_quotes_is_set_aside(session):
    landed = land(session, page(session, '1,x\n2,y\ry\n3,"z\rz"\n', "a", "b"), session.folder, wanted=ALL)
    assert rows(session, landed) == [(1, "1", "x"), (3, "3", "z\rz")]
    assert [(reject.row, "carriage return" in reject.reason) for reject in landed.rejects] == [(2, True)]


def test_bytes_that_are_not_utf_8_and_endless_rows_are_set_aside(session):
    text = b"1,x\n2,\xe9\n3," + b"y" * 2_100_000 + b"\n4,z\n"
    landed = land(session, page(session, text, "a", "b"), session.folder, wanted=ALL)
    assert rows(session, landed) == [(1, "1", "x"), (4, "4", "z")]
    assert [reject.row for reject in landed.rejects] == [2, 3]
    assert all(len(reject.raw) <= 500 for reject in landed.rejects)


def test_one_column_and_no_last_line_end(session):
    landed = land(session, page(session, 'x\n\n"y"\n""\nz', "a"), session.folder, wanted=ALL)
    assert rows(session, landed) == [(1, "x"), (3, "y"), (5, "z")]


def test_other_delimiters_and_quotes(session):
    text = "1\t'a\tb'\n2\t'it''s'\n"
    landed = land(session, page(session, text, "a", "b", delimiter="\t", quote="'"), session.folder, wanted=ALL)
    assert rows(session, landed) == [(1, "1", "a\tb"), (2, "2", "it's")]


def test_text_is_landed_as_sent(session):
    values = [
        "00123",
        "=1+1",
        " x ",
        "NULL",
        "nan",
        "1e5",
        "é",
        "e\u0301",
        "\\N",
        "a\\",
        "#x",
        "\u2028",
        "true",
    ]
    text = "".join(f"{value},k\n" for value in values)
    landed = land(session, page(session, text, "a", "b"), session.folder, wanted=ALL)
    assert [row[1] for row in rows(session, landed)] == values


def test_any_name_may_be_a_column(session):
    names = ('say "hi"', "it's", "select", "a;--", "c0", "r", "s")
    landed = land(session, page(session, "1,2,3,4,5,6,7\n", *names), session.folder, wanted=ALL)
    assert landed.columns == names
    described = session.rows("DESCRIBE FROM read_parquet($1)", [str(landed.segments[0].path)])
    assert [row[0] for row in described] == ["_row", "_place", "_op", "_native", *names]
    assert [row[1] for row in described] == ["BIGINT"] + ["VARCHAR"] * 10


def test_only_wanted_columns_are_landed_and_never_always_wins(session):
    sent = page(session, "1,123-45,x\n2,678-90\n", "Id", "SSN", "Name")
    landed = land(session, sent, session.folder, wanted=frozenset({"Id", "SSN", "Gone"}), never=frozenset({"SSN"}))
    assert (landed.columns, landed.missing) == (("Id",), ("Gone",))
    assert rows(session, landed) == [(1, "1")]
    assert (landed.rejects[0].cells, landed.rejects[0].raw) == ({"Id": "2"}, "")
    assert b"123-45" not in landed.segments[0].path.read_bytes()
    assert land(session, sent, session.folder, wanted=ALL, never=frozenset({"SSN"})).columns == ("Id", "Name")


def test_a_column_without_name_is_not_landed(session):
    landed = land(session, page(session, "1,x,\n2,y,\n", "a", "b", ""), session.folder, wanted=ALL)
    assert (landed.columns, rows(session, landed)) == (("a", "b"), [(1, "1", "x"), (2, "2", "y")])


def test_a_page_without_rows_gives_no_segment(session):
    for content in (b"", b"\n\n", b",\n"):
        landed = land(session, page(session, content, "a", "b"), session.folder, wanted=ALL)
        assert (landed.segments, landed.rows, landed.rejected) == ((), 0, 0)


def test_segments_close_at_their_number_of_rows_and_at_their_size(session):
    text = "".join(f"{number},x\n" for number in range(10))
    by_rows = land(session, page(session, text, "a", "b"), session.folder, wanted=ALL, rows=4)
    assert [segment.rows for segment in by_rows.segments] == [4, 4, 2]
    assert [row[0] for row in rows(session, by_rows)] == list(range(1, 11))
    long = "".join(f"{number},{'x' * 900_000}\n" for number in range(6))
    by_size = land(session, page(session, long, "a", "b"), session.folder, wanted=ALL, size=2_000_000)
    assert [segment.rows for segment in by_size.segments] == [2, 2, 2]


def cut(page: Page, folder: Path, rows: int = 100) -> list[Piece]:
    layout = Layout(page.columns, page.dialect.delimiter, page.dialect.quote, rows, 1 << 20, 10)
    folder.mkdir()
    if page.format == PageFormat.JSONL:
        return list(cut_jsonl(page.path, layout, folder))
    return list(cut_csv(page.path, page.dialect.skip, layout, folder))


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_page_that_is_one_piece_is_read_where_it_is(session, tmp_path, end):
    sent = page(session, f'"a","b"\n"1","x"\n2,y{end}', "a", "b", skip=1)
    (piece,) = cut(sent, tmp_path / "cut")
    assert piece.path.samefile(sent.path)
    assert (piece.form, piece.first, piece.records, piece.lines, piece.skip) == (Form.PLAIN, 2, 2, 2, 1)
    landed = land(session, sent, session.folder, wanted=ALL)
    assert rows(session, landed) == [(2, "1", "x"), (3, "2", "y")]
    assert sent.path.exists()
    (piece,) = cut(lines(session, {"a": "1"}, {"a": "2"}), tmp_path / "lines")
    assert piece.path.samefile(session.folder / "page.jsonl")
    assert (piece.form, piece.first, piece.records) == (Form.JSONL, 1, 2)


@pytest.mark.parametrize(
    ("text", "skip", "expected"),
    [
        ("a,b\n1,x\n2,y\n3,z\n", 1, [(2, "1", "x"), (3, "2", "y"), (4, "3", "z")]),
        ("a,b\r\n1,x\r\n", 1, [(2, "1", "x")]),
        ('"a\n1",b\n1,x\n', 2, [(3, "1", "x")]),
        ("\na,b\n1,x\n", 2, [(3, "1", "x")]),
        ('a,b\n1,"x\ny"\n', 1, [(2, "1", "x\ny")]),
    ],
    ids=["several pieces", "CR LF", "a line break in the header", "a blank line above", "a line break in a value"],
)
def test_another_page_is_copied_piece_by_piece(session, tmp_path, text, skip, expected):
    sent = page(session, text, "a", "b", skip=skip)
    assert not any(piece.path.samefile(sent.path) for piece in cut(sent, tmp_path / "cut", rows=2))
    assert rows(session, land(session, sent, session.folder, wanted=ALL, rows=2)) == expected


def test_where_a_file_can_have_one_name_alone_it_is_copied(session, tmp_path, monkeypatch):
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refused)
    sent = page(session, "1,x\n2,y\n", "a", "b")
    assert not any(piece.path.samefile(sent.path) for piece in cut(sent, tmp_path / "cut"))
    assert rows(session, land(session, sent, session.folder, wanted=ALL)) == [(1, "1", "x"), (2, "2", "y")]


@pytest.mark.parametrize("size", [100_000, 30_000])
def test_a_line_break_in_a_value_far_behind_the_beginning_is_found_and_counted(session, monkeypatch, size):
    """Nothing is read record by record for it, and no number of a line is wrong behind it."""
    monkeypatch.setattr("engine.landing.number_again", None)
    plain = "".join(f'"{number}","{"x" * 40}"\n' for number in range(1, 40_001))
    assert len(plain) > CHUNK
    sent = page(session, f'{plain}"40001","one\ntwo"\n"40002","y"\n', "a", "b")
    landed = rows(session, land(session, sent, session.folder, wanted=ALL, rows=size))
    assert landed[-3:] == [(40_000, "40000", "x" * 40), (40_001, "40001", "one\ntwo"), (40_003, "40002", "y")]
    assert [row[0] for row in landed[:40_000]] == list(range(1, 40_001))


def test_json_lines_keep_their_numbers_operations_and_literals(session):
    sent = lines(
        session,
        {"_row": 5, "_place": "b.xlsx!S!5", "_native": ",b,", "a": "00123", "b": "1.10"},
        {"a": None, "b": ""},
        {"_op": "delete", "a": "7", "unknown": "x"},
    )
    assert everything(session, land(session, sent, session.folder, wanted=ALL)) == [
        (5, "b.xlsx!S!5", "upsert", ",b,", "00123", "1.10"),
        (2, "crm.User:2", "upsert", None, None, ""),
        (3, "crm.User:3", "delete", None, "7", None),
    ]


def test_a_page_that_is_no_json_lines_fails_the_read_without_showing_it(session):
    sent = lines(session, {"a": "secret"})
    sent.path.write_text('{"a": "secret"\n', encoding="utf-8")
    with pytest.raises(ReadFailed, match="User") as raised:
        land(session, sent, session.folder, wanted=ALL)
    assert "secret" not in raised.value.message


def test_published_segments_are_whole_and_named_by_their_content(session, tmp_path):
    landed = land(session, page(session, "1,x\n2,y\n", "a", "b"), session.folder, wanted=ALL, rows=1)
    published = publish(landed.segments, tmp_path / "landing", "R1-0000")
    assert sorted(path.name for path in (tmp_path / "landing").iterdir()) == sorted(
        segment.path.name for segment in published
    )
    for before, segment in zip(landed.segments, published, strict=True):
        assert not before.path.exists()
        assert segment.digest == hashlib.sha256(segment.path.read_bytes()).hexdigest()
        assert segment.path.name == f"R1-0000-{segment.digest[:16]}.parquet"
        assert segment.size == segment.path.stat().st_size


def test_nothing_is_left_beside_the_segments(session, tmp_path_factory):
    text = "1,x\n2\n" + '3,"y\ny"\n' + "4,z\n"
    landed = land(session, page(session, text, "a", "b"), session.folder, wanted=ALL, rows=1)
    folder = landed.segments[0].path.parent
    assert sorted(folder.iterdir()) == sorted(segment.path for segment in landed.segments)


# --- the property: whatever a well-formed writer writes, and whatever is ragged in between -----------------

CELLS = st.text(st.sampled_from("ab,\"\n\r é\t;\\#'"), max_size=5).filter(lambda cell: "\r" not in cell)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=12)


@given(ROWS, st.integers(1, 5), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.data())
def test_every_record_lands_or_is_set_aside_under_its_own_line(session, sent, size, end, is_ended, data):
    text, line, expected, aside = "", 1, [], []
    for cells in sent:
        for _ in range(data.draw(st.integers(0, 1))):
            text, line = text + end, line + 1
        written = io.StringIO()
        quoting = data.draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
        csv.writer(written, quoting=quoting, lineterminator="\n").writerow(cells)
        if any(cells) and len(cells) != 3:
            aside.append(line)
        elif any(cells):
            expected.append((line, *(cell or None for cell in cells)))
        text, line = text + written.getvalue().replace("\n", end), line + written.getvalue().count("\n")
    content = text if is_ended else text.removesuffix(end)
    sheet = page(session, content, "a", "b", "c")
    landed = land(session, sheet, session.folder, wanted=ALL, rows=size)
    assert rows(session, landed) == expected
    assert [reject.row for reject in landed.rejects] == aside
    assert all(segment.rows for segment in landed.segments)


@given(st.lists(st.sampled_from(["a", ",", "\n", "\r\n", '"', '""', " ", '"a",', "a,a\n"]), max_size=30).map("".join))
@example('x",bx\na""""a",a,"a",\nx,\n')  # stray quotes that pair up across lines
def test_whatever_is_sent_no_line_goes_astray(session, text):
    landed = land(session, page(session, text, "a", "b"), session.folder, wanted=ALL)
    accounted: set[int] = set()
    for row, *cells in rows(session, landed):
        breaks = sum(str(cell).count("\n") for cell in cells)
        accounted.update(range(int(str(row)), int(str(row)) + breaks + 1))
    for reject in landed.rejects:
        accounted.update(range(reject.row, reject.row + reject.raw.count("\n") + 1))
    told = {number for number, line in enumerate(text.split("\n"), start=1) if "a" in line}
    assert told <= accounted


def test_a_segment_lies_where_the_caller_said(session):
    landed = land(session, page(session, "1,x\n", "a", "b"), session.folder / "tmp" / "run", wanted=ALL)
    assert (session.folder / "tmp" / "run") in landed.segments[0].path.parents
    assert isinstance(landed.segments[0].path, Path)
