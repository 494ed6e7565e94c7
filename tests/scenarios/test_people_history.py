"""People whose source sends a row for each day on which something of them changed (`history: true`)."""

from __future__ import annotations

import pytest

from tests.scenarios.people import Row, crowd, someone
from tests.scenarios.world import DATED, World

OTHERS = crowd(12)


@pytest.fixture
def told(world: World) -> World:
    """Twelve people, and somebody hired last year as a Rep of the East."""
    world.feed["history"] = True
    world.use("status")
    world.begin([*OTHERS, day("2025-01-01")])
    return world


def day(start: str, **cells: str) -> Row:
    """What holds of them from a day."""
    return {**someone("02001", hired="2025-01-01", status="active"), DATED: start, **cells}


def until_agreed(world: World, *rows: Row) -> list[tuple[str, str]]:
    """Read and approve until nothing is asked; gives what was, in order."""
    asked: list[tuple[str, str]] = []
    for _ in range(9):
        said = world.run([*OTHERS, *rows])
        assert (said["errors"], said["conflicts"], said["outcome"]) == (0, 0, "completed")
        if not world.pending():
            return asked
        asked += [(one["kind"], one["effective"]) for one in world.pending()]
        assert world.approve().code == 0
    raise AssertionError(asked)


def test_a_later_day_waits_until_the_earlier_one_is_decided(told: World):
    """The first of them is asked alone, however often it is read; the other one once it is approved."""
    rows = [day("2025-01-01"), day("2025-06-01", title="Lead"), day("2025-09-01", title="Lead", team="West")]
    for _ in range(2):
        said = told.run([*OTHERS, *reversed(rows)])
        assert (said["pending"], told.one()["effective"], told.one()["fields"]["title"]["after"]) == (
            2, "2025-06-01", "Lead",
        )  # fmt: skip
    told.approve()
    told.run()
    assert (told.one()["effective"], list(told.one()["fields"])) == ("2025-09-01", ["team"])
    told.approve()
    assert told.run()["proposed"] == 0
    assert told.history("02001", "title", "team") == [
        ("2025-01-01", "2025-06-01", "Rep", "East"),
        ("2025-06-01", "2025-09-01", "Lead", "East"),
        ("2025-09-01", None, "Lead", "West"),
    ]


def test_what_is_rejected_lets_the_next_day_be_asked(told: World):
    rows = [day("2025-01-01"), day("2025-06-01", title="Lead"), day("2025-09-01", team="West")]
    told.run([*OTHERS, *rows])
    told.reject(told.one())
    told.run()
    assert (told.one()["effective"], list(told.one()["fields"])) == ("2025-09-01", ["team"])


def test_a_value_that_came_and_went_is_there_between(told: World):
    """A day that is corrected afterwards changes what holds until the next one alone."""
    until_agreed(told, day("2025-01-01"), day("2025-06-01", title="Lead"), day("2025-09-01"))
    before = told.revision()
    until_agreed(told, day("2025-01-01"), day("2025-06-01", title="Head"), day("2025-09-01"))
    assert told.history("02001", "title") == [
        ("2025-01-01", "2025-06-01", "Rep"), ("2025-06-01", "2025-09-01", "Head"), ("2025-09-01", None, "Rep"),
    ]  # fmt: skip
    assert told.roster("2025-07-01", known_at=before)["02001"]["title"] == "Lead"


def test_an_employment_ends_begins_again_and_never_ended(told: World):
    """Left, back after a gap, then the leaving was a mistake of the source: each in its turn."""
    gone = {"left": "2025-06-30"}
    left = [day("2025-01-01", **gone), day("2025-07-01", **gone, status="left")]
    back = day("2025-10-01", hired="2025-10-01", title="Lead")
    assert until_agreed(told, *left, back) == [("termination", "2025-07-01"), ("rehire", "2025-10-01")]
    assert told.history("02001", "status", "title") == [
        ("2025-01-01", "2025-07-01", "active", "Rep"),
        ("2025-07-01", "2025-10-01", "terminated", "Rep"),
        ("2025-10-01", None, "active", "Lead"),
    ]


def test_an_ending_that_is_taken_back_on_its_day_leaves_no_gap(told: World):
    """H05 of a source that dates its rows: hired when they were, and going on from the day after the last one."""
    gone = {"left": "2025-06-30"}
    until_agreed(told, day("2025-01-01", **gone), day("2025-07-01", **gone, status="left"))
    assert "02001" not in told.roster()
    assert until_agreed(told, day("2025-07-01")) == [("reinstatement", "2025-07-01")]
    assert told.history("02001", "status") == [("2025-01-01", None, "active")]


def test_a_day_sent_twice_is_set_aside(told: World):
    said = told.run([*OTHERS, day("2025-01-01"), day("2025-01-01", title="Lead"), day("", title="Head"), day("")])
    assert (said["errors"], {one["code"] for one in said["problems"]}) == (4, {"duplicate_key"})


def test_somebody_new_is_added_on_their_first_day(told: World):
    first = {**someone("03001", hired="2025-03-01", status="active"), DATED: "2025-03-01"}
    rows = [*OTHERS, day("2025-01-01"), {**first, DATED: "2025-08-01", "title": "Lead"}, first]
    told.run(rows)
    assert (told.one()["kind"], told.one()["effective"]) == ("add", "2025-03-01")
    told.approve()
    told.run(rows)
    assert (told.one()["kind"], told.one()["effective"]) == ("update", "2025-08-01")
