"""Rows that changed nothing are known again, and compared all the same where anything about them is another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engine import unchanged
from syncd.changes import remembering
from tests.scenarios.people import COMPANY, Row, with_cells
from tests.scenarios.world import World

BOSS = "p01001@example.com"


@pytest.fixture(autouse=True)
def _remembers_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A company of twenty remembers what a company of a million does."""
    monkeypatch.setattr(remembering, "MANY", 0)
    monkeypatch.setattr(remembering, "SHARE", 1_000_000)


def test_rows_are_known_again_in_any_order(company: World):
    company.on("2026-01-06").run(COMPANY)
    with known_again() as found:
        assert company.on("2026-01-07").run(reversed(COMPANY))["unchanged"] == 20
        assert company.run(with_cells(COMPANY, "01003", title="Lead"))["pending"] == 1
    assert found == [20, 19]


def test_somebody_about_whom_something_is_open_is_compared(company: World):
    company.on("2026-01-06").run(COMPANY)
    company.set("hr:01003", "title=By Hand", start="2026-01-06", approved=False)
    with known_again() as found:
        company.run(COMPANY)
    assert found == [19]


def test_somebody_whose_roster_was_touched_is_compared(company: World):
    company.on("2026-01-06").run(COMPANY)
    company.set("hr:01003", "title=By Hand", start="2026-01-06")
    said = company.run(COMPANY)
    assert (said["pending"], said["unchanged"]) == (1, 19)


def test_somebody_whose_rejection_was_forgotten_is_proposed_again(company: World):
    company.on("2026-01-06").run(COMPANY)
    changed = with_cells(COMPANY, "01003", title="Lead")
    company.run(changed)
    company.reject()
    assert company.run(changed)["suppressed"] == 1
    assert company.run(COMPANY)["unchanged"] == 20
    assert company.run(changed)["pending"] == 1


def test_a_value_that_ends_is_compared_after_its_last_day(company: World):
    company.set("hr:01003", "title=Lead", start="2026-01-05", to="2026-01-31")
    changed = with_cells(COMPANY, "01003", title="Lead")
    with known_again() as found:
        for day in ("2026-01-06", "2026-01-31"):
            assert company.on(day).run(changed)["unchanged"] == 20
        assert company.on("2026-02-01").run(changed)["pending"] == 1
    assert found == [0, 20, 19]


def test_another_mapping_knows_no_row_again(company: World):
    company.on("2026-01-06").run(COMPANY)
    company.mapping["fields"]["title"]["from"] = "team"
    company.save()
    with known_again() as found:
        assert company.run(COMPANY)["pending"] == 20
    assert found == [0]


def test_a_protected_key_is_left_out_whatever_is_remembered(company: World):
    company.on("2026-01-06").run(COMPANY)
    company.feed["protected"] = ["01003"]
    company.save()
    assert company.run(COMPANY)["excluded"] == 1


def test_who_is_named_by_an_id_that_changed_hands_is_compared(company: World):
    led = _led_by_email(company)
    given_on = with_cells(with_cells(led, "01001", email="old@example.com"), "01002", email=BOSS)
    company.on("2026-01-08").run(given_on)
    company.approve()
    assert company.on("2026-01-09").run(given_on)["pending"] == 18
    company.approve()
    roster = company.roster()
    led_by = {row["manager"] for row in roster.values() if row.get("manager")}
    assert led_by == {company.call("participants", "--history", "01002").document[0]["participant"]}


def _led_by_email(company: World) -> list[Row]:
    """Everybody but two is led by the first, whom the file names by e-mail; that is approved, and remembered."""
    company.mapping["fields"]["manager"] = {"from": "phone", "type": "participant", "by": "email"}
    company.save()
    led = with_cells(COMPANY, *(row["id"] for row in COMPANY[2:]), phone=BOSS)
    company.on("2026-01-06").run(led)
    company.approve()
    company.on("2026-01-07").run(led)
    return led


def test_an_id_that_somebody_else_has_too_is_looked_up_again(company: World):
    led = _led_by_email(company)
    shared = with_cells(led, "01002", email=BOSS)
    company.on("2026-01-08").run(shared)
    company.approve()
    with known_again() as found:
        company.on("2026-01-09").run(shared, dry=True)
    assert found == [1]


def test_a_row_that_another_one_gets_in_the_way_of_is_mapped_after_all(company: World):
    company.on("2026-01-06").run(COMPANY)
    twice = [*COMPANY, COMPANY[2]]
    said = company.run(twice)
    assert (said["unchanged"], said["excluded"], said["errors"]) == (20, 1, 0)
    said = company.run([*twice, {**COMPANY[2], "title": "Lead"}])
    assert (said["unchanged"], said["errors"]) == (19, 3)
    said = company.run([*COMPANY, {**COMPANY[2], "id": "1003"}])
    assert (said["unchanged"], said["errors"]) == (20, 1)


def test_two_keys_with_one_id_are_both_set_aside(company: World):
    company.mapping["key"] = "name"
    company.save()
    company.run(COMPANY)
    company.approve()
    company.on("2026-01-07").run(COMPANY)
    with known_again() as found:
        said = company.on("2026-01-08").run([*COMPANY, {**COMPANY[2], "name": "Somebody Else"}])
    assert found == [20]
    assert (said["unchanged"], said["errors"]) == (19, 2)


@contextmanager
def known_again() -> Iterator[list[int]]:
    """Note how many rows each run knows again."""
    found: list[int] = []
    real = unchanged.recognise

    def noting(*arguments: Any) -> int:
        found.append(real(*arguments))
        return found[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unchanged, "recognise", noting)
        yield found
