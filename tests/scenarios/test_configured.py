"""Files of the configuration: where four eyes are on they count once a second person approved them."""

from __future__ import annotations

import getpass

import pytest

from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.selling import calculate
from tests.scenarios.world import Answer, World

LEAD = with_cells(COMPANY, "01003", title="Lead")


@pytest.fixture
def guarded(company: World) -> World:
    """The company, in which four eyes are on and have begun."""
    company.settings["four_eyes"] = True
    company.save()
    assert company.run(COMPANY).code == 0
    return company


def letting_through(world: World) -> None:
    """Let a policy approve every new title."""
    world.feed["approve"] = [{"kind": "update", "attributes": ["title"]}]
    world.save()


def said(world: World, what: str, who: str, *more: str) -> Answer:
    return world.call("configuration", what, "--as", who, *more)


def shown(world: World) -> Answer:
    return world.call("configuration", "show")


def test_a_file_that_was_changed_is_read_by_nothing_until_a_second_person_approved_it(guarded: World):
    letting_through(guarded)
    refused = guarded.run(LEAD)
    assert refused.code == 5
    assert "syncd.yaml changed" in refused.error["message"]
    assert guarded.pending() == []
    assert any("syncd.yaml changed" in one["what"] for one in guarded.call("doctor")["checks"])
    assert said(guarded, "publish", "dana", "--reason", "titles follow HR").code == 0
    assert guarded.run(LEAD).code == 5
    own = said(guarded, "approve", "Dana")
    assert (own.code, own.error["message"]) == (5, "Dana published it: somebody else has to approve it")
    assert said(guarded, "approve", "eve").code == 0
    assert guarded.run(LEAD)["applied"] == 1
    assert guarded.call("audit", "verify").code == 0


@pytest.fixture
def waiting(guarded: World) -> World:
    """Four eyes are on, and dana has published a policy; ann is 01001 (P1)."""
    assert guarded.call("users", "add", "ann", "--participant", "01001").code == 0
    letting_through(guarded)
    assert said(guarded, "publish", "dana", "--reason", "titles follow HR").code == 0
    return guarded


@pytest.mark.parametrize("name", ["ann", "ANN", " Ann "])
def test_who_is_paid_approves_no_files(waiting: World, name: str):
    refused = said(waiting, "approve", name)
    message = refused.error["message"]
    assert (refused.code, "ann is a participant" in message.lower()) == (5, True), message
    assert message.endswith("somebody who is none has to approve it")
    last = waiting.call("audit")[-1]
    assert (last["act"], last["about"], last["reason"]) == (
        "refuse configuration approve",
        "configuration approve",
        message,
    )
    assert waiting.run(LEAD).code == 5
    assert said(waiting, "approve", "eve").code == 0
    assert waiting.run(LEAD)["applied"] == 1
    assert waiting.call("audit", "verify").code == 0


def test_nor_who_is_called_as_the_e_mail_of_a_participant(waiting: World):
    email = COMPANY[3]["email"]
    assert said(waiting, "approve", email.upper()).code == 5
    assert said(waiting, "approve", f"not.{email}").code == 0


def test_nor_who_is_paid_and_acts_for_somebody_else(waiting: World):
    assert waiting.call("users", "add", getpass.getuser(), "--participant", "01002").code == 0
    refused = said(waiting, "approve", "eve")
    assert (refused.code, f"{getpass.getuser()} is a participant" in refused.error["message"]) == (5, True)


def test_nor_who_was_merged_into_somebody(waiting: World):
    """What ann is said to be is somebody else's number by now; that one is paid."""
    del waiting.feed["approve"]
    waiting.save()
    assert waiting.call("merge", "P1", "P2", "--reason", "one person").code == 0
    assert waiting.approve(as_="ben").code == 0
    letting_through(waiting)
    assert said(waiting, "approve", "ann").code == 5
    assert said(waiting, "approve", "eve").code == 0


def test_who_is_known_and_no_participant_approves(waiting: World):
    """Somebody whose add was never approved is not paid."""
    del waiting.feed["approve"]
    waiting.save()
    assert (
        waiting.run([*COMPANY, {**COMPANY[0], "id": "02001", "name": "Cleo Boss", "email": "cleo@example.com"}]).code
        == 0
    )
    assert waiting.call("users", "add", "cleo", "--participant", "02001").code == 0
    letting_through(waiting)
    assert said(waiting, "approve", "cleo").code == 0


def test_what_changed_is_shown_line_by_line(guarded: World):
    assert (shown(guarded)["counts"], shown(guarded)["differing"]) == (True, [])
    letting_through(guarded)
    found = shown(guarded)
    assert (found["counts"], found["is_waiting"]) == (False, False)
    (one,) = found["differing"]
    assert one["path"] == "syncd.yaml"
    assert any(line.startswith("+") and "title" in line for line in one["lines"])
    said(guarded, "publish", "dana", "--reason", "titles follow HR")
    found = shown(guarded)
    assert (found["is_waiting"], found["waiting"]["by"], found["waiting"]["reason"]) == (
        True, "dana", "titles follow HR"
    )  # fmt: skip
    said(guarded, "approve", "eve")
    assert [(one["act"], one["by"]) for one in guarded.call("configuration", "list").document][1:] == [
        ("publish configuration", "dana"),
        ("approve configuration", "eve"),
    ]


def test_a_mapping_counts_as_the_workspace_does(guarded: World):
    guarded.mapping["fields"]["title"] = {"value": "Lead"}
    guarded.save()
    refused = guarded.run(COMPANY)
    assert refused.code == 5
    assert "mappings/" in refused.error["message"]
    assert guarded.run(COMPANY, dry=True)["proposed"] == len(COMPANY)


def test_to_turn_four_eyes_off_takes_two_people_too(guarded: World):
    guarded.settings["four_eyes"] = False
    guarded.save()
    assert guarded.run(LEAD).code == 5
    said(guarded, "publish", "dana", "--reason", "we are one person now")
    assert said(guarded, "approve", "dana").code == 5
    assert said(guarded, "approve", "eve").code == 0
    assert guarded.run(LEAD)["pending"] == 1
    letting_through(guarded)
    assert guarded.run(LEAD).code == 0


def test_what_waits_is_not_approved_by_files_that_do_not_count(guarded: World):
    guarded.run(LEAD)
    guarded.settings["four_eyes"] = False
    guarded.save()
    assert guarded.approve().code == 5
    guarded.settings["four_eyes"] = True
    guarded.save()
    assert guarded.approve().code == 0


def test_a_comment_and_when_a_feed_runs_take_nobody(guarded: World):
    guarded.feed["schedule"] = "daily at 02:00"
    guarded.save()
    assert guarded.run(COMPANY).code == 0
    path = guarded.folder / "syncd.yaml"
    path.write_text("# as agreed\n" + path.read_text())
    assert guarded.call("run", "people").code == 0


def test_files_that_changed_again_are_published_again(guarded: World):
    letting_through(guarded)
    said(guarded, "publish", "dana", "--reason", "titles follow HR")
    guarded.feed["approve"] = [{"kind": "update"}]
    guarded.save()
    refused = said(guarded, "approve", "eve")
    assert refused.code == 5
    assert "syncd.yaml changed since dana published it" in refused.error["message"]
    said(guarded, "publish", "dana", "--reason", "all of it")
    assert said(guarded, "approve", "eve").code == 0


def test_what_was_taken_back_counts_again_and_nothing_is_left_to_approve(guarded: World):
    letting_through(guarded)
    said(guarded, "publish", "dana", "--reason", "titles follow HR")
    del guarded.feed["approve"]
    guarded.save()
    assert guarded.run(LEAD)["pending"] == 1
    assert said(guarded, "publish", "dana", "--reason", "again").code == 5


def test_where_nobody_asks_for_two_files_count_as_they_are(company: World):
    company.run(COMPANY)
    letting_through(company)
    assert company.run(LEAD)["applied"] == 1
    refused = said(company, "publish", "dana", "--reason", "titles follow HR")
    assert refused.code == 5
    assert "nothing to approve" in refused.error["message"]


def test_a_pay_period_is_not_calculated_by_files_that_do_not_count(sellers: World):
    sellers.settings["four_eyes"] = True
    sellers.save()
    assert calculate(sellers, "2026-01").code == 0
    sellers.settings["currency"] = "EUR"
    sellers.save()
    assert calculate(sellers, "2026-01").code == 5
