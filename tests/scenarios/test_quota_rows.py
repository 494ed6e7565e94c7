"""Rows of quotas: which are set aside, which wait, whom they name, and what else reads them."""

from typing import Any

from engine.quotas import load_quotas
from engine.session import open_session
from syncd.mirror import load_roster
from tests.consistency.stories import shell_of
from tests.scenarios.people import COMPANY, crowd, someone
from tests.scenarios.sheets import MAPPING, Q2, Sheets, codes, fields, quota, sheet
from tests.scenarios.world import World

# --- what cannot be used


def test_quotas_that_share_a_day_are_both_set_aside(sheets: Sheets):
    world = sheets.world
    half = ("2026-03-01", "2026-08-31")
    run = sheets.run([quota(1, "01001", "100"), quota(2, "01001", "200", half), quota(3, "01002", "100")])
    assert (run.code, run["errors"], run["pending"]) == (1, 2, 1)
    assert codes(run) == [("error", "overlapping_quota")] * 2
    assert run["problems"][0]["message"] == (
        "01001 has another quota of revenue on a day from 2026-01-01 until 2026-04-01: inbox/quotas.csv:3; "
        "keep one of them, cut their days, or give each a `line`"
    )
    assert {one["key"] for one in world.call("quarantine").document} == {"1", "2"}
    run = sheets.run([quota(1, "01001", "100"), quota(2, "01001", "200", Q2), quota(3, "01002", "100")])
    assert (run.code, run["pending"]) == (0, 3)
    assert world.call("quarantine").document == []


def test_lines_add_up_and_are_in_one_currency(sheets: Sheets):
    lines = [quota(1, "01001", "100", Line="base"), quota(2, "01001", "-20", Line="relief")]
    run = sheets.run([*lines, quota(3, "01001", "7", Line="ramp", Currency="EUR")])
    assert (run["errors"], codes(run)[0]) == (3, ("error", "quota_currency"))
    run = sheets.run([*lines, quota(3, "01001", "7", Line="ramp")])
    assert run["pending"] == 3
    sheets.world.approve()
    assert sheets.held("01001", "2026-02-01") == {
        "revenue:base": "100 USD 2026-01-01..2026-04-01",
        "revenue:relief": "-20 USD 2026-01-01..2026-04-01",
        "revenue:ramp": "7 USD 2026-01-01..2026-04-01",
    }


def test_a_quota_of_somebody_nobody_knows_waits_in_quarantine(sheets: Sheets):
    world = sheets.world
    rows = [quota(1, "01001", "100"), quota(2, "01021", "100")]
    run = sheets.run(rows)
    [problem] = run["problems"]
    assert (problem["code"], problem["field"], problem["column"], problem["value"]) == (
        "unknown_person", "participant", "Rep", "01021",
    )  # fmt: skip
    assert [one["key"] for one in world.call("quarantine").document] == ["2"]
    world.begin([*COMPANY, someone("01021")])
    assert sheets.run()["errors"] == 0
    assert world.call("quarantine").document == []
    assert len(world.pending()) == 1


def test_a_quota_of_somebody_to_be_added_waits_for_that(sheets: Sheets):
    world = sheets.world
    world.run([*COMPANY, *crowd(1, 1021)])
    assert sheets.run([quota(1, "01021", "100")])["pending"] == 1
    refused = world.approve(kind="quota", all=True)
    assert (refused.code, "no participant yet" in refused["refused"][0]["reason"]) == (5, True)
    assert world.approve().code == 0, "together, theirs first"
    assert sheets.held("01021", "2026-02-01")
    assert sheets.run()["unchanged"] == 1


def test_a_quota_of_somebody_refused_counts_for_nothing(sheets: Sheets):
    world = sheets.world
    world.run([*COMPANY, *crowd(1, 1021)])
    world.reject(world.one())
    run = sheets.run([quota(1, "01021", "100")])
    assert (run.code, run["excluded"], codes(run)) == (0, 1, [("warning", "not_a_participant")])
    assert world.pending() == []


def test_a_quota_of_days_before_the_start_counts_for_nothing(sheets: Sheets):
    run = sheets.run(
        [quota(1, "01001", "100", ("2024-01-01", "2024-12-31")), quota(2, "01001", "9", ("2024-07-01", "2025-06-30"))]
    )
    assert codes(run) == [("error", "overlapping_quota")] * 2
    run = sheets.run(
        [quota(1, "01001", "100", ("2024-01-01", "2024-06-30")), quota(2, "01001", "9", ("2024-07-01", "2025-06-30"))]
    )
    assert (run["excluded"], run["pending"], codes(run)) == (1, 1, [("warning", "outside_employment")])
    sheets.world.approve()
    assert sheets.held("01001", "2025-01-01") == {"revenue": "9 USD 2024-07-01..2025-07-01"}
    assert sheets.run()["unchanged"] == 1


def test_every_fault_of_a_row_is_told_with_its_place_and_column(sheets: Sheets):
    bad = quota(1, "01001", "", Measure="net revenue", Currency="dollars")
    run = sheets.run(
        [bad, quota(2, "01002", "1"), quota(3, "01003", "-1"), quota(4, "01004", "1", ("2026-02-01", "2026-01-01"))]
    )
    told = [(one["row"], one["field"], one["column"], one["code"]) for one in run["problems"]]
    assert told == [
        (2, "amount", "Amount", "missing"),
        (2, "currency", "Currency", "currency_missing"),
        (2, "measure", "Measure", "no_name"),
        (4, "amount", "Amount", "below_zero"),
        (5, "until", "To", "no_days"),
    ]
    assert (run["errors"], run["pending"]) == (3, 1)


def test_a_key_twice_is_set_aside_unless_the_rows_are_equal(sheets: Sheets):
    one = quota(1, "01001", "100")
    run = sheets.run(
        [one, one, quota(2, "01002", "1"), quota(2, "01002", "2", Q2), quota(3, "01003", "1"), quota(4, "01004", "1")]
    )
    assert (run["pending"], run["excluded"], run["errors"]) == (3, 1, 2)
    assert codes(run) == [("warning", "repeated_row"), ("error", "duplicate_key"), ("error", "duplicate_key")]


def test_rows_out_of_scope_and_protected_ones_are_left_out(company: World):
    sheets = Sheets(company, protected=["2"])
    sheets.map({**MAPPING, "where": "Measure == 'revenue'"})
    rows = [quota(1, "nobody", "1", Measure="units"), quota(2, "01002", "1"), quota(3, "01003", "1")]
    run = sheets.run(rows)
    assert (run.code, run["excluded"], run["pending"], run["problems"]) == (0, 2, 1, [])


# --- who


def test_people_may_be_named_by_another_feed_s_keys(company: World):
    sheets = Sheets(company)
    fields = {**MAPPING["fields"], "participant": {"from": "Rep", "by": "people"}}
    sheets.map({**MAPPING, "fields": fields})
    assert sheets.run([quota(1, "01001", "100")])["pending"] == 1
    assert sheets.world.one()["employee_id"] == "01001"


def test_an_email_that_two_people_have_names_neither(company: World):
    company.begin([*COMPANY, someone("01021", email="p01001@example.com")])
    sheets = Sheets(company)
    fields = {**MAPPING["fields"], "participant": {"from": "Rep", "by": "email"}}
    sheets.map({**MAPPING, "fields": fields})
    run = sheets.run([quota(1, "p01001@example.com", "100"), quota(2, "P01002@Example.com", "100")])
    assert (run["errors"], run["pending"], codes(run)) == (1, 1, [("error", "several_people")])


# --- nothing else


def test_a_dry_run_shows_and_keeps_nothing(sheets: Sheets):
    before = sheets.world.kept()
    run = sheets.run(sheet(2), dry=True)
    assert [fields(one)[0] for one in run["changes"]] == ["quota:revenue"] * 2
    assert sheets.world.kept() == before


def test_the_people_feed_neither_sees_nor_disturbs_quotas(sheets: Sheets):
    world = sheets.world
    sheets.run(sheet(20))
    world.approve()
    assert world.run()["unchanged"] == 20
    world.on("2026-02-10").run([{**row, "title": "Lead"} for row in COMPANY[:1]] + COMPANY[1:])
    world.approve()
    assert world.history("01001", "quota:revenue", "title")[1:4] == [
        ("2026-01-01", "2026-02-10", "1000 USD 2026-01-01..2026-04-01", "Rep"),
        ("2026-02-10", "2026-04-01", "1000 USD 2026-01-01..2026-04-01", "Lead"),
        ("2026-04-01", None, None, "Lead"),
    ]
    assert sheets.run()["unchanged"] == 20


def test_a_calculation_reads_the_decided_ones_as_known_then(sheets: Sheets):
    world = sheets.world
    sheets.run([quota(1, "01001", "100"), quota(2, "01002", "7")])
    world.approve(world.pending()[0])
    known = world.revision()
    sheets.run([quota(1, "01001", "110")])
    world.approve()
    assert quotas_known(world, None) == [(1, "revenue", 1_100_000, "USD")]
    assert quotas_known(world, known) == [(1, "revenue", 1_000_000, "USD")]


def quotas_known(world: World, revision: int | None) -> list[Any]:
    with shell_of(world) as shell, open_session(shell.workspace.var) as session:
        load_roster(shell, session, shell.workspace.var / "tmp", known_at=revision)
        load_quotas(session)
        return session.rows("SELECT person, measure, amount, currency FROM quotas ORDER BY ALL")
