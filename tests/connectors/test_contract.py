"""Every connector and every double keeps every promise; a source that breaks one is found out by that one."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from connectors.base import EVERYTHING, OPERATION, Page, Source, Wanted
from connectors.file.settings import Settings
from connectors.opening import open_source
from connectors.secret import Secret
from connectors.sftp.settings import Settings as SftpSettings
from domain.errors import CursorExpired, FixAccess, FixFile, ReadFailed, SyncError, TryLater
from tests.connectors import scripted, sftp_server
from tests.connectors.contract import PROMISES, Change, Record, Stage
from tests.connectors.sftp_server import Running
from tests.doubles.s3.reached import Double as Bucket
from tests.doubles.salesforce.server import Double
from tests.doubles.salesforce.world import deal
from tests.doubles.salesforce.world import settings as sf_settings

RECORDS: list[Record] = [
    {"Id": "00123", "Name": "Ann, née O'Neil", "OTE": "1.10"},
    {"Id": "00124", "Name": 'Bob "Bobby"\nJones', "OTE": None},
    {"Id": "00125", "Name": "=SUM(A1)", "OTE": "100.0"},
    {"Id": "00126", "Name": "山田", "OTE": "-5"},
    {"Id": "00127", "Name": "  Eve ", "OTE": None},
]


HEADER: Record = {name: name for name in RECORDS[0]}


def csv_text(records: list[Record]) -> str:
    rows = [[name or "" for name in row.values()] for row in (HEADER, *records)]
    return "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows)


def write(path: Path, content: bytes) -> Callable[[], type[SyncError]]:
    def act() -> type[SyncError]:
        path.write_bytes(content)
        return ReadFailed

    return act


def csv_stage(folder: Path) -> Stage:
    path = folder / "workers.csv"
    path.write_text(csv_text(RECORDS), encoding="utf-8", newline="")
    return Stage(
        source=lambda: open_source("file", Settings("workers.csv"), (folder,)),
        key="Id",
        records=RECORDS,
        outside=folder,
        spoil={
            "cut": write(path, csv_text(RECORDS)[:-3].encode()),
            "empty": write(path, b""),
            "latin": write(path, b"Id\n\xe9\n"),
            "twice": write(path, b"Id,Name,ID\n1,2,3\n"),
        },
    )


def pattern_stage(folder: Path) -> Stage:
    (folder / "w-1.csv").write_text(csv_text(RECORDS[:2]), encoding="utf-8", newline="")
    (folder / "w-2.csv").write_text(csv_text(RECORDS[2:]), encoding="utf-8", newline="")
    (folder / "w-3.csv").write_text(csv_text(RECORDS[:2]), encoding="utf-8", newline="")
    return Stage(
        source=lambda: open_source("file", Settings("w-*.csv"), (folder,)),
        key="Id",
        records=RECORDS,
        outside=folder,
        spoil={"last of them": write(folder / "w-3.csv", b"Id,Name,OTE")},
    )


def sheet_stage(folder: Path) -> Stage:
    path = folder / "workers.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("People")
        for row, record in enumerate([HEADER, *RECORDS]):
            for column, value in enumerate(record.values()):
                if value is not None:
                    sheet.write_string(row, column, value)
    return Stage(
        source=lambda: open_source("file", Settings("workers.xlsx"), (folder,)),
        key="Id",
        records=RECORDS,
        outside=folder,
        spoil={"junk": write(path, b"PK\x03\x04 and nothing else")},
    )


def script(folder: Path, **changes: object) -> None:
    path = folder / "crm.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(known | changes), encoding="utf-8")


def scripted_stage(folder: Path, **settings: object) -> Stage:
    events: list[dict[str, Any]] = [
        {"stamp": 100 + 10 * number, "row": record} for number, record in enumerate(RECORDS)
    ]
    begin: dict[str, Any] = {"key": "Id", "columns": list(RECORDS[0]), "events": events, "now": 200}
    (folder / "crm.json").write_text(json.dumps(begin | settings), encoding="utf-8")
    moved = RECORDS[0] | {"OTE": "2"}
    new: Record = {"Id": "00200", "Name": "New", "OTE": None}
    late: Record = {"Id": "00201", "Name": "stamped before the read, committed after it", "OTE": None}

    def change() -> Change:
        more = [
            {"stamp": 195, "commit": 230, "row": late},
            {"stamp": 240, "row": moved},
            {"stamp": 245, "row": new},
            {"stamp": 250, "key": "00126", "delete": True},
        ]
        script(folder, events=events + more, now=300)
        records = {str(record["Id"]): record for record in (moved, new, late)}
        return Change(records, frozenset({"00126"}))

    def fail(name: str, kind: type[SyncError]) -> Callable[[], type[SyncError]]:
        def act() -> type[SyncError]:
            script(folder, fail=name)
            return kind

        return act

    return Stage(
        source=lambda: open_source("tests.connectors.scripted", scripted.Settings("crm.json"), (folder,)),
        key="Id",
        records=RECORDS,
        outside=folder,
        change=change,
        spoil={kind.__name__: fail(kind.__name__, kind) for kind in (TryLater, FixAccess, ReadFailed)},
        expire=lambda: script(folder, now=10_000, keeps=1_000),
    )


STAGES: dict[str, Callable[[Path], Stage]] = {
    "a file": csv_stage,
    "a pattern": pattern_stage,
    "a sheet": sheet_stage,
    "a script": scripted_stage,
    "a script that repeats itself": lambda folder: scripted_stage(folder, repeat=3, page_rows=1),
    "a script without totals": lambda folder: scripted_stage(folder, total=None, page_rows=100),
}


def sftp_stage(folder: Path, running: Running) -> Stage:
    """The files of a pattern, on a server; the password lies in the workspace."""
    world = running.folder / "out"
    pattern_stage(make(world))
    (folder / "password").write_text(sftp_server.PASSWORD, encoding="utf-8")
    settings = SftpSettings(
        path="out/w-*.csv",
        host="127.0.0.1",
        port=running.port,
        user="syncd",
        host_key=sftp_server.public(sftp_server.SERVER_KEY),
        password=Secret(file="password"),
    )

    def wrong_password() -> type[SyncError]:
        (folder / "password").write_text("wrong", encoding="utf-8")
        return FixAccess

    return Stage(
        source=lambda: open_source("sftp", settings, (folder,)),
        key="Id",
        records=RECORDS,
        outside=running.folder,
        spoil={"a cut file": write(world / "w-3.csv", b"Id,Name,OTE"), "another password": wrong_password},
    )


def s3_stage(folder: Path, double: Bucket) -> Stage:
    """The files of a pattern, in a bucket whose lists have a page for each key."""
    pattern_stage(folder)
    store = double.store
    store.page = 1
    for path in sorted(folder.glob("w-*.csv")):
        store.put(f"out/{path.name}", path.read_bytes())

    def cut() -> type[SyncError]:
        store.put("out/w-3.csv", b"Id,Name,OTE")
        return ReadFailed

    def down() -> type[SyncError]:
        store.every_fault = "busy"
        return TryLater

    def no_right() -> type[SyncError]:
        store.every_fault = ""
        store.denied.add("s3:ListBucket")
        return FixAccess

    return Stage(
        source=lambda: open_source("s3", double.settings("out/w-*.csv"), (folder,)),
        key="Id",
        records=RECORDS,
        outside=folder,
        spoil={"1 a cut file": cut, "2 down": down, "3 no right": no_right},
    )


def make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def salesforce_stage(folder: Path, double: Double) -> Stage:
    """Opportunities of an org."""
    org = double.org
    columns = ("Id", "Name", "Amount", "CloseDate", "Won__c")
    first = [
        deal(org, "Ann, née O'Neil", "1.10", CloseDate="2026-03-01"),
        deal(org, 'Bob "Bobby"\nJones', None, Won__c=org.now),
        deal(org, "=SUM(A1)", "100.0"),
        deal(org, "山田", "-5"),
        deal(org, "  Eve ", "12000000.00"),
    ]
    org.pass_(3600)

    def record(name: str) -> Record:
        row = org.row("Opportunity", name)
        texts = {one: row[one] if row[one] is None else str(row[one]) for one in columns}
        won = row["Won__c"]
        return texts | {"Won__c": won and f"{won:%Y-%m-%dT%H:%M:%S}.000Z"}

    def change() -> Change:
        org.pass_(600)
        late = deal(org, "late", commit=org.now + timedelta(seconds=5))
        org.pass_(60)
        new = deal(org, "new", CloseDate="2026-04-01", Won__c=org.now)
        org.save("Opportunity", first[0], Amount=Decimal("2.00"))
        org.delete("Opportunity", first[3])
        org.pass_(60)
        return Change({one: record(one) for one in (late, new, first[0])}, frozenset({first[3]}))

    def fail(status: int, kind: type[SyncError], **how: Any) -> Callable[[], type[SyncError]]:
        def act() -> type[SyncError]:
            org.faults.clear()
            org.fail("describe", status=status, times=100, **how)
            return kind

        return act

    def expire() -> None:
        org.pass_(40 * 86_400)

    def opened() -> Source:
        return Asking(open_source("salesforce", sf_settings(double), (folder,)), columns)

    return Stage(
        source=opened,
        key="Id",
        records=[record(one) for one in first],
        outside=folder,
        stream="Opportunity",
        change=change,
        spoil={
            "down": fail(503, TryLater),
            "no right": fail(403, FixAccess, body=b'[{"errorCode": "INSUFFICIENT_ACCESS", "message": ""}]'),
            "gone": fail(410, FixFile),
        },
        expire=expire,
    )


@dataclass
class Asking:
    """A source that is asked for some columns."""

    source: Source
    columns: tuple[str, ...]

    def read(self, stream: str | None, since: str | None, scratch: Path, wanted: Wanted = EVERYTHING) -> Iterator[Page]:
        return self.source.read(stream, since, scratch, Wanted(self.columns, rest=False))


#: Stages of files elsewhere, each with the fixture that is its other side.
ELSEWHERE: dict[str, tuple[str, Callable[[Path, Any], Stage]]] = {
    "files on a server": ("sftp", sftp_stage),
    "files in a bucket": ("bucket", s3_stage),
    "an org": ("salesforce", salesforce_stage),
}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", [*STAGES, *ELSEWHERE])
def test_a_connector_keeps_its_promise(name, promise, tmp_path, request):
    world = make(tmp_path / "world")
    if name in STAGES:
        stage = STAGES[name](world)
    else:
        other_side, staged = ELSEWHERE[name]
        stage = staged(world, request.getfixturevalue(other_side))
    promise(stage, tmp_path / "scratch")


# --- sources that break one promise each ------------------------------------------------------------------

Twist = Callable[["Broken", Iterator[Page], "str | None", Path], Iterator[Page]]


@dataclass
class Broken:
    """A source whose pages a twist spoils on their way."""

    source: Source
    twist: Twist
    folder: Path
    reads: int = 0

    def read(self, stream: str | None, since: str | None, scratch: Path, wanted: Wanted = EVERYTHING) -> Iterator[Page]:
        self.reads += 1
        return self.twist(self, self.source.read(stream, since, scratch), since, scratch)


def always(source: Source) -> Callable[[], Source]:
    return lambda: source


def rewritten(page: Page, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Page:
    rows = [json.loads(line) for line in page.path.read_text(encoding="utf-8").splitlines()]
    page.path.write_text("".join(json.dumps(change(row)) + "\n" for row in rows), encoding="utf-8")
    return page


def files_elsewhere(broken, pages, since, scratch):
    for number, page in enumerate(pages):
        yield replace(page, path=page.path.rename(scratch.parent / f"elsewhere-{number}.jsonl"))


def a_trace_in_the_world(broken, pages, since, scratch):
    (broken.folder / "lock").write_text("here", encoding="utf-8")
    yield from pages


def a_column_of_ours(broken, pages, since, scratch):
    for page in pages:
        yield replace(page, columns=(*page.columns, "_op"))


def an_unknown_column(broken, pages, since, scratch):
    for page in pages:
        yield replace(page, columns=page.columns[:-1]) if since is None else page


def numbers_instead_of_text(broken, pages, since, scratch):
    for page in pages:
        yield rewritten(page, lambda row: row | {"_row": str(row["_row"])})


def lost_zeros(broken, pages, since, scratch):
    for page in pages:
        yield rewritten(page, lambda row: row | {"Name": str(row["Name"]).strip()} if "Name" in row else row)


def an_increment_in_disguise(broken, pages, since, scratch):
    for page in pages:
        yield replace(page, full=False) if since is None else page


def two_ends(broken, pages, since, scratch):
    for page in pages:
        yield replace(page, is_last=True)


def a_wrong_total(broken, pages, since, scratch):
    for page in pages:
        yield replace(page, total=99)


def numbers_that_fall(broken, pages, since, scratch):
    for page in pages:
        yield rewritten(page, lambda row: row | {"_row": 100 - int(row["_row"])})


def places_by_read(broken, pages, since, scratch):
    """Increments number their rows anew, and say of none which record it is."""
    for page in pages:
        is_again = since is not None
        yield rewritten(page, lambda row: row | {"_place": f"User:{row['_row']}"}) if is_again else page


def unnumbered_pages(broken, pages, since, scratch):
    for page in pages:
        yield rewritten(page, lambda row: {name: row[name] for name in row if name not in ("_row", "_place")})


def another_order_each_time(broken, pages, since, scratch):
    for page in pages:
        yield rewritten(page, lambda row: row | {"_place": f"read {broken.reads % 1000}"})


def a_cursor_too_early(broken, pages, since, scratch):
    held = list(pages)
    for page in held:
        yield replace(page, cursor=held[-1].cursor) if since is None else page


def a_cursor_too_late(broken, pages, since, scratch):
    for page in pages:
        yield replace(page, cursor=str(int(page.cursor) + 140)) if page.cursor and since is None else page


def old_values(broken, pages, since, scratch):
    for page in pages:
        is_again = since is not None
        yield (
            rewritten(page, lambda row: row | {"Name": "old"} if row["Id"] == "00127" else row) if is_again else page
        )


def no_word_of_deletes(broken, pages, since, scratch):
    for page in pages:
        lines = [line for line in page.path.read_text(encoding="utf-8").splitlines() if OPERATION not in line]
        page.path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        yield page


def an_operation_of_its_own(broken, pages, since, scratch):
    for page in pages:
        yield rewritten(page, lambda row: row | {OPERATION: row.get(OPERATION, "merge")})


def silence_about_what_is_wrong(broken, pages, since, scratch):
    try:
        yield from pages
    except (TryLater, FixAccess, ReadFailed):
        return


def a_cursor_for_ever(broken, pages, since, scratch):
    try:
        yield from pages
    except CursorExpired:
        return


BREAKS: dict[str, Twist] = {
    "pages_lie_in_the_scratch_folder": files_elsewhere,
    "nothing_else_on_disk_changes": a_trace_in_the_world,
    "columns_are_distinct_and_not_ours": a_column_of_ours,
    "rows_have_only_declared_columns": an_unknown_column,
    "values_are_text_or_null": numbers_instead_of_text,
    "a_full_read_brings_every_record_as_sent": lost_zeros,
    "a_full_read_says_that_it_is_one": an_increment_in_disguise,
    "only_the_last_page_is_the_last": two_ends,
    "stated_counts_are_right": a_wrong_total,
    "row_numbers_rise_within_a_page": numbers_that_fall,
    "no_two_records_share_row_and_place": places_by_read,
    "reading_twice_gives_the_same": another_order_each_time,
    "a_cursor_comes_only_with_its_rows": a_cursor_too_early,
    "a_cursor_gives_what_came_after": a_cursor_too_late,
    "an_increment_brings_records_as_they_are_now": old_values,
    "a_deleted_record_comes_as_an_operation": no_word_of_deletes,
    "operations_are_known": an_operation_of_its_own,
    "what_is_wrong_with_a_whole_read_stops_it_before_any_page": silence_about_what_is_wrong,
    "an_expired_cursor_is_told_as_such": a_cursor_for_ever,
}


def test_there_is_a_broken_source_for_every_promise():
    assert list(BREAKS) == [promise.__name__ for promise in PROMISES]


@pytest.mark.parametrize("name", BREAKS)
def test_a_source_that_breaks_one_promise_fails_exactly_that_one(name, tmp_path):
    assert failed_by(BREAKS[name], tmp_path) == [name]


def test_a_source_whose_pages_each_begin_with_row_1_under_one_name_is_found_out(tmp_path):
    assert failed_by(unnumbered_pages, tmp_path) == ["no_two_records_share_row_and_place"]


def failed_by(twist: Twist, tmp_path: Path) -> list[str]:
    failed = []
    for promise in PROMISES:
        folder = tmp_path / promise.__name__
        (folder / "world").mkdir(parents=True)
        stage = scripted_stage(folder / "world")
        broken = Broken(stage.source(), twist, folder / "world")
        try:
            promise(replace(stage, source=always(broken)), folder / "scratch")
        except AssertionError:
            failed.append(promise.__name__)
    return failed
