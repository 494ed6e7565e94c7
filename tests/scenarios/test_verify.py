"""`verify`: a source beside what is known of it, read once more and nothing of that kept."""

from __future__ import annotations

import pytest

from syncd.cli import main
from tests.scenarios.people import COMPANY, someone, with_cells, without
from tests.scenarios.selling import SALES
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


@pytest.mark.parametrize(("feed", "code"), [("quotas", 2), ("nothing", 2)])
def test_what_cannot_be_verified_says_so(sellers: World, feed: str, code: int):
    assert sellers.call("verify", feed).code == code


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
