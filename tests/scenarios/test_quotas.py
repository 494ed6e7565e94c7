"""Quotas from a sheet: proposed, decided, corrected, refused and taken back like any value of a participant."""

from collections.abc import Callable

import pytest

from tests.scenarios.sheets import Q2, Sheets, codes, fields, quota, sheet
from tests.scenarios.world import World

Opened = Callable[..., Sheets]


# --- from proposed to in force


def test_a_quota_is_proposed_approved_and_holds_on_its_days(sheets: Sheets):
    world = sheets.world
    run = sheets.run([quota(1, "01001", "367,000.00")])
    assert (run.code, run["read"], run["pending"], run["proposed"]) == (0, 1, 1, 1)
    change = world.one()
    assert (change["kind"], change["participant"], change["employee_id"]) == ("quota", "P1", "01001")
    assert (change["effective"], change["until"], change["dated_by"]) == ("2026-01-01", "2026-04-01", "source")
    assert (change["source_key"], change["corrected"]) == ("1", False)
    assert fields(change) == ("quota:revenue", None, "367000 USD 2026-01-01..2026-04-01")
    assert sheets.held("01001", "2026-02-01") == {}, "nothing holds before it is decided"
    assert world.approve(change).code == 0
    for day, held in (("2025-12-31", {}), ("2026-01-01", 1), ("2026-03-31", 1), ("2026-04-01", {})):
        assert sheets.held("01001", day) == (held and {"revenue": "367000 USD 2026-01-01..2026-04-01"})
    assert world.history("01001", "quota:revenue", "title") == [
        ("2025-01-01", "2026-01-01", None, "Rep"),
        ("2026-01-01", "2026-04-01", "367000 USD 2026-01-01..2026-04-01", "Rep"),
        ("2026-04-01", None, None, "Rep"),
    ]


def test_the_same_sheet_twice_asks_nothing(sheets: Sheets):
    first = sheets.run(sheet(20))
    again = sheets.run()
    assert (first["proposed"], again["proposed"], again["pending"]) == (20, 0, 20)
    assert sheets.world.approve().code == 0
    third = sheets.run()
    assert (third.code, third["unchanged"], third["pending"], third["problems"]) == (0, 20, 0, [])
    reordered = [{**row, "Amount": "1,000.000"} for row in reversed(sheet(20))]
    assert sheets.run(reordered)["unchanged"] == 20


def test_a_corrected_amount_says_before_and_after_and_the_past_stays_known(sheets: Sheets):
    world = sheets.world
    sheets.run([quota(1, "01001", "100"), quota(2, "01001", "120", Q2)])
    world.approve()
    known = world.revision()
    run = sheets.run([quota(1, "01001", "110"), quota(2, "01001", "120", Q2)])
    assert (run["pending"], run["unchanged"]) == (1, 1)
    change = world.one()
    assert change["corrected"]
    assert fields(change)[1:] == ("100 USD 2026-01-01..2026-04-01", "110 USD 2026-01-01..2026-04-01")
    world.approve(change)
    assert sheets.held("01001", "2026-02-01") == {"revenue": "110 USD 2026-01-01..2026-04-01"}
    assert sheets.held("01001", "2026-02-01", known_at=known) == {"revenue": "100 USD 2026-01-01..2026-04-01"}
    assert sheets.held("01001", "2026-05-01") == {"revenue": "120 USD 2026-04-01..2026-07-01"}


def test_a_newer_amount_supersedes_one_that_waits_and_one_no_longer_sent_is_withdrawn(sheets: Sheets):
    world = sheets.world
    sheets.run([quota(1, "01001", "100"), quota(2, "01002", "100")])
    sheets.run([quota(1, "01001", "110")])
    states = {(one["employee_id"], fields(one)[2]): one["state"] for one in world.changes(kind="quota")}
    assert states == {
        ("01001", "100 USD 2026-01-01..2026-04-01"): "superseded",
        ("01001", "110 USD 2026-01-01..2026-04-01"): "pending",
        ("01002", "100 USD 2026-01-01..2026-04-01"): "withdrawn",
    }


def test_what_moved_since_it_was_proposed_is_stale(sheets: Sheets):
    """Two sheets ask for the same days; the second to be approved no longer fits."""
    world = sheets.world
    sheets.run([quota(1, "01001", "100")])
    first = world.one()
    other = {**world.settings["feeds"]["quotas"], "source": "others"}
    world.settings["sources"]["others"] = {"kind": "file", "path": "inbox/others.csv"}
    world.settings["feeds"]["others"] = other
    world.save()
    text = (world.folder / "inbox" / "quotas.csv").read_text()
    world.write("inbox/others.csv", text.replace(",100,", ",200,"))
    assert world.call("run", "others").code == 0
    [second] = [one for one in world.pending() if one["id"] != first["id"]]
    assert world.approve(first).code == 0
    refused = world.approve(second)
    assert refused.code == 5
    assert refused["refused"][0]["moved"] == {"quota:revenue": {"then": None, "now": fields(first)[2]}}


def test_a_quota_that_another_hides_in_part_is_asked_about_when_it_alone_is_sent(sheets: Sheets):
    world = sheets.world
    half = [quota(1, "01001", "200", ("2026-01-01", "2026-06-30"))]
    for rows in (half, [quota(2, "01001", "120", Q2)]):
        sheets.run(rows)
        world.approve()
    assert [sheets.held("01001", day)["revenue"][:3] for day in ("2026-03-31", "2026-04-01")] == ["200", "120"]
    run = sheets.run(half)
    assert (run["pending"], run["unchanged"]) == (1, 0)
    world.approve()
    assert [sheets.held("01001", day)["revenue"][:3] for day in ("2026-03-31", "2026-04-01")] == ["200", "200"]
    assert sheets.run()["unchanged"] == 1


# --- refused


def test_a_refused_quota_is_remembered_until_it_changes(sheets: Sheets):
    world = sheets.world
    sheets.run([quota(1, "01001", "100"), quota(2, "01001", "100", Q2)])
    first, second = world.pending()
    assert world.reject(first, reason="too low").code == 0
    assert world.approve(second).code == 0
    again = sheets.run()
    assert (again["suppressed"], again["unchanged"], again["proposed"]) == (1, 1, 0)
    [kept] = world.call("rejections").document
    assert (kept["kind"], kept["suppressed"]) == ("quota", 1)
    run = sheets.run([quota(1, "01001", "150"), quota(2, "01001", "100", Q2)])
    assert run["proposed"] == 1
    assert world.one()["earlier"]["reason"] == "too low"


def test_a_day_cannot_be_named_for_a_quota(sheets: Sheets):
    sheets.run([quota(1, "01001", "100")])
    refused = sheets.world.approve(sheets.world.one(), effective="2026-02-01")
    assert refused.code == 5
    assert "says its own days" in refused["refused"][0]["reason"]


def test_a_policy_may_approve_quotas(company: World):
    sheets = Sheets(company, approve=[{"kind": "quota"}])
    run = sheets.run([quota(1, "01001", "100"), quota(2, "01001", "7", Line="ramp")])
    assert (run["applied"], run["pending"]) == (2, 0)
    assert len(sheets.held("01001", "2026-02-01")) == 2


def test_a_policy_may_name_the_quotas_that_need_no_person(company: World):
    sheets = Sheets(company, approve=[{"kind": "quota", "attributes": ["quota:revenue", "quota:units:ramp 1"]}])
    rows = [
        quota(1, "01001", "100"),
        quota(2, "01001", "7", Line="ramp"),
        quota(3, "01001", "7", Measure="units", Line="ramp 1"),
        quota(4, "01002", "100", Measure="margin"),
    ]
    run = sheets.run(rows)
    assert (run["applied"], run["pending"]) == (2, 2)
    assert sheets.held("01001", "2026-02-01").keys() == {"revenue", "units:ramp 1"}
    assert sorted(fields(one)[0] for one in company.pending()) == ["quota:margin", "quota:revenue:ramp"]


# --- taken back


def test_without_history_a_quota_no_longer_sent_stays(sheets: Sheets):
    sheets.run([quota(1, "01001", "100"), quota(2, "01002", "100")])
    sheets.world.approve()
    run = sheets.run([quota(2, "01002", "100")])
    assert (run["absent"], run["proposed"], run["unchanged"]) == (0, 0, 1)
    assert sheets.held("01001", "2026-02-01")


def test_with_history_a_quota_no_longer_sent_is_proposed_to_be_taken_back(histories: Sheets):
    world = histories.world
    rows = [quota(1, "01001", "100"), quota(1, "01001", "120", Q2), quota(2, "01002", "100")]
    assert histories.run(rows)["pending"] == 3, "of a history a row is known by key and day"
    world.approve()
    run = histories.run(rows[1:])
    assert (run["absent"], run["proposed"], run["unchanged"]) == (1, 1, 2)
    change = world.one()
    assert fields(change) == ("quota:revenue", "100 USD 2026-01-01..2026-04-01", None)
    assert (change["kind"], change["effective"], change["until"]) == ("quota", "2026-01-01", "2026-04-01")
    assert histories.run()["proposed"] == 0, "asked once"
    assert world.approve(change).code == 0
    assert (histories.held("01001", "2026-02-01"), len(histories.held("01001", "2026-05-01"))) == ({}, 1)
    assert histories.run()["proposed"] == 0
    assert histories.run(rows)["proposed"] == 1, "sent again, it is asked again"


def test_with_history_a_refused_taking_back_is_remembered(histories: Sheets):
    world = histories.world
    histories.run([quota(1, "01001", "100"), quota(2, "01002", "100")])
    world.approve()
    histories.run([quota(2, "01002", "100")])
    world.reject(world.one())
    assert histories.run()["proposed"] == 0
    assert len(world.changes("suppressed")) == 1
    histories.run([quota(1, "01001", "100"), quota(2, "01002", "100")])
    assert world.call("rejections").document == [], "source and store agree"


def test_a_bad_row_takes_nothing_back(histories: Sheets):
    """Of whoever it is about nothing counts as missing; where nobody can tell, of nobody."""
    world = histories.world
    rows = [quota(1, "01001", "100"), quota(2, "01002", "100"), quota(3, "01003", "100")]
    histories.run(rows)
    world.approve()
    run = histories.run([quota(1, "01001", "many"), quota(3, "01003", "100")])
    assert [one["employee_id"] for one in world.pending()] == ["01002"]
    assert run["absent"] == 1
    run = histories.run([quota(1, "", "100"), quota(3, "01003", "100")])
    assert (run["absent"], run["proposed"], len(world.pending())) == (0, 0, 1)
    assert ("warning", "absence_unknown") in codes(run)


def test_another_feed_s_quotas_are_not_its_to_take_back(histories: Sheets):
    world = histories.world
    histories.run([quota(1, "01001", "100")])
    world.approve()
    world.settings["feeds"]["ramps"] = {**world.settings["feeds"]["quotas"], "source": "ramps"}
    world.settings["sources"]["ramps"] = {"kind": "file", "path": "inbox/ramps.csv"}
    world.save()
    text = (world.folder / "inbox" / "quotas.csv").read_text()
    world.write("inbox/ramps.csv", text.replace("revenue", "units"))
    assert world.call("run", "ramps")["runs"][0]["proposed"] == 1
    world.approve()
    assert (histories.run()["proposed"], world.call("run", "ramps")["runs"][0]["proposed"]) == (0, 0)


def test_a_sheet_that_loses_too_many_is_held(histories: Sheets):
    world = histories.world
    histories.run(sheet(20))
    world.approve()
    run = histories.run(sheet(15))
    assert run.code == 3
    assert run["hold"]["reason"].startswith("endings: 5 of 20 people with quotas would lose some (5 no longer sent)")
    assert world.call("hold", "release", run["run"], "--reason", "they are gone").code == 0
    assert len(world.pending()) == 5


def test_an_emptied_sheet_is_held(sheets: Sheets):
    sheets.run(sheet(3))
    sheets.world.approve()
    run = sheets.run([])
    assert (run.code, "no row in scope while 3 have quotas" in run["hold"]["reason"]) == (3, True)


# --- by hand


def test_a_quota_is_set_by_hand_and_taken_back(sheets: Sheets):
    world = sheets.world
    sheets.run([quota(1, "01001", "100")])
    world.approve()
    change = world.set("01001", "quota:revenue=120.50 USD", "quota:units:ramp=7", start="2026-01-01", to="2026-03-31")
    assert (change["kind"], change["until"]) == ("quota", "2026-04-01")
    assert change["fields"] == {
        "quota:revenue": {"before": "100 USD 2026-01-01..2026-04-01", "after": "120.5 USD 2026-01-01..2026-04-01"},
        "quota:units:ramp": {"before": None, "after": "7 - 2026-01-01..2026-04-01"},
    }
    assert len(sheets.held("01001", "2026-03-31")) == 2
    assert fields(world.set("01001", "quota:revenue=", start="2026-03-01", to="2026-03-31"))[2] is None
    assert [list(sheets.held("01001", day)) for day in ("2026-02-28", "2026-03-01")] == [
        ["revenue", "units:ramp"], ["units:ramp"]
    ]  # fmt: skip
    assert sheets.run()["proposed"] == 1, "the sheet still says otherwise"


@pytest.mark.parametrize(
    ("values", "days", "told"),
    [
        (["quota:revenue=100"], ["2026-01-01"], "--to"),
        (["quota:revenue=much"], ["2026-01-01", "2026-01-31"], "'much' is no number"),
        (["quota:=100 usd"], ["2026-01-01", "2026-01-31"], "measure is empty"),
        (["quota:revenue=100", "title=Lead"], ["2026-01-01", "2026-01-31"], "set by itself"),
        (["quota:revenue=100"], ["2020-01-01", "2020-01-31"], "no participant on any day"),
        (["quota:revenue="], ["2026-01-01", "2026-01-31"], "has these quotas already"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_no_quota_is_not_set(company: World, values: list[str], days: list[str], told: str):
    options = [word for pair in zip(("--from", "--to"), days, strict=False) for word in pair]
    said = company.call("set", "01001", *values, *options, "--reason", "by hand")
    assert (said.code, told in said.error["message"]) == (2, True), said.error


def test_a_quota_whose_record_is_somebody_elses_is_taken_back(sheets: Sheets):
    world = sheets.world
    sheets.run([quota(1, "01001", "100"), quota(2, "01003", "100")])
    world.approve()
    moved = [quota(1, "01002", "100"), quota(2, "01003", "100")]
    sheets.run(moved)
    world.approve(next(one for one in world.pending() if one["employee_id"] == "01002"))
    assert sheets.run(moved)["unchanged"] == 2
    change = world.one()
    assert (change["employee_id"], fields(change)[2]) == ("01001", None)
    world.approve()
    assert sheets.held("01001", "2026-02-01") == {}
    assert (sheets.run(moved)["unchanged"], world.pending()) == (2, [])
