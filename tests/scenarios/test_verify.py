"""`verify`: a source beside what is known of it, read once more and nothing of that kept."""

from __future__ import annotations

import csv
import json

import pytest

from syncd.cli import main
from tests.scenarios.members import Members, member
from tests.scenarios.people import COMPANY, someone, with_cells, without
from tests.scenarios.selling import SALES
from tests.scenarios.sheets import COLUMNS, Q2, Sheets, quota
from tests.scenarios.test_histories import HIRED, MOVED, PROMOTED, ann, taken
from tests.scenarios.world import Answer, World

TOLD = ("field", "source", "known", "why", "change")


def verified(world: World, feed: str = "people", *, code: int = 0) -> Answer:
    """What comes out."""
    said = world.call("verify", feed)
    assert said.code == code, said.document
    return said


def test_a_source_that_was_read_and_approved_agrees(company: World):
    before = company.kept()
    said = verified(company)
    assert (said["agrees"], said["source"], said["known"], said["both"]) == (True, 20, 20, 20)
    assert (said["differing"], said["values"], said["only_source"], said["only_known"]) == (0, [], [], [])
    assert company.kept() == before


def test_what_differs_is_told_with_what_is_known_of_it(company: World):
    """One waits, one was refused, one is hidden, and one is not read yet."""
    company.run(with_cells(COMPANY, "01001", "01002", title="Lead"))
    first, second = company.pending()
    company.reject(second)
    assert company.call("override", "01003", "title=Chief", "--reason", "promised").code == 0
    company.approve(*[one for one in company.pending() if one["id"] != first["id"]])
    company.send(with_cells(with_cells(COMPANY, "01001", "01002", title="Lead"), "01004", team="West"))
    said = verified(company, code=1)
    assert said["differing"] == 4
    told = {one["key"]: tuple(one[name] for name in TOLD) for one in said["values"]}
    assert told["01001"] == ("title", "Lead", "Rep", "waits for a decision", first["id"])
    assert told["01002"][3] == "refused before"
    assert told["01003"] == ("title", "Rep", "Chief", "hidden by O1", None)
    assert told["01004"][:3] == ("team", "West", "East")
    assert "since it was read" in told["01004"][3]


def test_sums_are_exact(company: World):
    company.use("ote")
    company.run(with_cells(COMPANY, ote="100.10"))
    company.approve()
    company.send(with_cells(with_cells(COMPANY, ote="100.10"), "01001", ote="100.11"))
    (total,) = verified(company, code=1)["sums"]
    assert total == {"field": "ote", "currency": None, "source": "2002.01", "known": "2002"}


def test_what_only_one_side_has_is_named(company: World):
    company.send([*without(COMPANY, "01001"), someone("02001")])
    said = verified(company, code=1)
    assert (said["source"], said["known"], said["both"]) == (20, 20, 19)
    assert (said["only_source"], said["only_known"]) == (["02001"], ["01001"])


def test_who_left_is_missing_on_neither_side(company: World):
    rows = with_cells(COMPANY, "01001", left="2026-01-04")
    company.send(rows)
    assert [one["field"] for one in verified(company, code=1)["values"]] == ["termination_date"]
    company.run()
    company.approve()
    assert verified(company)["source"] == 20
    company.send([*without(rows, "01001"), someone("02001", left="2025-12-31")])
    said = verified(company)
    assert (said["source"], said["known"], said["agrees"]) == (19, 19, True)


def test_a_row_that_cannot_be_read_is_compared_as_far_as_it_can(company: World):
    """A bad value is not compared; a bad day of hire, or a key that stands twice, sets the row aside: none is gone."""
    rows = with_cells(with_cells(COMPANY, "01001", email="nonsense", title="Lead"), "01002", hired="soon")
    company.send([*rows, {**COMPANY[2], "title": "Other"}])
    said = verified(company, code=1)
    assert [(one["key"], one["field"]) for one in said["values"]] == [("01001", "title")]
    assert (said["source"], said["both"], said["only_known"]) == (18, 18, [])


def test_facts_are_compared_with_what_is_known_by_currency(sellers: World):
    """Of one sale nobody knows the owner: it is in quarantine. One is corrected at the source, and one is new."""
    said = verified(sellers, "sales", code=1)
    assert (said["source"], said["known"], said["differing"], said["in_quarantine"]) == (9, 8, 0, 1)
    assert said["only_source"] == ["S9"]
    send_only(sellers, [(*SALES[0][:3], "10000.50", *SALES[0][4:]), *SALES[1:], ("S0", *SALES[0][1:])])
    said = verified(sellers, "sales", code=1)
    (changed,) = said["values"]
    assert (changed["key"], changed["field"], changed["source"], changed["known"]) == (
        "S1",
        "amount",
        "10000.5000",
        "10000.0000",
    )
    sums = {(one["field"], one["currency"]): (one["source"], one["known"]) for one in said["sums"]}
    assert sums["amount", "EUR"] == ("2333.8300", "2333.8300")
    assert said["only_source"] == ["S0", "S9"]


def test_parts_of_a_sale_that_are_others_now_are_told(sellers: World):
    send_only(sellers, [(*one[:5], "01001=50%;01002=50%") if one[0] == "S3" else one for one in SALES])
    (changed,) = verified(sellers, "sales", code=1)["values"]
    assert (changed["key"], changed["field"]) == ("S3", "splits")


def send_only(world: World, rows: list[tuple[str, ...]]) -> None:
    """Let the sales be these in the file, without reading it."""
    header = (world.folder / "inbox/sales.csv").read_text().splitlines()[0]
    world.write("inbox/sales.csv", "\n".join((header, *(",".join(row) for row in rows), "")))


def test_a_feed_that_is_none_says_so(sellers: World):
    assert sellers.call("verify", "nothing").code == 2


# --- what has days of its own


def test_quotas_are_compared_one_by_one(company: World):
    """Agreed, raised at the source, refused here, gone there, new there, of nobody, and not to be read."""
    sheets = Sheets(company)
    rows = [quota(number, f"{1000 + number:05d}", "1000.50") for number in range(1, 7)]
    sheets.run(rows)
    *others, refused = company.pending()
    company.reject(refused)
    company.approve(*others)
    said = verified(company, "quotas", code=1)
    assert (said["source"], said["known"], said["only_source"]) == (6, 5, [rows[5]["No"]])
    kept = company.kept()
    raised, gone, faulty = {**rows[0], "Amount": "2000"}, rows[1], {**rows[2], "Amount": "much"}
    new, nobody = quota(8, "01008", "7"), quota(9, "09999", "7")
    put_sheet(company, [raised, faulty, rows[3], rows[4], new, nobody])
    said = verified(company, "quotas", code=1)
    (value,) = said["values"]
    assert [value[name] for name in ("key", "field", "source", "known", "change")] == [
        "1",
        "quota:revenue",
        "2000 USD 2026-01-01..2026-04-01",
        "1000.5 USD 2026-01-01..2026-04-01",
        None,
    ]
    assert (said["source"], said["known"], said["both"], said["differing"]) == (5, 4, 3, 1)
    assert (said["only_source"], said["only_known"]) == (["8", "9"], ["P2 quota:revenue 2026-01-01"])
    assert said["sums"] == [{"field": "amount", "currency": "USD", "source": "4015", "known": "4002"}]
    assert company.kept() == kept
    assert gone["Rep"] == "01002"


def test_a_quota_that_differs_waits_or_was_refused(company: World):
    sheets = Sheets(company)
    rows = [quota(number, f"{1000 + number:05d}", "1000") for number in range(1, 4)]
    sheets.run(rows)
    company.approve()
    sheets.run([{**one, "Amount": "2000"} for one in rows[:2]] + rows[2:])
    waiting, refused = company.pending()
    company.reject(refused)
    why = {one["key"]: (one["why"], one["change"]) for one in verified(company, "quotas", code=1)["values"]}
    assert why == {"1": ("waits for a decision", waiting["id"]), "2": ("refused before", None)}


def test_what_is_over_counts_for_a_sheet_of_this_quarter_and_for_a_history_never(company: World):
    """A sheet says what holds from its day on; a history says everything, and what it lacks is gone."""
    sheets = Sheets(company)
    first, second = quota(1, "01001", "100"), quota(2, "01001", "200", Q2)
    sheets.run([first, second])
    company.approve()
    company.on("2026-04-01")
    said = verified(company, "quotas")
    assert (said["source"], said["known"]) == (1, 1), "what is over is on neither side"
    put_sheet(company, [second])
    assert verified(company, "quotas")["both"] == 1
    company.settings["feeds"]["quotas"]["history"] = True
    company.save()
    assert verified(company, "quotas", code=1)["only_known"] == ["P1 quota:revenue 2026-01-01"]


def test_quotas_of_another_feed_are_no_concern_of_this_one(company: World):
    Sheets(company).run([quota(1, "01001", "100")])
    company.approve()
    company.settings["feeds"]["bonus"] = {**company.settings["feeds"]["quotas"], "source": "more"}
    company.settings["sources"]["more"] = {"kind": "file", "path": "inbox/more.csv"}
    company.save()
    company.write("inbox/more.csv", (company.folder / "inbox/quotas.csv").read_text().splitlines()[0] + "\n")
    said = verified(company, "bonus")
    assert (said["source"], said["known"]) == (0, 0)
    company.write("inbox/more.csv", (company.folder / "inbox/quotas.csv").read_text())
    said = verified(company, "bonus")
    assert (said["source"], said["known"], said["both"]) == (1, 1, 1), "what it says is known, whoever said it first"


def test_memberships_are_compared_with_role_share_days_and_terms(company: World):
    crm = Members(company)
    rows = [member(1, Role="primary", Share="60%", Target="50000"), member(2, "T2", Share="0.4"), member(3, "T3")]
    crm.have(*rows)
    assert verified(company, "crm")["both"] == 3
    crm.run({**rows[0], "Target": "60000"}, rows[1])
    said = verified(company, "crm", code=1)
    (value,) = said["values"]
    assert (value["field"], value["source"], value["known"], value["why"]) == (
        "member:team:T1",
        "primary 60% 2026-01-05..; target=60000",
        "primary 60% 2026-01-05..; target=50000",
        "waits for a decision",
    )
    assert (said["only_known"], said["sums"]) == (["P1 member:team:T3 2026-01-05"], [])


def test_units_are_compared_like_any_fact(company: World):
    company.settings["sources"]["org"] = {"kind": "file", "path": "inbox/units.csv"}
    company.settings["feeds"]["units"] = {"source": "org", "into": "units", "mapping": "mappings/units.yaml"}
    mapping = {"key": "Id", "fields": {"kind": {"value": "team"}, "unit": "Id", "name": "Name", "parent": "Above"}}
    company.write("mappings/units.yaml", json.dumps(mapping))
    company.save()
    company.write("inbox/units.csv", "Id,Name,Above\nT1,East,\nT2,West,T1\n")
    assert company.call("run", "units").code == 0
    assert verified(company, "units")["both"] == 2
    company.write("inbox/units.csv", "Id,Name,Above\nT1,Eastern,\nT3,North,\n")
    said = verified(company, "units", code=1)
    assert [(one["key"], one["field"], one["source"], one["known"]) for one in said["values"]] == [
        ("T1", "name", "Eastern", "East")
    ]
    assert (said["only_source"], said["only_known"]) == (["T3"], ["T2"])


def put_sheet(world: World, rows: list[dict[str, str]]) -> None:
    """Let the sheet be these rows, without reading it."""
    with (world.folder / "inbox/quotas.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


# --- histories


@pytest.fixture
def past(world: World) -> World:
    """Ann as she was hired, moved and promoted, read and approved; it is the 5th of January 2026."""
    world.feed["history"] = True
    world.use("status", "ote")
    taken(world, HIRED, MOVED, PROMOTED)
    return world


def test_a_history_is_compared_day_by_day(past: World):
    """What the days beside it say agrees; a day that is said otherwise, one that is new and one that is gone do not."""
    said = verified(past)
    assert (said["source"], said["known"], said["both"], said["values"]) == (3, 3, 3, [])
    past.send([HIRED, {**MOVED, "team": "North"}, PROMOTED])
    said = verified(past, code=1)
    assert [(one["key"], one["field"], one["source"], one["known"]) for one in said["values"]] == [
        ("01001 2024-07-01", "team", "North", "West")
    ]
    past.send([HIRED, PROMOTED])
    said = verified(past, code=1)
    assert (said["source"], said["known"], said["only_known"]) == (2, 3, ["01001 2024-07-01"])
    assert said["differing"] == 0
    past.send([ann("2023-06-01", title="Trainee", team="East"), HIRED, MOVED, PROMOTED])
    assert verified(past, code=1)["only_source"] == ["01001 2023-06-01"]


def test_a_day_that_changes_nothing_is_one_that_both_have(past: World):
    past.send([HIRED, MOVED, ann("2024-09-01", title="Rep", team="West"), PROMOTED])
    said = verified(past)
    assert (said["source"], said["known"], said["both"]) == (4, 4, 4)


def test_a_day_to_come_is_compared_on_its_day(past: World):
    later = ann("2026-03-01", title="Chief", team="West")
    past.send([HIRED, MOVED, PROMOTED, later])
    (value,) = verified(past, code=1)["values"]
    assert (value["key"], value["source"], value["known"]) == ("01001 2026-03-01", "Chief", "Lead")
    taken(past, HIRED, MOVED, PROMOTED, later)
    assert verified(past)["both"] == 4


def test_a_day_that_cannot_be_read_is_not_gone(past: World):
    past.send([HIRED, {**MOVED, "hired": "soon"}, PROMOTED])
    said = verified(past)
    assert (said["source"], said["only_known"]) == (2, [])


def test_facts_that_were_never_read_say_so(sellers: World):
    sellers.settings["feeds"]["more"] = {**sellers.settings["feeds"]["sales"]}
    sellers.save()
    said = sellers.call("verify", "more")
    assert (said.code, "`run more` first" in said.error["message"]) == (2, True)


def test_a_source_that_lost_a_column_is_not_compared(company: World):
    company.write("inbox/people.csv", "id,name\n01001,Ann\n")
    said = company.call("verify", "people")
    assert (said.code, "has no column" in said.error["message"]) == (4, True)


def test_it_is_shown_to_a_person(company: World, capsys: pytest.CaptureFixture[str]):
    company.send(with_cells(COMPANY[:19], "01001", title="Lead"))
    assert main(["--workspace", str(company.folder), "--today", str(company.today), "verify", "people"]) == 1
    shown = capsys.readouterr().out
    assert "the source has 19 records, 20 are known, 19 on both sides" in shown
    assert "The source has not: 01020" in shown
    assert "Lead" in shown


def test_that_they_agree_is_shown(company: World, capsys: pytest.CaptureFixture[str]):
    assert main(["--workspace", str(company.folder), "--today", str(company.today), "verify", "people"]) == 0
    assert "They agree." in capsys.readouterr().out
