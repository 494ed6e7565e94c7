"""Tables that mappings look up: by the day of the row, and anew when the table changes."""

from __future__ import annotations

import pytest

from tests.facts.world import Sold, csv_of, sale

REGIONS = {
    "key": ["Id", "From"],
    "fields": {
        "key": "Id",
        "from": {"from": "From", "type": "date"},
        "until": {"from": "To", "type": "date", "inclusive": True},
        "Name": "Name",
        "Weight": {"from": "Weight", "type": "decimal", "scale": 3},
    },
}
ROWS = [
    ("1", "2026-01-01", "2026-01-31", "North", "1.5"),
    ("1", "2026-02-01", "", "South", "-0.25"),
    ("2", "", "", "East", "2"),
]


def regions(sold: Sold, *rows: tuple[str, ...]) -> tuple[int, ...]:
    columns = ("Id", "From", "To", "Name", "Weight")
    sold.world.write("inbox/regions.csv", csv_of(columns, [dict(zip(columns, row, strict=True)) for row in rows]))
    return sold.counted(feed="regions")


@pytest.fixture
def looking(sold: Sold) -> Sold:
    """A workspace whose sales look up a table by product."""
    sold.mappings["regions"] = REGIONS
    sold.feed("regions", "tables", {**REGIONS, "key": ["Id", "Name"]}, table="regions")
    sold.fields["territory"] = {"lookup": "regions", "key": {"from": "Product"}, "give": "Name"}
    sold.fields["weight"] = {
        "lookup": "regions", "key": "Product", "give": "Weight", "type": "decimal", "scale": 3,
    }  # fmt: skip
    sold.save()
    return sold


def test_what_is_looked_up_is_what_the_table_says_of_that_day(looking: Sold):
    assert regions(looking, *ROWS) == (3, 0, 0, 0, 0)
    rows = [
        sale("A", Product="1", Day="2026-01-31"),
        sale("B", Product="1", Day="2026-02-01"),
        sale("C", Product="2", Day="1999-01-01"),
        sale("D", Product="", Day="2026-01-01"),
        sale("E", Product="1", Day="2025-12-31"),
    ]
    answer = looking.run([*rows, *(sale(f"F{number}", Product="2") for number in range(3))])
    assert tuple(answer[name] for name in ("loaded", "errors")) == (7, 1)
    assert {(one["code"], one["key"], one["field"]) for one in answer["problems"]} == {
        ("not_found", "E|1", "territory"), ("not_found", "E|1", "weight"),
    }  # fmt: skip
    found = {one["key"]: (one["territory"], str(one["weight"])) for one in looking.known()}
    assert found["A|1"] == ("North", "1.500")
    assert found["B|1"] == ("South", "-0.250")
    assert found["C|1"] == ("East", "2.000")
    assert found["D|1"] == (None, "None")


def test_when_a_table_changes_what_was_looked_up_is_looked_up_anew(looking: Sold):
    """Also for what is no longer sent, and only what differs is new; what was known stays known."""
    regions(looking, *ROWS)
    looking.run([sale("A", Product="1"), sale("B", Product="2")])
    before, then = looking.revision(), looking.known()
    assert looking.counted([sale("B", Product="2")]) == (0, 1, 0, 0, 0)
    assert regions(looking, ("1", "2026-01-01", "2026-01-31", "North", "9")) == (1, 0, 0, 0, 0)
    assert looking.counted([sale("B", Product="2")]) == (1, 1, 0, 0, 0)
    assert {one["key"]: str(one["weight"]) for one in looking.known()} == {"A|1": "9.000", "B|1": "2.000"}
    assert looking.known(at=before) == then


def test_rows_of_one_key_that_share_a_day_say_nothing(looking: Sold):
    regions(looking, ("1", "2026-01-01", "2026-01-31", "North", "1"), ("1", "2026-01-31", "", "South", "2"), ROWS[2])
    answer = looking.run(
        [sale("A", Product="1"), sale("B", Product="2"), sale("C", Product="2"), sale("D", Product="2")]
    )
    assert [one["code"] for one in answer["problems"]] == ["not_found", "not_found"]


def test_a_table_that_was_not_read_yet_is_empty(looking: Sold):
    answer = looking.run([sale("A", Product="1"), sale("B", Product=""), sale("C", Product="")])
    assert [one["message"].partition(";")[0] for one in answer["problems"]] == ["'1' is not in the table regions"] * 2


def test_people_look_up_too(looking: Sold):
    regions(looking, ("00001", "", "", "North", ""), ("00002", "2027-01-01", "", "South", ""))
    fields = looking.mappings["people"]["fields"]
    fields["region"] = {"lookup": "regions", "key": "Id", "give": "Name"}
    looking.mappings["people"]["effective"] = "Hired"
    looking.settings["feeds"]["people"]["limits"] = {"errors": 5}
    looking.save()
    said = looking.world.call("run", "people")["runs"][0]
    assert [(one["code"], one["key"]) for one in said["problems"]] == [("not_found", "00002")]
    looking.world.approve()
    found = looking.world.call("participants").document
    assert {one["attributes"]["employee_id"]: one["attributes"].get("region") for one in found} == {
        "00001": "North", "00002": None,
    }  # fmt: skip
