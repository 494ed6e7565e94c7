"""Who is who, where only what is new is read: a record is looked at again once somebody said who it is."""

from __future__ import annotations

import pytest

from tests.cursors.crm import Crm, sums

DESK = "desk@example.com"


@pytest.fixture
def asked(crm: Crm) -> Crm:
    """Two people with one mailbox, and a third record that an increment brings: a question."""
    crm.mapping["fields"]["partner_id"] = {"from": "team", "pattern": "A.*"}
    del crm.mapping["fields"]["employee_id"], crm.mapping["fields"]["team"]
    crm.save()
    for key in ("1", "2"):
        crm.says(900, key, name="Desk", email=DESK, team=f"A{key}")
    crm.begin_at(1000)
    crm.says(1100, "3", name="Desk", email=DESK, team="")
    said = crm.read(1200)
    assert (said["read"], said["conflicts"]) == (1, 1)
    return crm


def answer(crm: Crm, *how: str) -> None:
    assert crm.call("answer", "Q1", *how, "--reason", "asked at the desk").code == 0


def test_a_question_stays_open_while_nothing_new_is_read(asked: Crm):
    """It is looked at again with every increment, so that what changes here can answer it."""
    said = asked.read(1300)
    assert (said["read"], said["conflicts"], sums(said)) == (1, 1, True)
    assert [one["id"] for one in asked.call("conflicts").document] == ["Q1"]


def test_e07_an_increment_answers_a_question(asked: Crm):
    """The record is sent again, with the id of the second: the question closes, a link is proposed."""
    asked.says(1250, "3", name="Desk", email=DESK, team="A2")
    said = asked.read(1300)
    assert (said["conflicts"], said["pending"], asked.call("conflicts").document) == (0, 1, [])
    assert (asked.one()["kind"], asked.one()["participant"]) == ("link", "P2")


def test_a_record_in_question_that_is_bad_is_still_in_question(asked: Crm):
    asked.says(1250, "3", name="Desk", email=DESK, team="", hired="soon")
    assert asked.read(1300)["errors"] == 1
    assert len(asked.call("conflicts").document) == 1


def test_an_answered_record_is_compared_by_the_next_increment_and_not_by_those_after(asked: Crm):
    """`--is`: what the record says of that person is proposed, though the source has nothing new."""
    answer(asked, "--is", "P2")
    said = asked.read(1300)
    assert (said["read"], said["conflicts"], said["pending"]) == (1, 0, 1)
    change = asked.one()
    assert (change["participant"], change["source_key"], change["fields"]["partner_id"]["after"]) == ("P2", "3", None)
    assert asked.read(1400)["read"] == 0


def test_somebody_new_is_added_by_the_next_increment(asked: Crm):
    answer(asked, "--new")
    assert (asked.read(1300)["pending"], asked.one()["kind"]) == (1, "add")
    asked.approve()
    assert asked.read(1400)["read"] == 0


def test_an_unlinked_record_is_asked_about_by_the_next_increment(asked: Crm):
    answer(asked, "--new")
    asked.read(1300)
    asked.approve()
    assert asked.call("unlink", "crm:1", "--reason", "not them").code == 0
    said = asked.read(1400)
    assert (said["read"], said["conflicts"]) == (1, 1)
    assert "it was said that this record is not P1" in asked.call("conflicts")[0]["question"]
    assert asked.call("forget", "X3", "--reason", "them after all").code == 0
    assert (asked.read(1500)["conflicts"], asked.one()["kind"]) == (0, "link")


def test_e19_an_approved_link_is_compared_by_the_next_increment(asked: Crm):
    """Somebody left and is hired again: the rehire is proposed without the source sending either record once more."""
    asked.says(1250, "2", name="Desk", email=DESK, team="A2", left="2025-12-31")
    asked.says(1260, "3", name="Desk", email=DESK, team="A2", hired="2026-01-05")
    asked.read(1300)
    assert sorted(one["kind"] for one in asked.pending()) == ["link", "termination"]
    assert asked.approve().code == 0
    said = asked.read(1400)
    assert (said["read"], said["unchanged"], asked.one()["kind"]) == (2, 1, "rehire")
    asked.approve()
    assert asked.read(1500)["read"] == 0


def test_the_old_record_of_somebody_hired_again_is_silent_when_it_is_deleted(asked: Crm):
    """E19 of a source that tells of deletions: two records of one person, the older one is deleted."""
    answer(asked, "--is", "P2")
    asked.says(1250, "3", name="Desk", email=DESK, team="A2")
    asked.read(1300)
    asked.deletes(1350, "2")
    said = asked.read(1400)
    assert (said["proposed"], asked.pending()) == (0, [])
    asked.deletes(1450, "3")
    asked.read(1500)
    assert (asked.one()["kind"], asked.one()["participant"]) == ("termination", "P2")


def test_of_two_records_that_go_on_an_increment_with_the_older_one_alone_says_nothing(asked: Crm):
    """E24: the other record is looked at beside it, though the source did not send it again."""
    answer(asked, "--is", "P2")
    asked.read(1300)
    asked.approve()
    assert asked.read(1350)["read"] == 0
    asked.says(1360, "2", name="Other", email=DESK, team="A2")
    said = asked.read(1400)
    assert (said["read"], said["excluded"], said["unchanged"], asked.pending()) == (2, 1, 1, [])
    assert [one["code"] for one in said["problems"]] == ["several_records"]
    asked.deletes(1450, "3")
    asked.read(1500)
    assert (asked.one()["source_key"], asked.one()["fields"]["name"]["after"]) == ("2", "Other")


def test_a_record_becomes_one_person_though_two_links_wait(crm: Crm):
    """It fits one person today and another tomorrow, and increments bring neither: the first approved."""
    del crm.mapping["fields"]["employee_id"]
    crm.save()
    crm.says(900, "1", email=DESK)
    crm.says(900, "2", email="own@example.com")
    crm.begin_at(1000)
    crm.says(1100, "3", email=DESK)
    crm.read(1200)
    crm.says(1250, "3", email="own@example.com")
    crm.read(1300)
    assert [(one["kind"], one["participant"]) for one in crm.pending()] == [("link", "P1"), ("link", "P2")]
    said = crm.approve()
    assert (said.code, len(said["decided"]), said["refused"][0]["reason"]) == (5, 1, "crm:3 is P1 by now")
    assert crm.call("audit", "verify").code == 0
