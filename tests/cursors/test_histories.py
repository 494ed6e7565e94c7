"""Histories of which only what is new is read: the other days of a record are looked at beside it."""

from __future__ import annotations

import pytest

from tests.cursors.crm import Crm, sums
from tests.scenarios.world import DATED


@pytest.fixture
def past(crm: Crm) -> Crm:
    """A CRM that keeps a record of each day from which something held of somebody; two of the first person's."""
    crm.script |= {"key": "entry", "columns": [*crm.script["columns"], "entry"]}
    crm.feed["history"] = True
    crm.save()
    for second, (key, day, team) in enumerate(
        [("1", "2025-01-01", "East"), ("1", "2025-06-01", "West"), ("2", "2025-01-01", "East")]
    ):
        says(crm, 900 + second, key, day, team=team)
    crm.begin_at(1000)
    return crm


def says(crm: Crm, stamp: int, key: str, day: str, **cells: str) -> None:
    """Let the CRM say what is so of somebody from a day."""
    crm.says(stamp, key, **{DATED: day, "entry": f"{key}/{day}", **cells})


def teams(crm: Crm, key: str) -> list[tuple[str, str]]:
    return [(start, team) for start, _, team in crm.history(key, "team")]


def test_an_increment_of_one_day_leaves_the_others(past: Crm):
    assert teams(past, "P1") == [("2025-01-01", "East"), ("2025-06-01", "West")]
    says(past, 1100, "1", "2025-03-01", team="North")
    said = past.read(1200)
    assert (said["read"], said["pending"], said["unchanged"], sums(said)) == (3, 1, 2, True)
    past.approve()
    assert teams(past, "P1") == [("2025-01-01", "East"), ("2025-03-01", "North"), ("2025-06-01", "West")]
    assert past.read(1300)["proposed"] == 0


def test_a_day_is_corrected_by_an_increment(past: Crm):
    says(past, 1100, "1", "2025-06-01", team="South")
    assert past.read(1200)["proposed"] == 1
    past.approve()
    assert teams(past, "P1") == [("2025-01-01", "East"), ("2025-06-01", "South")]


def test_a_day_that_is_deleted_is_taken_back(past: Crm):
    deleted = {"entry": "1/2025-06-01", "id": "1", DATED: "2025-06-01"}
    past.script["events"].append({"stamp": 1100, "key": "1/2025-06-01", "delete": True, "left": deleted})
    assert past.read(1200)["proposed"] == 1
    past.approve()
    assert teams(past, "P1") == [("2025-01-01", "East")]


def test_a_deletion_that_names_no_day_is_of_the_whole_record(past: Crm):
    past.script["events"].append({"stamp": 1100, "key": "1", "delete": True, "left": {"id": "1", DATED: ""}})
    said = past.read(1200)
    assert (said["read"], [one["kind"] for one in past.pending()]) == (1, ["termination"])
    says(past, 1300, "1", "2025-01-01", team="East")
    past.read(1400)
    assert [(one["kind"], one["effective"]) for one in past.pending()] == [("move", "2025-06-01")], "sent anew, shorter"


def test_a_record_that_is_replaced_says_all_that_holds_of_it(past: Crm):
    past.script["columns"] += ["_op"]
    says(past, 1100, "1", "2025-01-01", team="East", _op="replace")
    says(past, 1101, "1", "2025-09-01", team="South", _op="upsert")
    past.read(1200)
    past.approve()
    assert teams(past, "P1") == [("2025-01-01", "East"), ("2025-09-01", "South")]
    assert past.read(1300)["proposed"] == 0


def test_increments_of_histories_come_to_what_a_full_read_finds(past: Crm):
    for nth, (day, team) in enumerate([("2025-03-01", "A"), ("2025-06-01", "B"), ("2025-03-01", "C")]):
        says(past, 1100 + 100 * nth, "1", day, team=team)
        past.read(1150 + 100 * nth)
        past.approve()
    assert past.state() is not None
    assert [team for _, team in teams(past, "P1")] == ["East", "C", "B"]
    past.feed["full"] = True
    past.save()
    assert past.read(1600)["proposed"] == 0


def test_another_source_hears_what_is_so_today(past: Crm):
    """The sheet goes after the CRM: it is heard of nothing that the CRM says, whatever day its newest row is of."""
    says(past, 1100, "1", "2026-03-01", team="South")
    past.read(1200)
    past.approve()
    past.settings["sources"]["hr"] = {"kind": "file", "path": "inbox/people.csv"}
    past.settings["feeds"]["sheet"] = {"source": "hr", "into": "participants", "mapping": "mappings/sheet.yaml"}
    past.settings["attributes"] = {"team": {"sources": ["hr", "crm"]}}
    past.write("mappings/sheet.yaml", '{"key": "id", "fields": {"employee_id": "id", "team": "team"}}')
    past.save()
    past.send([{"id": "1", "team": "West"}])
    said = past.call("run", "sheet")["runs"][0]
    past.approve()
    again = past.call("run", "sheet")["runs"][0]
    assert (again["unchanged"], again["proposed"], said["conflicts"]) == (1, 0, 0)
    past.settings["attributes"] = {"team": {"sources": ["crm", "hr"]}}
    past.save()
    past.send([{"id": "1", "team": "Sheet"}])
    assert past.call("run", "sheet")["runs"][0]["proposed"] == 0
