"""Effective dates."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store.database import open_database, writing
from tests.scenarios.people import COMPANY, crowd, someone, with_cells
from tests.scenarios.world import World

FROM = "from"


def starting(day: str, **cells: str) -> dict[str, str]:
    """A person who was hired on a day."""
    return someone("02001", hired=day, **cells)


def test_h01_an_add_of_the_future_needs_no_further_event(company: World):
    """Effective in 30 days, approved today: absent today, present on day 30."""
    company.run([*COMPANY, starting("2026-02-04")])
    assert company.approve().code == 0
    assert "02001" not in company.roster()
    assert "02001" not in company.roster("2026-02-03")
    assert "02001" in company.roster("2026-02-04")
    assert company.on("2026-02-10").run()["unchanged"] == 21


def test_h02_a_future_start_may_be_put_off(company: World):
    """Hired for the 1st, corrected to the 15th before it came: one start, on the 15th."""
    company.run([*COMPANY, starting("2026-02-01")])
    company.approve()
    company.on("2026-01-20").run([*COMPANY, starting("2026-02-15")])
    change = company.one()
    assert (change["corrected"], change["effective"]) == (True, "2026-02-15")
    assert company.approve(change).code == 0
    assert company.history("02001", "hire_date") == [("2026-02-15", None, "2026-02-15")]
    assert "02001" not in company.roster("2026-02-14")
    assert company.run()["proposed"] == 0


def test_h03_a_future_start_may_be_taken_back(company: World):
    """The future hire is no longer sent: removed at the new revision, still there at the old one."""
    company.run([*COMPANY, starting("2026-02-01")])
    company.approve()
    before = company.revision()
    company.on("2026-01-20").run(COMPANY)
    change = company.one()
    assert change["kind"] == "rescission"
    assert company.approve(change).code == 0
    assert "02001" not in company.roster("2026-02-01", everyone=True)
    assert "02001" in company.roster("2026-02-01", known_at=before)


def test_who_had_left_by_the_first_day_never_worked_and_a_no_to_that_hides_nothing(company: World):
    """Terminated from the start day on, with no last day: never there. Refused, the row's title is asked about."""
    company.use("status")
    company.run([*COMPANY, starting("2026-02-01")])
    company.approve()
    gone = {**starting("2026-02-01"), "status": "left", "from": "2026-02-01", "title": "Lead"}
    company.on("2026-02-10").run([*COMPANY, gone])
    change = company.one()
    assert (change["kind"], change["effective"]) == ("rescission", "2026-02-01")
    dry = company.call("run", "people", "--dry-run")["runs"][0]
    assert dry["pending"] == 1
    assert company.reject(change, reason="she is here").code == 0
    said = company.run()
    assert (said["pending"], said["suppressed"], said["proposed"]) == (1, 0, 1)
    assert company.one()["fields"] == {"title": {"before": "Rep", "after": "Lead"}}
    assert company.approve().code == 0
    assert company.history("02001", "title", "status") == [("2026-02-01", None, "Lead", "active")]
    again = company.run()
    assert (again["pending"], again["suppressed"], again["proposed"]) == (0, 1, 0)
    assert [one["suppressed"] for one in company.call("rejections").document] == [1]


def test_who_had_left_by_the_first_day_is_taken_back_whole(company: World):
    """Approved, nothing of that employment is left, and the row asks for nothing more."""
    company.use("status")
    company.run([*COMPANY, starting("2026-02-01")])
    company.approve()
    gone = {**starting("2026-02-01"), "status": "left", "from": "2026-02-01", "title": "Lead"}
    company.on("2026-02-10").run([*COMPANY, gone])
    assert company.approve().code == 0
    assert "02001" not in company.roster("2026-02-01", everyone=True)
    assert (company.run()["proposed"], company.pending()) == (0, [])


def test_h06_a_change_cuts_the_open_end(world: World):
    """A from Jan 1; B from Mar 1: [Jan 1, Mar 1) A and [Mar 1, ...) B."""
    world.begin([starting("2026-01-01", title="Rep", **{FROM: "2026-01-01"})])
    world.run([starting("2026-01-01", title="Lead", **{FROM: "2026-03-01"})])
    change = world.one()
    assert (change["effective"], change["source_effective"], change["dated_by"]) == ("2026-03-01",) * 2 + ("source",)
    world.approve(change)
    assert world.history("02001", "title") == [
        ("2026-01-01", "2026-03-01", "Rep"),
        ("2026-03-01", None, "Lead"),
    ]


def test_h09_a_period_without_a_day_is_refused(company: World):
    """By hand it is a mistake, in a row a question; the database refuses it from anybody."""
    given = ("--from", "2026-02-10", "--to", "2026-02-09", "--reason", "typing")
    said = company.call("set", "01001", "title=Lead", *given)
    assert (said.code, company.pending()) == (2, [])
    company.mapping["until"] = {"from": "phone", "type": "date", "inclusive": True}
    company.save()
    backwards = with_cells(COMPANY, "01001", title="Lead", phone="2026-02-01", **{FROM: "2026-03-01"})
    assert company.run(backwards)["conflicts"] == 1
    assert company.pending() == []
    for table in ("step", "version"):
        with pytest.raises(IntegrityError):
            _write(company, f"INSERT INTO {table} {_copied(company, table, start='2030-01-01', end='2030-01-01')}")


def test_a_period_of_one_day_is_one(company: World):
    """`--to` is the last day; after it, what is beneath shows again."""
    company.set("01001", "title=Lead", start="2026-02-10", to="2026-02-10")
    assert company.history("01001", "title") == [
        ("2025-01-01", "2026-02-10", "Rep"),
        ("2026-02-10", "2026-02-11", "Lead"),
        ("2026-02-11", None, "Rep"),
    ]


def test_h12_the_database_refuses_an_overlapping_version(company: World):
    """Written past our own checks."""
    with pytest.raises(IntegrityError):
        _write(company, f"INSERT INTO version {_copied(company, 'version', start='2026-01-01')}")


def test_h13_what_was_known_at_a_revision_stays(company: World):
    """A backdated change after revision r: the roster of every day as known at r is the same before and after."""
    revision = company.revision()
    days = ("2025-01-01", "2025-06-30", "2025-07-01", "2026-01-05", "2026-12-31")
    before = [company.roster(day, known_at=revision) for day in days]
    company.run(with_cells(COMPANY, "01001", title="Lead", **{FROM: "2025-07-01"}))
    assert company.approve().code == 0
    assert [company.roster(day, known_at=revision) for day in days] == before
    assert [company.roster(day)["01001"]["title"] for day in days] == ["Rep", "Rep", "Lead", "Lead", "Lead"]


def test_h14_the_last_working_day_is_worked(company: World):
    """Last day Jan 31: active on Jan 31, not on Feb 1."""
    company.run(with_cells(COMPANY, "01001", left="2026-01-31"))
    change = company.one()
    assert (change["kind"], change["effective"]) == ("termination", "2026-02-01")
    company.approve(change)
    assert company.roster("2026-01-31")["01001"]["status"] == "active"
    assert "01001" not in company.roster("2026-02-01")
    assert company.roster("2026-02-01", everyone=True)["01001"]["status"] == "terminated"
    assert company.on("2026-03-01").run()["unchanged"] == 20


def test_h16_a_date_with_a_time_and_an_offset_keeps_its_day(world: World):
    """`2026-03-01T00:00:00-08:00` is 2026-03-01, whatever day that is in UTC."""
    world.mapping["fields"]["hire_date"]["format"] = "%Y-%m-%dT%H:%M:%S%z"
    world.save()
    world.run([starting("2026-03-01T00:00:00-08:00"), someone("02002", hired="2026-03-01T23:30:00-08:00")])
    assert [one["fields"]["hire_date"]["after"] for one in world.pending()] == ["2026-03-01"] * 2
    assert {one["effective"] for one in world.pending()} == {"2026-03-01"}


def test_h20_a_move_before_a_known_end_ends_with_it(world: World):
    """Terminated from May 1; a move effective Mar 1 arrives afterwards: applied to [Mar 1, May 1)."""
    world.begin([starting("2026-01-01")])
    leaving = starting("2026-01-01", left="2026-04-30")
    world.run([leaving])
    world.approve()
    world.run([{**leaving, "team": "West", FROM: "2026-03-01"}])
    change = world.one()
    assert (change["kind"], change["effective"]) == ("move", "2026-03-01")
    world.approve(change)
    assert world.history("02001", "team", "status") == [
        ("2026-01-01", "2026-03-01", "East", "active"),
        ("2026-03-01", "2026-05-01", "West", "active"),
        ("2026-05-01", None, "West", "terminated"),
    ]
    assert world.run()["proposed"] == 0


def test_h21_a_future_end_and_a_change_of_today_are_both_kept(company: World):
    """Future termination on file; the title changes effective today."""
    leaving = with_cells(COMPANY, "01001", left="2026-06-30")
    company.run(leaving)
    company.approve()
    company.run(with_cells(leaving, "01001", title="Lead"))
    change = company.one()
    assert (change["kind"], change["effective"]) == ("update", "2026-01-05")
    company.approve(change)
    assert company.history("01001", "title", "status") == [
        ("2025-01-01", "2026-01-05", "Rep", "active"),
        ("2026-01-05", "2026-07-01", "Lead", "active"),
        ("2026-07-01", None, "Lead", "terminated"),
    ]


def test_e18_somebody_who_left_and_was_hired_again_is_one_participant(company: World):
    """Terminated 2026-01-31, active again from 2026-05-01: a rehire; nothing between."""
    person = with_cells(COMPANY, "01001", left="2026-01-31")
    company.run(person)
    company.approve()
    company.on("2026-04-20").run(with_cells(COMPANY, "01001", hired="2026-05-01"))
    change = company.one()
    assert (change["kind"], change["effective"], change["participant"]) == ("rehire", "2026-05-01", "P1")
    company.approve(change)
    assert "01001" not in company.roster("2026-03-15")
    assert company.roster("2026-05-01")["01001"]["status"] == "active"
    assert company.run()["proposed"] == 0


def test_a_termination_that_is_taken_back_leaves_no_gap(company: World):
    """H05: continuous employment."""
    company.run(with_cells(COMPANY, "01001", left="2026-01-31"))
    company.approve()
    company.on("2026-02-10").run(COMPANY)
    change = company.one()
    assert change["kind"] == "reinstatement"
    company.approve(change)
    assert company.history("01001", "status") == [("2025-01-01", None, "active")]


def test_a_population_of_one_day_is_read_on_the_next(world: World):
    """Days pass and nothing is sent anew: nothing is proposed on any of them."""
    people = [*crowd(3), *crowd(3, first=2001, hired="2026-02-01"), *crowd(3, first=3001, left="2026-03-31")]
    world.begin(people)
    for day in ("2026-01-31", "2026-02-01", "2026-03-31", "2026-04-01", "2027-01-01"):
        said = world.on(day).run()
        assert (said["unchanged"], said["proposed"]) == (9, 0), day


def _copied(world: World, table: str, **days: str) -> str:
    """A statement that gives the row of P1 once more, with an id of its own and other days."""
    engine = open_database(world.database_url)
    with engine.connect() as connection:
        row = dict(connection.execute(text(f"SELECT * FROM {table} WHERE person = 1")).mappings().one())  # noqa: S608
    engine.dispose()
    row |= {"id": 999_999, **days}
    names = ", ".join(f'"{name}"' for name in row)
    return f"({names}) VALUES ({', '.join(_literal(value) for value in row.values())})"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value).upper() if isinstance(value, bool | int) else "'" + str(value).replace("'", "''") + "'"


def _write(world: World, statement: str) -> None:
    engine = open_database(world.database_url)
    try:
        with writing(engine) as tx:
            tx.exec_driver_sql(statement.replace("%", "%%") if tx.dialect.name == "postgresql" else statement)
    finally:
        engine.dispose()


def test_h25_hired_and_left_within_a_month_both_told_afterwards(world: World):
    """Both are applied in order; the days of the employment are exact."""
    world.begin(crowd(12))
    world.on("2026-03-10")
    late = someone("02001", hired="2026-02-03")
    world.run([*crowd(12), late])
    assert world.approve().code == 0
    world.run([*crowd(12), {**late, "left": "2026-02-20"}])
    assert world.approve().code == 0
    days = {day: "02001" in world.roster(day) for day in ("2026-02-02", "2026-02-03", "2026-02-20", "2026-02-21")}
    assert list(days.values()) == [False, True, True, False]
