"""Workday as a source, against the double: the contract, days and posts, what changed, refusals, the WSDL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from connectors.base import Wanted
from connectors.opening import open_source
from connectors.workday.answers import Totals, workers
from connectors.workday.reports import columns_of
from connectors.workday.rows import seen
from connectors.workday.tenant import WSDL, Tenant
from domain.errors import CursorExpired, FixAccess, FixFile, ReadFailed, SyncError, TryLater
from tests.connectors.contract import PROMISES, Change, Record, Stage, plain, rows_of
from tests.doubles.workday.reached import BY_TOKEN, Double, reached

HIRED = date(2024, 3, 1)


@pytest.fixture
def workday(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """Eight people who were hired long ago; the first leads the others."""
    with reached(tmp_path_factory.mktemp("workday"), monkeypatch) as double:
        tenant = double.tenant
        now, tenant.now = tenant.now, tenant.now - timedelta(days=400)
        for number in range(8):
            tenant.hire(f"w{number}", HIRED, f"0000{number}", manager="w0" if number else None, title="Rép")
        tenant.now = now
        yield double


def stage(folder: Path, double: Double) -> Stage:
    """The workers of the double, for the suite that every connector passes."""
    tenant = double.tenant

    def record(wid: str, **cells: str) -> Record:
        number = tenant.workers[wid].number
        values = tenant.workers[wid].on(tenant.now.date(), tenant.now)
        said: Record = {
            "WID": wid,
            "Worker_ID": number,
            "Worker_Type": "Employee",
            "Employee_ID": number,
            "User_ID": values["email"],
            "Email": values["email"],
            "Status": "Active",
            "Active": "true",
            "Name": values["name"],
            "Legal_Name": values["name"],
            "Hire_Date": str(values["hired"]),
            "Original_Hire_Date": str(values["hired"]),
            "Position": "P-1",
            "Position_ID": "P-1",
            "Primary_Job": "true",
            "Position_Title": values["title"],
            "Business_Title": values["title"],
            "Position_Start_Date": str(values["hired"]),
        }
        if values.get("manager"):
            said |= {"Manager": tenant.workers[values["manager"]].number, "Manager_WID": values["manager"]}
        return said | cells

    def change() -> Change:
        tenant.tick()
        day = tenant.now.date()
        tenant.happens("w3", "Change Job", day, title="Lead")
        tenant.hire("w9", day, "00009")
        tenant.tick()
        return Change({one: record(one, Effective=str(day)) for one in ("w3", "w9")})

    def fail(name: str, kind: type[SyncError]) -> Callable[[], type[SyncError]]:
        def act() -> type[SyncError]:
            tenant.every_fault = name
            return kind

        return act

    return Stage(
        source=lambda: open_source("workday", double.settings(), (folder,)),
        key="WID",
        records=[record(wid) for wid in tenant.workers],
        outside=folder,
        change=change,
        spoil={
            "down": fail("503", TryLater),
            "busy": fail("429", TryLater),
            "not us": fail("401", FixAccess),
            "a fault": fail("validation", ReadFailed),
            "their fault": fail("processing", TryLater),
            "a page of theirs": fail("html", ReadFailed),
            "cut": fail("cut", ReadFailed),
            "totals": fail("short", ReadFailed),
            "a document type": fail("doctype", ReadFailed),
        },
    )


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_workday_keeps_the_promises_of_a_connector(
    promise: Callable[[Stage, Path], None], workday: Double, tmp_path: Path
):
    (tmp_path / "workspace").mkdir()
    (tmp_path / "scratch").mkdir()
    promise(stage(tmp_path / "workspace", workday), tmp_path / "scratch")


# --- what is read


def read(
    double: Double, scratch: Path, since: str | None = None, stream: str | None = None, **settings: Any
) -> tuple[list[Record], str | None]:
    """The rows of a read without what is empty or ours, and where the next one goes on."""
    wanted = settings.pop("wanted", Wanted())
    scratch.mkdir(parents=True, exist_ok=True)
    pages = list(open_source("workday", double.settings(**settings), (scratch,)).read(stream, since, scratch, wanted))
    return [plain(row) for page in pages for row in rows_of(page)], pages[-1].cursor


def told(rows: list[Record], wid: str, *names: str) -> list[tuple[str | None, ...]]:
    """Some columns of the rows of a worker, in order."""
    return [tuple(row.get(name) for name in names) for row in rows if row["WID"] == wid]


def test_each_day_on_which_something_changes_is_a_row(workday: Double, tmp_path: Path):
    """Entered late and out of order: the rows are of the days, from the first one that was touched."""
    tenant = workday.tenant
    _, cursor = read(workday, tmp_path / "1")
    tenant.happens("w1", "Change Job", date(2026, 2, 1), title="Lead")
    tenant.happens("w1", "Change Job", date(2025, 11, 1), company="Acme Ltd")
    rows, _ = read(workday, tmp_path / "2", cursor)
    assert told(rows, "w1", "Effective", "Business_Title", "Company") == [
        ("2025-11-01", "Rép", "Acme Ltd"), ("2026-02-01", "Lead", "Acme Ltd"),
    ]  # fmt: skip
    assert {row["WID"] for row in rows} == {"w1"}
    full, _ = read(workday, tmp_path / "3")
    assert [row for row in full if row["WID"] == "w1"] == rows


def test_what_is_corrected_is_told_of_both_days(workday: Double, tmp_path: Path):
    tenant = workday.tenant
    event = tenant.happens("w1", "Change Job", date(2025, 11, 1), title="Lead")
    _, cursor = read(workday, tmp_path / "1")
    tenant.correct(event, date(2025, 12, 1))
    rows, _ = read(workday, tmp_path / "2", cursor)
    assert ("2025-11-01", "Rép") in told(rows, "w1", "Effective", "Business_Title")
    assert told(rows, "w1", "Effective", "Business_Title")[-1] == ("2025-12-01", "Lead")


def test_what_is_rescinded_is_told_as_if_it_never_was(workday: Double, tmp_path: Path):
    tenant = workday.tenant
    event = tenant.happens("w1", "Change Job", date(2025, 11, 1), title="Lead")
    _, cursor = read(workday, tmp_path / "1")
    tenant.rescind(event)
    rows, _ = read(workday, tmp_path / "2", cursor)
    assert ("2025-11-01", "Rép") in told(rows, "w1", "Effective", "Business_Title")
    assert "Lead" not in {row["Business_Title"] for row in rows}


def test_what_comes_into_force_is_told_though_nothing_is_entered(workday: Double, tmp_path: Path):
    """Beyond what is looked ahead when it is entered; it comes on its day."""
    tenant = workday.tenant
    tenant.happens("w1", "Change Job", date(2026, 6, 1), title="Lead")
    rows, cursor = read(workday, tmp_path / "1", ahead=10, look_back=3)
    assert {row["Business_Title"] for row in rows} == {"Rép"}
    tenant.now += timedelta(days=148)
    rows, _ = read(workday, tmp_path / "2", cursor, ahead=10, look_back=3)
    assert told(rows, "w1", "Effective", "Business_Title") == [("2026-06-01", "Lead")]


def test_a_hire_to_come_is_told_as_of_its_day(workday: Double, tmp_path: Path):
    workday.tenant.hire("w9", date(2026, 2, 1), "00009", title="Lead")
    rows, _ = read(workday, tmp_path)
    assert told(rows, "w9", "Effective", "Hire_Date", "Status", "Business_Title") == [
        ("2026-02-01", "2026-02-01", "Active", "Lead")
    ]


def test_a_hire_that_is_rescinded_never_was(workday: Double, tmp_path: Path):
    event = workday.tenant.hire("w9", date(2026, 2, 1), "00009")
    workday.tenant.rescind(event)
    rows, _ = read(workday, tmp_path)
    assert told(rows, "w9", "Effective", "Status", "Termination_Date") == [("2026-02-01", "Hire Rescinded", None)]


def test_an_ending_is_told_on_every_day_of_its_employment(workday: Double, tmp_path: Path):
    tenant = workday.tenant
    tenant.happens("w1", "Change Job", date(2025, 12, 1), title="Lead")
    tenant.terminate("w1", date(2026, 1, 31), involuntary=True)
    tenant.hire("w1", date(2026, 3, 1))
    rows, _ = read(workday, tmp_path)
    names = ("Effective", "Status", "Termination_Date", "Termination_Type", "Termination_Reason", "Hire_Date")
    assert [one for one in told(rows, "w1", *names) if one[0] != "2026-01-31"] == [
        ("2025-12-01", "Active", "2026-01-31", "Involuntary", "Other job", "2024-03-01"),
        ("2026-02-01", "Terminated", "2026-01-31", "Involuntary", "Other job", "2024-03-01"),
        ("2026-03-01", "Active", None, None, None, "2026-03-01"),
    ]


def test_leave_and_return_are_told(workday: Double, tmp_path: Path):
    tenant = workday.tenant
    tenant.happens("w1", "Request Leave", date(2025, 12, 1), leave="Parental", leave_start=date(2025, 12, 1))
    tenant.happens("w1", "Return from Leave", date(2026, 1, 3), leave=None)
    rows, _ = read(workday, tmp_path)
    assert told(rows, "w1", "Effective", "Status", "Leave_Type", "Leave_Start_Date") == [
        ("2025-12-01", "On Leave", "Parental", "2025-12-01"), ("2026-01-03", "Active", None, None),
    ]  # fmt: skip


def test_posts_are_rows_where_they_are_asked_for(workday: Double, tmp_path: Path):
    """Each with its own manager and organizations; the stream of workers has the primary one alone."""
    second = {"position": "P-2", "title": "Trainer", "start": date(2025, 1, 1), "manager": "w2", "company": "Acme Ltd"}
    workday.tenant.happens("w1", "Add Job", date(2025, 12, 1), additional=(second,), pay_group="US monthly")
    rows, _ = read(workday, tmp_path / "1", stream="positions")
    names = ("Position", "Primary_Job", "Business_Title", "Manager_WID", "Company", "Pay_Group")
    assert told(rows, "w1", *names) == [
        ("P-1", "true", "Rép", "w0", None, "US monthly"), ("P-2", "false", "Trainer", "w2", "Acme Ltd", None),
    ]  # fmt: skip
    assert told(read(workday, tmp_path / "2")[0], "w1", "Position") == [("P-1",)]
    assert not any("Include_Additional_Jobs" in one for one in workday.tenant.groups[-3:])


def test_only_what_is_mapped_is_asked_for(workday: Double, tmp_path: Path):
    """Compensation is asked for where a column of it is read, and where it is granted."""
    workday.tenant.happens("w1", "Request Compensation Change", date(2025, 12, 1), base_pay="120000.10")

    def groups(*columns: str, **settings: Any) -> frozenset[str]:
        workday.tenant.groups.clear()
        rows, _ = read(workday, tmp_path / "x", wanted=Wanted(columns, rest=False), **settings)
        found = frozenset().union(*workday.tenant.groups)
        paid = told(rows, "w1", "Base_Pay", "Base_Pay_Currency")
        assert paid == [("120000.10", "USD") if "Include_Compensation" in found else (None, None)]
        return found & {"Include_Personal_Information", "Include_Compensation", "Include_Management_Chain_Data"}

    assert groups("WID", "Business_Title") == frozenset()
    assert groups("Name", "Manager") == {"Include_Personal_Information", "Include_Management_Chain_Data"}
    assert groups("Base_Pay") == {"Include_Compensation"}
    assert groups("Base_Pay", groups=("personal",)) == frozenset()


def test_what_the_wsdl_does_not_know_is_refused_before_anything_is_sent(workday: Double, tmp_path: Path):
    tenant = Tenant(workday.settings(), (tmp_path,))
    workday.tenant.groups.clear()
    with pytest.raises(TypeError, match="Nonsense"):
        tenant.ask({"Response_Filter": {"Page": 1, "Count": 1, "Nonsense": True}})
    assert workday.tenant.groups == []


def test_who_left_long_ago_is_left_out(workday: Double, tmp_path: Path):
    now, workday.tenant.now = workday.tenant.now, workday.tenant.now - timedelta(days=300)
    workday.tenant.terminate("w1", date(2025, 2, 1))
    workday.tenant.now = now
    assert "w1" not in {row["WID"] for row in read(workday, tmp_path)[0]}


def test_pages_that_move_are_held_still_by_the_moment_of_entry(workday: Double, tmp_path: Path):
    """Each page of each question names it; what is entered meanwhile comes with the next read."""
    rows, cursor = read(workday, tmp_path / "1", count=2)
    assert sorted(str(row["WID"]) for row in rows) == sorted(workday.tenant.workers)
    assert cursor is not None
    assert json.loads(cursor)["entered"] == workday.tenant.now.isoformat()


def test_an_unpinned_page_would_move(workday: Double, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The guard broken: the double then sends somebody twice and somebody not at all."""
    from connectors.workday.tenant import Tenant

    asked = Tenant.ask

    def unpinned(self: Tenant, body: Any) -> Any:
        return asked(self, {**body, "Response_Filter": {**body["Response_Filter"], "As_Of_Entry_DateTime": None}})

    monkeypatch.setattr(Tenant, "ask", unpinned)
    rows, _ = read(workday, tmp_path / "1", count=3)
    assert len({row["WID"] for row in rows}) < len(workday.tenant.workers)


def test_an_element_nobody_has_heard_of_takes_nothing_away(workday: Double, tmp_path: Path):
    before, _ = read(workday, tmp_path / "1")
    workday.tenant.every_fault = "newer"
    assert read(workday, tmp_path / "2")[0] == before


def test_a_cursor_of_something_else_reads_everything_again(workday: Double, tmp_path: Path):
    with pytest.raises(CursorExpired):
        read(workday, tmp_path, "7")


def test_a_fault_is_told_without_what_it_quotes(workday: Double, tmp_path: Path):
    workday.tenant.faults.append("validation")
    with pytest.raises(ReadFailed) as raised:
        read(workday, tmp_path)
    assert "is not a valid ID value" in raised.value.message
    assert "123-45-6789" not in raised.value.message


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"tenant": "other"}, FixFile), ({"version": "v44.0"}, FixFile)],
    ids=["tenant", "version"],
)
def test_what_is_not_there_is_a_mistake_of_the_settings(
    workday: Double, settings: dict[str, Any], error: type[SyncError], tmp_path: Path
):
    with pytest.raises(error):
        read(workday, tmp_path, **settings)


def test_a_wrong_password_is_told_as_such(workday: Double, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WORKDAY_PASSWORD", "wrong")
    with pytest.raises(FixAccess) as raised:
        read(workday, tmp_path)
    assert "wrong" not in raised.value.message


# --- tokens


def test_a_refresh_token_logs_in_and_a_token_that_ends_is_renewed_once(workday: Double, tmp_path: Path):
    rows, _ = read(workday, tmp_path / "1", auth=BY_TOKEN)
    assert len(rows) == 8
    assert sum(path.endswith("/token") for path in workday.tenant.requests) == 1
    workday.tenant.requests.clear()
    workday.tenant.faults += ["", "", "401"]
    assert len(read(workday, tmp_path / "2", auth=BY_TOKEN)[0]) == 8
    assert sum(path.endswith("/token") for path in workday.tenant.requests) == 2


def test_a_refresh_token_that_was_taken_back_is_told(workday: Double, tmp_path: Path):
    workday.tenant.refresh_token = "another"
    with pytest.raises(FixAccess, match="refresh token"):
        read(workday, tmp_path, auth=BY_TOKEN)


def test_a_token_endpoint_that_is_down_is_tried_later(workday: Double, tmp_path: Path):
    workday.tenant.faults.append("503")
    with pytest.raises(TryLater):
        read(workday, tmp_path, auth=BY_TOKEN)


# --- the WSDL, and what others have recorded


@pytest.mark.shared
def test_what_the_double_sends_and_we_ask_is_what_the_whole_service_has(workday: Double, shared: Path):
    """Every element and attribute of our WSDL stands in Workday's own, in the same order."""
    ours, theirs = (_types(path) for path in (WSDL, shared / "fixtures/workday/Human_Resources_v30.0_armandino.wsdl"))
    for element in ("Get_Workers_RequestType", "Get_Workers_ResponseType", "Validation_FaultType"):
        _stands_in(ours, element, theirs, element)


def _types(path: Path) -> dict[str, Any]:
    xsd = "{http://www.w3.org/2001/XMLSchema}"
    return {str(one.get("name")): one for one in etree.parse(str(path)).iter(f"{xsd}complexType") if one.get("name")}


def _stands_in(ours: dict[str, Any], own: str, theirs: dict[str, Any], other: str) -> None:
    xsd = "{http://www.w3.org/2001/XMLSchema}"
    if own == "ReferenceType":
        return  # one for all of them: a list of ids with types
    found = {one.get("name"): one for one in theirs[other].findall(f"{xsd}sequence/{xsd}element")}
    names = list(found)
    at = -1
    for element in ours[own].findall(f"{xsd}sequence/{xsd}element"):
        name = element.get("name")
        assert name in found, (own, name)
        assert names.index(name) > at, (own, name, "order")
        at = names.index(name)
        kind, their_kind = (str(one.get("type", "")).partition(":")[2] for one in (element, found[name]))
        if kind in ours:
            _stands_in(ours, kind, theirs, their_kind)
        else:
            assert their_kind in ("", kind), (own, name, their_kind)
    attributes = {one.get("name") or one.get("ref") for one in theirs[other].findall(f"{xsd}attribute")}
    for attribute in ours[own].findall(f"{xsd}attribute"):
        if own != "Get_Workers_ResponseType":
            assert (attribute.get("name") or attribute.get("ref")) in attributes, (own, attribute.get("name"))


@pytest.mark.shared
def test_a_worker_that_somebody_recorded_is_read(shared: Path):
    answer = (shared / "fixtures/workday/treestryder_ExampleWorker.xml").read_bytes().strip()
    totals = Totals()
    (found,) = [seen(one) for one in workers([answer[:100], answer[100:]], totals)]
    assert found is not None
    row = {**found.shared, **found.posts[0]}
    names = ("Worker_ID", "Employee_ID", "Name", "Email", "Primary_Job", "Business_Unit", "Business_Unit_Name")
    assert [row[name] for name in names] == [
        "1", "1", "Example Worker", "test@example.com", "true", "BUSINESS_UNIT-3-2", "Business Unit Organization Name",
    ]  # fmt: skip
    assert (totals.results, totals.pages, totals.read) == (1, 1, 1)


# --- reports

REPORT = "hr_admin/Quota_Results"


@pytest.fixture
def report(workday: Double) -> Double:
    workday.tenant.reports[REPORT] = [
        {"Employee_ID": "00001", "MBO_-_Score": "0.80", "Day": "10/05/2025", "Amount": 1200.10, "Passed": True},
        {"Employee_ID": "00002", "Day": "10/05/2025", "Goals_group": [{"Goal": "A"}, {"Goal": "B"}]},
    ]
    workday.tenant.report_columns[REPORT] = (
        "Employee_ID", "MBO_-_Score", "Day", "Amount", "Passed", "Goals_group", "Nobody_has_it",
    )  # fmt: skip
    return workday


def pages(double: Double, scratch: Path, stream: str = f"report:{REPORT}", **settings: Any) -> list[Any]:
    scratch.mkdir(parents=True, exist_ok=True)
    return list(open_source("workday", double.settings(**settings), (scratch,)).read(stream, None, scratch, Wanted()))


def test_a_report_is_read_as_text_with_all_its_columns(report: Double, tmp_path: Path):
    """A column that nobody has a value in is one; a group of rows is kept as it was."""
    (page,) = pages(report, tmp_path)
    assert page.columns == report.tenant.report_columns[REPORT]
    first, second = [plain(row) for row in rows_of(page)]
    assert first == {
        "Employee_ID": "00001", "MBO_-_Score": "0.80", "Day": "10/05/2025", "Amount": "1200.1", "Passed": "true",
    }  # fmt: skip
    assert json.loads(str(second["Goals_group"])) == [{"Goal": "A"}, {"Goal": "B"}]
    assert page.is_last
    assert page.full


def test_a_report_is_asked_for_its_day_and_its_moment(report: Double, tmp_path: Path):
    prompts = {"As_of_Date": "{effective}", "Entry": "{entry}", "Worker_Type!WID": "abc!def"}
    pages(report, tmp_path, prompts=prompts)
    told = report.tenant.prompts[-1]
    assert date.fromisoformat(told["As_of_Date"]) <= date.fromisoformat(told["Entry"][:10])
    assert told["Worker_Type!WID"] == "abc!def"


def test_a_report_as_csv_is_read_as_it_is(report: Double, tmp_path: Path):
    del report.tenant.reports[REPORT][1]["Goals_group"]
    (page,) = pages(report, tmp_path, report_format="csv")
    assert [row["Employee_ID"] for row in rows_of(page)] == ["00001", "00002"]


def test_a_long_report_is_pages_of_a_bounded_size(report: Double, tmp_path: Path):
    report.tenant.reports[REPORT] = [{"Employee_ID": f"{number:05d}"} for number in range(10_001)]
    found = pages(report, tmp_path, auth=BY_TOKEN)
    assert [(page.rows, page.is_last) for page in found] == [(5_000, False), (5_000, False), (1, True)]
    assert [str(row["_row"]) for row in rows_of(found[2])] == ["10001"]


def test_an_empty_report_is_a_read_of_nobody(report: Double, tmp_path: Path):
    report.tenant.reports[REPORT] = []
    (page,) = pages(report, tmp_path)
    assert (page.rows, page.is_last, len(page.columns)) == (0, True, 7)


@pytest.mark.parametrize("stream", ["report:hr_admin/Gone", "report:hr_admin", "report:/x", "reports"])
def test_a_report_that_is_not_there_is_a_mistake_of_the_configuration(report: Double, stream: str, tmp_path: Path):
    with pytest.raises(FixFile) as raised:
        pages(report, tmp_path, stream)
    assert [one.path for one in raised.value.mistakes] == [("stream",)]


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_report_that_breaks_off_is_not_read(report: Double, kind: str, tmp_path: Path):
    del report.tenant.reports[REPORT][1]["Goals_group"]
    report.tenant.faults += ["", "cut"]
    with pytest.raises(ReadFailed, match=r"whole|cut off|columns"):
        pages(report, tmp_path, report_format=kind)


def test_an_entry_with_an_unknown_column_is_not_read(report: Double, tmp_path: Path):
    report.tenant.reports[REPORT].append({"New": "1"})
    with pytest.raises(ReadFailed, match="schema"):
        pages(report, tmp_path)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows", "column", "value"),
    [
        ("demisto_raas_worker_report_anon", 1, "Email_-_Primary_Home", "test@test.com"),
        ("raas_jefftestorg_team-list", 3, "teamDisplayId", "SUP1"),
    ],
)
def test_reports_that_somebody_recorded_are_read(
    report: Double, shared: Path, name: str, rows: int, column: str, value: str, tmp_path: Path
):
    sent = json.loads((shared / f"fixtures/workday/{name}.json").read_text())["Report_Entry"]
    report.tenant.reports[REPORT] = sent
    report.tenant.report_columns[REPORT] = tuple(dict.fromkeys(one for row in sent for one in row))
    (page,) = pages(report, tmp_path)
    found = list(rows_of(page))
    assert (len(found), found[0][column]) == (rows, value)


@pytest.mark.shared
def test_a_schema_that_somebody_recorded_names_its_columns(shared: Path):
    schema = etree.parse(str(shared / "fixtures/workday/raas_singer_tap_report.xsd")).getroot()
    assert columns_of(schema)[:2] == ("Default_Job_Title", "Average_Pay_-_Amount")
