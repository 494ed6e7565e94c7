"""Units come from a feed with dated names and parents: by ids, so that a unit that is renamed moves nobody."""

from __future__ import annotations

import pytest

from tests.facts.world import Sold, csv_of
from tests.scenarios.world import Document

COLUMNS = ("Row", "Id", "Kind", "Name", "Up", "Up Kind", "From", "To")
UNITS = {
    "key": "Row",
    "fields": {
        "unit": "Id",
        "kind": "Kind",
        "name": "Name",
        "parent": "Up",
        "parent_kind": "Up Kind",
        "from": {"from": "From", "type": "date"},
        "until": {"from": "To", "type": "date", "inclusive": True},
    },
}
WEST, EMEA = {"Id": "T1", "Name": "West", "Up": "T9"}, {"Id": "T9", "Name": "World"}


def unit(cells: dict[str, str]) -> dict[str, str]:
    """A row: of a team unless told, its key made of what it is about and from when."""
    whole = {"Kind": "team", "From": "", **cells}
    return {"Row": f"{whole['Kind']}|{whole['Id']}|{whole['From']}", **whole}


def send(sold: Sold, *rows: dict[str, str], name: str = "org") -> tuple[int, ...]:
    """Let a file of units arrive: loaded, unchanged, excluded, quarantined, errors."""
    sold.world.write(f"inbox/{name}.csv", csv_of(COLUMNS, map(unit, rows)))
    return sold.counted(feed=name)


def units(sold: Sold, day: str = "2026-02-01", *options: str) -> dict[str, Document]:
    found = sold.world.call("units", "--as-of", day, *options)
    assert found.code == 0, found.document
    return {one["unit"]: one for one in found.document}


def names(sold: Sold, day: str = "2026-02-01", *options: str) -> dict[str, tuple[str | None, list[str]]]:
    """The name of each unit of a day, and what is above it."""
    found = units(sold, day, *options)
    return {key: (one["name"], [up["unit"] for up in one["above"]]) for key, one in found.items()}


@pytest.fixture
def org(sold: Sold) -> Sold:
    """A workspace with a feed of units, and two people who are in team T1 by its id."""
    sold.mappings["people"]["fields"]["team"] = "Team"
    sold.feed("org", "units", UNITS, limits={"errors": "90%"})
    rows = [{"Id": one, "Name": f"N{one}", "Hired": "2025-01-01", "Team": "T1"} for one in ("00001", "00002")]
    sold.world.write("inbox/people.csv", csv_of(("Id", "Name", "Mail", "Hired", "Team"), rows))
    assert sold.world.call("run", "people").code == 0
    assert sold.world.approve().code == 0
    return sold


def test_a_renamed_team_moves_nobody(org: Sold):
    assert send(org, WEST, EMEA) == (2, 0, 0, 0, 0)
    before = org.revision()
    assert send(org, {**WEST, "To": "2026-01-31"}, {**WEST, "Name": "Pacific", "From": "2026-02-01"}, EMEA)[0] == 2
    said = org.world.call("run", "people")["runs"][0]
    assert (said["unchanged"], said["proposed"], org.world.pending()) == (2, 0, [])
    assert {one["team"] for one in org.world.roster().values()} == {"T1"}
    assert names(org, "2026-01-31")["T1"] == ("West", ["T9"])
    assert names(org, "2026-02-01")["T1"] == ("Pacific", ["T9"])
    assert units(org)["T1"]["members"] == units(org, "2026-01-31")["T1"]["members"] == ["P1", "P2"]
    assert names(org, "2026-02-01", "--known-at", str(before))["T1"] == ("West", ["T9"]), "as it was known then"


def test_a_row_holds_until_the_next_one_of_its_unit_and_parents_are_those_of_the_day(org: Sold):
    rows = [
        {**WEST, "From": "2026-01-01"},
        {**WEST, "Up": "T8", "From": "2026-03-01"},
        {"Id": "T8", "Up": "B1", "Up Kind": "business_unit"},
        {"Id": "B1", "Kind": "business_unit", "Name": "Enterprise"},
    ]
    assert send(org, *rows) == (4, 0, 0, 0, 0)
    assert names(org, "2025-12-31")["T1"] == (None, []), "people are in it, and no feed says what it is yet"
    assert names(org, "2026-02-28")["T1"] == ("West", ["T9"])
    assert names(org, "2026-02-28")["T9"] == (None, []), "a parent that no feed describes exists by its id"
    assert units(org, "2026-03-01")["T1"]["above"] == [
        {"kind": "team", "unit": "T8"}, {"kind": "business_unit", "unit": "B1"},
    ]  # fmt: skip
    found = org.world.call("units", "--history", "T1").document
    assert [(one["parent"], one["valid_from"], one["valid_to"]) for one in found] == [
        ("T9", "2026-01-01", "2026-03-01"), ("T8", "2026-03-01", None),
    ]  # fmt: skip


def test_a_vacant_position_is_there_and_nobody_is_in_it(org: Sold):
    send(org, {"Id": "X1", "Kind": "position", "Name": "AE 1"}, {"Id": "T1", "Kind": "territory", "Name": "Ohio"}, WEST)
    found = org.world.call("units").document
    assert [(one["kind"], one["unit"], one["name"], one["members"]) for one in found] == [
        ("position", "X1", "AE 1", []),
        ("team", "T1", "West", ["P1", "P2"]),
        ("team", "T9", None, []),
        ("territory", "T1", "Ohio", []),
    ]
    assert [one["unit"] for one in org.world.call("units", "--kind", "position").document] == ["X1"]


def test_of_two_rows_of_one_unit_that_share_a_day_neither_counts_until_one_is_gone(org: Sold):
    twice = [{**WEST, "From": "2026-01-01", "To": "2026-03-01"}, {**WEST, "Up": "T8", "From": "2026-03-01"}]
    assert send(org, *twice, EMEA) == (1, 0, 0, 2, 0)
    assert {code for _, _, code in org.quarantine()} == {"two_units"}
    assert names(org)["T1"] == (None, [])
    twice[0]["To"] = "2026-02-28"
    assert send(org, *twice, EMEA)[3:] == (0, 0)
    assert org.quarantine() == []
    assert names(org)["T1"] == ("West", ["T9"])


def test_two_feeds_do_not_describe_one_unit_on_one_day(org: Sold):
    org.feed("hr_org", "units", UNITS)
    send(org, WEST, EMEA)
    assert send(org, {"Id": "T1", "Name": "Other"}, {"Id": "T2", "Name": "East"}, name="hr_org") == (1, 0, 0, 1, 0)
    assert org.quarantine() == [("hr_org", "team|T1|", "two_units")]
    assert names(org)["T1"] == (None, [])
    assert send(org, WEST, EMEA)[3] == 1, "the other feed is told so, too"
    assert send(org, {"Id": "T1", "Kind": "club"}, {"Id": "T2", "Name": "East"}, name="hr_org")[3] == 1, (
        "what is no longer sent is said still, and is tried again"
    )


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_unit_that_would_be_above_itself_counts_for_nothing_until_it_is_right(org: Sold, length: int):
    ring = [{"Id": f"T{one}", "Up": f"T{(one + 1) % length}"} for one in range(length)]
    beside = [{"Id": "A", "Up": "B"}, {"Id": "B", "Up": "T0"}]
    assert send(org, *ring, *beside) == (2, 0, 0, length, 0)
    assert {code for _, _, code in org.quarantine()} == {"unit_circle"}
    assert names(org)["A"] == (None, ["B", "T0"])
    assert send(org, {**ring[0], "Up": "Z"}, *ring[1:], *beside)[3] == 0
    assert org.quarantine() == []
    assert names(org)["B"] == (None, ["T0", "Z"])


def test_units_that_were_above_one_another_on_different_days_are_no_circle(org: Sold):
    rows = [
        {"Id": "T1", "Up": "T2", "To": "2026-01-31"}, {"Id": "T2", "Up": "T1", "From": "2026-02-01"},
    ]  # fmt: skip
    assert send(org, *rows) == (2, 0, 0, 0, 0)
    assert (names(org, "2026-01-31")["T1"], names(org, "2026-02-01")["T2"]) == ((None, ["T2"]), (None, ["T1"]))


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ({"Id": ""}, "unit", "no_unit"),
        ({"Kind": ""}, "kind", "no_unit"),
        ({"Kind": "squad"}, "kind", "not_listed"),
        ({"From": "2026-02-01", "To": "2026-01-01"}, "until", "no_days"),
    ],
)
def test_a_row_that_says_of_no_unit_or_no_day_is_an_error(org: Sold, cells: dict[str, str], field: str, code: str):
    send(org, EMEA)
    sold = [{**WEST, **cells}, EMEA]
    org.world.write("inbox/org.csv", csv_of(COLUMNS, map(unit, sold)))
    answer = org.run(feed="org")
    assert (answer["errors"], answer["unchanged"]) == (1, 1)
    assert [(one["field"], one["code"]) for one in answer["problems"]] == [(field, code)]


def test_who_asks_for_a_unit_that_no_feed_describes_is_told(org: Sold):
    send(org, WEST)
    said = org.world.call("units", "--history", "T7")
    assert said.code == 2
    assert "no feed describes a unit 'T7'" in said.error["message"]
    assert org.world.call("units", "--history", "T1", "--as-of", "2026-01-01").code == 2
