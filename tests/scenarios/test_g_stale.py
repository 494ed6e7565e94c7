"""Stale plans, races, crashes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store import faults
from tests.scenarios.people import COMPANY, crowd, someone, with_cells, without
from tests.scenarios.world import World


class Crash(BaseException):
    """The process is gone: nothing in it may catch this."""


@pytest.fixture
def crash() -> Iterator[object]:
    """Give a way to let the process end at a named point."""

    def at(point: str) -> None:
        def act(name: str) -> None:
            if name == point:
                raise Crash

        faults.arm(act)

    yield at
    faults.disarm()


def test_g01_a_change_of_what_moved_meanwhile_is_stale(company: World):
    """Title A to B is proposed; the store's title becomes C by hand: refused, C stays; the next run proposes C to B."""
    rows = with_cells(COMPANY, "01001", title="Lead")
    company.run(rows)
    change = company.one()
    company.set("01001", "title=Chief", start="2026-01-05")
    said = company.approve(change)
    assert (said.code, said["decided"]) == (5, [])
    assert said["refused"][0]["moved"] == {"title": {"then": "Rep", "now": "Chief"}}
    assert company.roster()["01001"]["title"] == "Chief"
    assert company.one("stale")["id"] == change["id"]
    company.run(rows)
    assert company.one()["fields"] == {"title": {"before": "Chief", "after": "Lead"}}


def test_g02_a_change_of_something_else_is_no_obstacle(company: World):
    """Only the phone changed meanwhile: the approval succeeds."""
    company.run(with_cells(COMPANY, "01001", title="Lead"))
    change = company.one()
    company.set("01001", "phone=+1 555", start="2026-01-05")
    assert company.approve(change).code == 0
    now = company.roster()["01001"]
    assert (now["title"], now["phone"]) == ("Lead", "+1 555")


def test_g04_what_a_newer_run_no_longer_finds_is_withdrawn(company: World):
    """The newer run shows no difference: withdrawn; approving it is refused."""
    company.run(with_cells(COMPANY, "01001", title="Lead"))
    change = company.one()
    company.run(COMPANY)
    assert company.one("withdrawn")["id"] == change["id"]
    said = company.approve(change)
    assert said.code == 5
    assert "withdrawn" in said["refused"][0]["reason"]
    assert company.roster()["01001"]["title"] == "Rep"


def test_a_newer_value_supersedes_the_older_one(company: World):
    """Lead, then Chief, nothing decided between: one waits, the other is superseded."""
    company.run(with_cells(COMPANY, "01001", title="Lead"))
    company.run(with_cells(COMPANY, "01001", title="Chief"))
    assert company.one()["fields"]["title"]["after"] == "Chief"
    assert company.one("superseded")["fields"]["title"]["after"] == "Lead"


def test_g05_the_same_approval_twice_has_one_effect(company: World):
    """A double click: applied once; the second call reports the first result."""
    company.run(with_cells(COMPANY, "01001", title="Lead"))
    change = company.one()
    first = company.approve(change)
    revision, history = company.revision(), company.history("01001")
    second = company.approve(change)
    assert (first.code, second.code) == (0, 0)
    assert second.document == first.document
    assert (company.revision(), company.history("01001")) == (revision, history)
    assert company.reject(change).code == 5


def test_g06_a_first_plan_approved_twice_adds_everybody_once(world: World):
    """Store empty; approved by name twice, then with --all."""
    world.run(crowd(5))
    changes = world.pending()
    assert world.approve(*changes).code == 0
    again = world.approve(*changes)
    assert (again.code, [one["state"] for one in again["decided"]]) == (0, ["applied"] * 5)
    assert world.approve()["decided"] == []
    assert len(world.call("participants").document) == 5


def test_g09_two_approvals_of_one_person_both_hold(company: World):
    """Different fields, overlapping days: both end up in force, no overlap, no lost field."""
    company.run(with_cells(COMPANY, "01001", title="Lead", **{"from": "2026-02-01"}))
    title = company.one()
    team = company.set("01001", "team=West", start="2026-01-15", approved=False)
    assert company.approve(title).code == 0
    assert company.approve(team["id"]).code == 0
    assert company.history("01001", "title", "team") == [
        ("2025-01-01", "2026-01-15", "Rep", "East"),
        ("2026-01-15", "2026-02-01", "Rep", "West"),
        ("2026-02-01", None, "Lead", "West"),
    ]


@pytest.mark.parametrize("point", ["decisions.insert done", "history.insert_steps done", "changes.mark done"])
def test_g12_an_atomic_batch_is_all_or_nothing(company: World, crash, point: str):
    """A crash amid 5 approvals: none of them; the retry applies each once."""
    keys = ["01001", "01002", "01003", "01004", "01005"]
    company.run(with_cells(COMPANY, *keys, title="Lead"))
    changes, before = company.pending(), company.kept()
    crash(point)
    with pytest.raises(Crash):
        company.approve(*changes, atomic=True)
    faults.disarm()
    assert company.kept() == before
    assert company.approve(*changes, atomic=True).code == 0
    assert [len(company.history(key)) for key in keys] == [2] * 5


def test_an_atomic_batch_with_one_that_does_not_fit_applies_none(company: World):
    """4 fit and one is stale: exit 5, nothing applied, all five still wait."""
    keys = ["01001", "01002", "01003", "01004", "01005"]
    company.run(with_cells(COMPANY, *keys, title="Lead"))
    changes = company.pending()
    company.set("01003", "title=Chief", start="2026-01-05")
    assert company.approve(*changes, atomic=True).code == 5
    assert [one["id"] for one in company.pending()] == [one["id"] for one in changes]
    said = company.approve(*changes)
    assert (said.code, len(said["decided"]), len(said["refused"])) == (5, 4, 1)


def test_g20_what_a_held_run_contradicts_is_stale_and_the_rest_is_not(company: World):
    """The newest run is held: older proposals stay approvable unless it says otherwise."""
    company.run(with_cells(COMPANY, "01001", "01002", title="Lead"))
    first, second = company.pending()
    rows = with_cells(COMPANY, "01001", title="Lead")
    assert company.run(without(rows, "01016", "01017", "01018", "01019", "01020")).code == 3
    assert company.approve(first).code == 0
    said = company.approve(second)
    assert said.code == 5
    assert "says otherwise" in said["refused"][0]["reason"]


def test_g21_reading_again_what_was_viewed_keeps_it_the_same(company: World):
    """Viewed, the source re-run with identical content, then approved: succeeds, same identity."""
    rows = [*with_cells(COMPANY, "01001", title="Lead"), someone("02001")]
    company.run(rows)
    viewed = company.pending()
    company.on("2026-01-06").run(rows[::-1])
    assert [one["id"] for one in company.pending()] == [one["id"] for one in viewed]
    assert company.approve(*viewed).code == 0
    assert "02001" in company.roster()
