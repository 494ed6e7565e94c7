"""Whom a full read does not have is asked for, one by one, before anybody counts as missing (A16)."""

from __future__ import annotations

import pytest

from syncd.changes import asking
from tests.cursors.crm import Crm
from tests.scenarios.world import Answer


@pytest.fixture
def crm(crm: Crm) -> Crm:
    """Twenty people, read in full each time."""
    crm.feed["full"] = True
    crm.save()
    crm.crowds(100, 20)
    crm.begin_at(200)
    crm.on("2026-01-06")
    return crm


def lost(crm: Crm, *keys: str, **finds: str) -> Answer:
    """Let a full read be without these."""
    events = [one for one in crm.script["events"] if one.get("row", {}).get("id") not in keys]
    return crm.read(300, events=events, finds={key.removeprefix("k"): said for key, said in finds.items()})


def told(said: Answer) -> list[tuple[str, str]]:
    return [(one["code"], one["key"]) for one in said["problems"]]


def test_who_is_there_when_asked_for_is_not_missing(crm: Crm):
    said = lost(crm, "01001", "01002", k01001="found")
    assert (said["absent"], told(said)) == (1, [("found_again", "01001")])
    assert crm.one()["employee_id"] == "01002"


def test_a16_where_the_look_up_fails_they_are_unknown_and_not_gone(crm: Crm):
    said = lost(crm, "01001", k01001="TryLater")
    assert (said.code, said["absent"], told(said)) == (0, 0, [("look_up_failed", "01001")])
    assert crm.pending() == []


def test_an_ending_that_waits_is_let_go_when_they_are_found(crm: Crm):
    lost(crm, "01001")
    assert crm.one()["kind"] == "termination"
    lost(crm, "01001", k01001="found")
    assert crm.pending() == []


def test_too_many_are_not_asked_for(crm: Crm, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(asking, "AT_MOST", 1)
    said = lost(crm, "01001", "01002", k01001="found")
    assert (said["absent"], [one["code"] for one in said["problems"]]) == (2, ["not_asked_for"])


def test_a_source_that_cannot_be_asked_says_it_by_the_read(crm: Crm):
    events = [one for one in crm.script["events"] if one["row"]["id"] != "01001"]
    said = crm.read(300, events=events)
    assert (said["absent"], said["problems"]) == (1, [])
