"""The scenarios whose source is Workday, from the double to the roster, through the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from connectors.workday import reading, rows
from tests.doubles.workday.reached import reached
from tests.scenarios.workday import Workday
from tests.scenarios.world import World

HIRED = date(2025, 1, 1)


@pytest.fixture
def workday(
    world: World, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workday]:
    """Twelve people, led by the first, read and approved."""
    with reached(tmp_path_factory.mktemp("workday"), monkeypatch) as double:
        found = Workday(world.folder, double)
        found.tenant.now -= timedelta(days=300)
        for number in range(1, 13):
            found.tenant.hire(f"w{number:02d}", HIRED, f"{number:05d}", manager="w01" if number > 1 else None)
        found.tenant.now += timedelta(days=300)
        found.agree()
        yield found


def test_d05_what_is_entered_during_a_read_comes_with_the_next_one(workday: Workday):
    """The cursor is the beginning of the read."""
    workday.tenant.happens("w02", "Change Job", date(2026, 1, 5), title="Lead")
    assert workday.agree() == [("update", "2026-01-05")]
    workday.tenant.happens("w03", "Change Job", date(2026, 1, 5), title="Lead")
    assert workday.agree() == [("update", "2026-01-05")]


def test_e18_left_and_hired_again_is_one_participant(workday: Workday):
    workday.tenant.terminate("w02", date(2026, 1, 31))
    workday.agree()
    workday.tenant.hire("w02", date(2026, 5, 1))
    assert workday.poll()["errors"] == 0
    workday.passes(110)
    assert workday.agree() == [("rehire", "2026-05-01")]
    assert [("00002" in workday.roster(day)) for day in ("2026-03-15", "2026-05-01")] == [False, True]


def test_e19_a_rehire_under_another_record_is_linked(workday: Workday):
    """The old record goes on being sent, and does not end them again."""
    workday.tenant.terminate("w02", date(2025, 12, 31))
    workday.agree()
    workday.tenant.hire("w99", date(2026, 1, 5), "00002")
    assert workday.agree() == [("link", "2026-01-05"), ("rehire", "2026-01-05")]
    assert workday.poll(full=True)["proposed"] == 0
    assert workday.roster()["00002"]["status"] == "active"


@pytest.mark.parametrize("day", ["2026-01-05", "2025-12-20"], ids=["today", "entered late"])
def test_e21_e23_a_contractor_becomes_an_employee(workday: Workday, day: str):
    """Two records with one worker id at once: the new one's values from its day, nobody ends, no gap."""
    first = date.fromisoformat(day)
    workday.tenant.hire("c1", date(2025, 6, 1), "00077", "Contingent_Worker", title="Contractor")
    workday.agree()
    before = workday.revision()
    workday.tenant.convert("c1", "e1", first, title="Account executive")
    kinds = [kind for kind, _ in workday.agree()]
    assert kinds[0] == "link"
    assert "termination" not in kinds
    days = [first - timedelta(days=1), first]
    assert [workday.on_day(one)["00077"]["title"] for one in days] == ["Contractor", "Account executive"]
    assert workday.on_day(first, before)["00077"]["title"] == "Contractor"
    for _ in range(2):
        assert workday.poll(full=True)["proposed"] == 0


def test_e22_a_conversion_in_three_weeks_changes_nothing_before(workday: Workday):
    first = date(2026, 1, 26)
    workday.tenant.hire("c1", date(2025, 6, 1), "00077", "Contingent_Worker", title="Contractor")
    workday.agree()
    workday.tenant.convert("c1", "e1", first, title="Account executive")
    workday.agree()
    assert workday.roster()["00077"]["title"] == "Contractor"
    workday.passes(21)
    workday.agree()
    assert workday.roster()["00077"]["title"] == "Account executive"
    assert workday.roster()["00077"]["status"] == "active"
    assert workday.roster("2026-01-25")["00077"]["title"] == "Contractor"


def test_h02_a_hire_to_come_is_put_off(workday: Workday):
    hire = workday.tenant.hire("w50", date(2026, 2, 1), "00050")
    assert workday.agree() == [("add", "2026-02-01")]
    workday.tenant.correct(hire, date(2026, 2, 15))
    assert workday.agree() == [("update", "2026-02-15")]
    assert workday.history("00050", "hire_date") == [("2026-02-15", None, "2026-02-15")]


def test_h03_a_hire_to_come_is_rescinded(workday: Workday):
    hire = workday.tenant.hire("w50", date(2026, 2, 1), "00050")
    workday.agree()
    before = workday.revision()
    workday.tenant.rescind(hire)
    assert workday.agree() == [("rescission", "2026-02-01")]
    assert "00050" not in workday.roster("2026-02-01", everyone=True)
    assert "00050" in workday.roster("2026-02-01", known_at=before)


def test_h05_a_termination_is_rescinded_without_a_gap(workday: Workday):
    ending = workday.tenant.terminate("w02", date(2025, 12, 31))
    workday.agree()
    assert "00002" not in workday.roster()
    workday.tenant.rescind(ending)
    assert workday.agree() == [("reinstatement", "2026-01-01")]
    assert workday.history("00002", "status") == [("2025-01-01", None, "active")]


def test_h22_a_move_to_come_that_is_rescinded_is_proposed_to_be_undone(workday: Workday):
    """Not by itself: it stands until somebody approves that it goes."""
    move = workday.tenant.happens("w02", "Change Job", date(2026, 2, 1), title="Lead")
    assert workday.agree() == [("update", "2026-02-01")]
    workday.tenant.rescind(move)
    workday.poll()
    assert workday.one()["fields"] == {"title": {"before": "Lead", "after": "Rep"}}
    assert workday.roster("2026-02-01")["00002"]["title"] == "Lead"
    workday.approve()
    assert workday.roster("2026-02-01")["00002"]["title"] == "Rep"
    assert workday.poll()["proposed"] == 0


def test_h25_hired_and_left_within_a_month_both_entered_afterwards(workday: Workday):
    workday.passes(60)
    workday.tenant.hire("w50", date(2026, 2, 3), "00050")
    workday.tenant.terminate("w50", date(2026, 2, 20))
    workday.agree()
    days = [date(2026, 2, number) for number in (2, 3, 20, 21)]
    assert ["00050" in workday.on_day(day) for day in days] == [False, True, True, False]


def test_a_termination_ahead_is_asked_before_it_comes(workday: Workday):
    """EN-LA: what lies ahead within `ahead` is told with its day, and what else changes meanwhile leaves it there."""
    workday.tenant.terminate("w02", date(2026, 2, 28))
    assert workday.agree() == [("termination", "2026-03-01")]
    workday.tenant.happens("w02", "Change Job", date(2026, 1, 5), title="Lead")
    assert workday.agree() == [("update", "2026-01-05")]
    assert workday.history("00002", "title", "status")[-1] == ("2026-03-01", None, "Lead", "terminated")
    assert workday.poll(full=True)["proposed"] == 0


def test_a12_people_who_are_hidden_from_us_are_missing_and_that_is_held(workday: Workday):
    """The security group of the integration user lost a region: an increment says nothing, a full read is held."""
    for number in range(5, 13):
        workday.tenant.workers[f"w{number:02d}"].hidden = True
    assert workday.poll()["absent"] == 0
    said = workday.poll(full=True)
    assert (said["outcome"], said["absent"]) == ("held", 8)


def test_leave_return_and_the_manager_are_those_of_their_days(workday: Workday):
    workday.tenant.happens("w02", "Request Leave", date(2025, 12, 1), leave="Parental", manager="w03")
    workday.tenant.happens("w02", "Return from Leave", date(2026, 1, 3), leave=None)
    assert sorted(workday.agree()) == [("leave", "2025-12-01"), ("return", "2026-01-03")]
    names = ("status", "leave_type", "manager")
    assert workday.history("00002", *names)[1:] == [
        ("2025-12-01", "2026-01-03", "on_leave", "Parental", "P3"),
        ("2026-01-03", None, "active", None, "P3"),
    ]


def test_posts_are_engagements(world: World, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """A further job is added, has its own title, moves to be the primary one, and ends alone."""
    second = {"position": "P-2", "title": "Trainer", "start": date(2026, 1, 1)}
    with reached(tmp_path_factory.mktemp("workday"), monkeypatch) as double:
        found = Workday(world.folder, double)
        found.mapping |= {"engagement": "Position", "primary": "Primary_Job"}
        found.feed["stream"] = "positions"
        found.save()
        found.tenant.hire("w50", date(2025, 12, 1), "00050")
        found.tenant.happens("w50", "Add Additional Job", date(2026, 1, 1), additional=(second,))
        found.agree()
        known = found.call("participants").document
        told = {one["engagement"]: (one["attributes"]["title"], one["attributes"]["primary"]) for one in known}
        assert told == {"P-1": ("Rep", "true"), "P-2": ("Trainer", "false")}
        ended = {**second, "end": date(2026, 1, 31)}
        found.tenant.happens("w50", "End Additional Job", date(2026, 1, 31), additional=(ended,))
        found.agree()
        left = found.call("participants", "--as-of", "2026-02-01").document
        assert [one["engagement"] for one in left] == ["P-1"]


def contractor_hired_under_another_id(workday: Workday) -> list[str]:
    """A contractor is hired under a worker id of their own, a stranger on the same day; gives what is asked."""
    workday.mapping["fields"]["universal_id"] = "Universal_ID"
    workday.save()
    workday.tenant.hire("c1", date(2025, 6, 1), "C-77", "Contingent_Worker", universal="U77")
    workday.agree()
    first = date(2026, 1, 5)
    workday.tenant.terminate("c1", first - timedelta(days=1), "Converted")
    workday.tenant.hire("e1", first, "00077", universal="U77", email="other@example.com")
    workday.tenant.hire("e2", first, "00078", universal="U78", email="third@example.com")
    return [kind for kind, _ in workday.agree()]


def test_records_with_different_worker_ids_are_one_person_by_the_universal_id(workday: Workday):
    asked = contractor_hired_under_another_id(workday)
    assert (asked.count("link"), asked.count("add")) == (1, 1)
    assert "conflict" not in asked
    found = workday.roster("2026-01-05")
    assert {"00077", "00078"} <= found.keys()
    assert "C-77" not in found
    assert found["00077"]["universal_id"] == "U77"
    for _ in range(2):
        assert workday.poll(full=True)["proposed"] == 0


def test_without_the_universal_id_the_contractor_is_a_newcomer(workday: Workday, monkeypatch: pytest.MonkeyPatch):
    """The join broken: the story above then has no link, and two newcomers."""
    monkeypatch.setattr(reading, "seen", lambda worker: _without_universal(rows.seen(worker)))
    asked = contractor_hired_under_another_id(workday)
    assert (asked.count("link"), asked.count("add")) == (0, 2)


def _without_universal(one: rows.Seen | None) -> rows.Seen | None:
    if one is not None:
        one.shared.pop("Universal_ID", None)
    return one
