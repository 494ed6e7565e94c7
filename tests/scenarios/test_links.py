"""Links made and ended by hand: at once, audited, and remembered."""

from __future__ import annotations

import getpass

import pytest

from tests.scenarios.people import COMPANY, someone, with_cells, without
from tests.scenarios.test_answers import linked, links, whole
from tests.scenarios.world import Answer, World

NEWCOMER = someone("02001")


def link(world: World, record: str, key: str, reason: str = "seen the badge", **options: str) -> Answer:
    """Let a record be somebody, with a reason."""
    return world.call("link", record, key, "--reason", reason, *(("--as", options["as_"]) if options else ()))


def unlink(world: World, record: str, reason: str = "somebody else", **options: str) -> Answer:
    """Let a record be nobody's, with a reason."""
    return world.call("unlink", record, "--reason", reason, *(("--as", options["as_"]) if options else ()))


@pytest.fixture
def phoned(world: World) -> World:
    """Three people whose records are told apart by phone, and who have an id each."""
    world.mapping["key"] = "phone"
    world.save()
    world.begin(PHONED)
    return world


PHONED = [someone(f"0100{n}", phone=f"T{n}") for n in (1, 2, 3)]


# --- link


def test_links_say_who_made_them_when_and_why(company: World):
    link(company, "hr:77777", "01001", "has two badges", as_="dana")
    seen, made = linked(company, "hr:01001")[0], linked(company, "hr:77777")[0]
    assert (seen["by"], seen["why"]) == ("first seen", None)
    assert (made["participant"], made["by"], made["why"]) == ("P1", "dana", "has two badges")
    assert made["since_at"] > seen["since_at"]
    unlink(company, "hr:77777", "a lost badge", as_="omar")
    (ended,) = linked(company, "hr:77777")
    assert (ended["ended_by"], ended["ended_why"]) == ("omar", "a lost badge")
    assert ended["ended"] > ended["since"]
    assert whole(company)


def test_an_approved_link_says_who_approved_it(phoned: World):
    phoned.run([*PHONED[:2], {**PHONED[2], "phone": "T9"}])
    change = phoned.one()
    phoned.approve(change, as_="dana")
    before, now = linked(phoned, "hr:T3")[0], linked(phoned, "hr:T9")[0]
    assert (now["by"], now["why"]) == ("dana", f"approved as {change['id']}")
    assert (before["ended_by"], before["ended_why"]) == ("dana", "another record of theirs took its place")
    assert whole(phoned)


def test_a_record_that_is_linked_by_hand_is_compared_with_that_person(company: World):
    """A pending add is no longer asked at once; the next run proposes what differs of the one it is."""
    company.run([*COMPANY, NEWCOMER])
    add = company.one()
    said = link(company, "hr:02001", "01001", "the same woman")
    assert (said.code, said["participant"], said["moved_from"], said["withdrawn"]) == (0, "P1", "P21", [add["id"]])
    assert (company.pending(), company.one("withdrawn")["id"]) == ([], add["id"])
    assert company.approve(add["id"]).code == 5
    company.run()
    change = company.one()
    assert (change["participant"], change["source_key"]) == ("P1", "02001")
    assert change["fields"]["employee_id"] == {"before": "01001", "after": "02001"}
    assert whole(company)


def test_an_id_of_somebody_who_was_only_that_record_is_free_again(company: World):
    """P21 was known from that record alone: its id is that of P1 from now on."""
    company.run([*without(COMPANY, "01001"), NEWCOMER])
    link(company, "hr:02001", "01001")
    company.run()
    assert company.approve().code == 0
    assert company.roster()["02001"]["name"] == "Person 02001"
    assert {one["participant"] for one in company.call("participants", "--history", "02001").document} == {"P1"}


def test_a_no_to_somebody_who_turns_out_to_be_another_ends(company: World):
    """An add was rejected; the record is Ann's: nobody is left whom the no is about."""
    company.run([*COMPANY, NEWCOMER])
    company.reject()
    assert link(company, "hr:02001", "01001").code == 0
    assert company.call("rejections").document == []
    assert company.run()["suppressed"] == 0
    assert whole(company)


def test_a_record_of_somebody_else_is_moved_and_that_is_said(company: World):
    said = link(company, "hr:01002", "01001")
    assert (said.code, said["moved_from"], said["beside"]) == (0, "P2", ["hr:01001"])
    ended, now = linked(company, "hr:01002")
    assert (ended["participant"], now["participant"], now["ended"]) == ("P2", "P1", None)
    assert ended["ended"] == now["since"]
    assert link(company, "hr:01002", "P2")["moved_from"] == "P1"
    assert company.run(COMPANY)["unchanged"] == 20
    assert whole(company)


def test_the_same_link_twice_has_one_effect(company: World):
    link(company, "hr:77777", "01001")
    kept = company.kept()
    again = link(company, "hr:77777", "01001", "once more")
    assert (again.code, again["already"]) == (0, True)
    assert company.kept() == kept


@pytest.mark.parametrize(
    ("record", "key", "code", "told"),
    [
        ("01001", "01001", 2, "as in hr:00282"),
        ("hr:", "01001", 2, "as in hr:00282"),
        ("crm:5", "01001", 2, "no source 'crm'"),
        ("hr:5", "nobody", 2, "nobody is known"),
    ],
)
def test_a_link_that_names_nothing_is_a_mistake(company: World, record: str, key: str, code: int, told: str):
    said = link(company, record, key)
    assert (said.code, told in said.error["message"]) == (code, True)
    assert company.call("link", "hr:5", "01001").code == 2
    assert len(company.call("links").document) == 20


def test_two_records_of_a_source_with_one_each_are_never_one_person(company: World):
    """`people: one_record`: refused, with what to do; nothing is written."""
    company.settings["sources"]["hr"]["people"] = "one_record"
    company.save()
    said = link(company, "hr:01002", "01001")
    assert (said.code, "unlink hr:01001" in said.error["message"]) == (5, True)
    assert links(company)["hr:01002"] == "P2"


def test_of_a_source_with_one_record_each_a_shared_mailbox_names_nobody(world: World):
    """Both records are there, so they are two people; without `one_record` the second is proposed to be the first."""
    rows = [someone("", phone="1"), {**someone("", phone="2"), "name": "Somebody Else"}]
    world.mapping["key"] = "phone"
    world.save()
    world.begin(rows[:1])
    assert (world.run(rows)["pending"], world.one()["kind"]) == (1, "link")
    world.settings["sources"]["hr"]["people"] = "one_record"
    world.save()
    assert (world.run(rows)["pending"], world.one()["kind"]) == (1, "add")
    assert world.run([{**rows[0], "phone": "3"}, rows[1]])["pending"] == 2
    assert world.one(kind="link")["participant"] == "P1"


def test_whoever_has_a_record_left_is_not_missing(phoned: World):
    """Two records of one person: one of them vanishes, then both."""
    link(phoned, "hr:T9", "01001")
    second = {**PHONED[0], "phone": "T9"}
    assert phoned.run([*PHONED, second])["unchanged"] == 4
    assert (phoned.run([*PHONED[1:], second])["absent"], phoned.pending()) == (0, [])
    assert phoned.run(PHONED[1:])["absent"] == 1
    assert (phoned.one()["kind"], phoned.one()["source_key"]) == ("termination", "T9")


# --- unlink


def test_a_record_that_is_not_them_is_not_taken_for_them_again_by_e_mail(company: World):
    """It has no id of theirs, so it is somebody new from then on."""
    company.mapping["key"] = "phone"
    company.save()
    rows = [{**one, "phone": f"T{one['id']}"} for one in COMPANY]
    company.run(rows)
    company.approve()
    double = {**someone("", phone="T99"), "email": rows[0]["email"]}
    company.run([*rows, double])
    assert company.one()["kind"] == "link"
    company.approve()
    said = unlink(company, "hr:T99")
    assert (said.code, said["participant"], said["apart"]) == (0, "P1", ["X1"])
    run = company.run([*rows, double])
    assert (run["conflicts"], [one["kind"] for one in company.pending() if one["source_key"] == "T99"]) == (0, ["add"])
    assert whole(company)


def test_a_record_with_their_id_that_is_not_them_is_asked_about(phoned: World):
    """An id names one person for certain, and somebody said that it is not them: who is it?"""
    unlink(phoned, "hr:T1", "the badge was given on", as_="dana")
    run = phoned.run(PHONED)
    assert (run["conflicts"], run["proposed"], run["absent"]) == (1, 0, 0)
    question = phoned.call("conflicts")[0]
    assert "employee_id 01001 is that of P1, and it was said that this record is not P1" in question["question"]
    assert [one["participant"] for one in question["candidates"]] == ["P1"]
    assert phoned.call("answer", question["id"], "--is", "P1", "--reason", "it was them after all").code == 0
    assert phoned.call("links", "--apart").document == []
    assert phoned.run()["unchanged"] == 3
    assert whole(phoned)


def test_a_new_person_with_the_id_of_another_is_added_once_that_is_put_right(phoned: World):
    """`--new`: the add is proposed, and refused as long as the id is somebody else's."""
    unlink(phoned, "hr:T1")
    phoned.run(PHONED)
    phoned.call("answer", "Q1", "--new", "--reason", "the badge was given on")
    phoned.run()
    refused = phoned.approve()
    assert (refused.code, "this employee_id belongs to P1" in refused["refused"][0]["reason"]) == (5, True)
    phoned.set("P1", "employee_id=00991", start=str(phoned.today))
    assert phoned.approve(phoned.one(kind="add")).code == 0
    assert phoned.roster()["01001"]["name"] == "Person 01001"
    assert phoned.run()["proposed"] == 0


def test_who_is_not_whom_is_listed_and_can_be_forgotten(phoned: World):
    unlink(phoned, "hr:T1", "the badge was given on", as_="dana")
    (apart,) = phoned.call("links", "--apart").document
    told = {name: apart[name] for name in ("id", "link", "participant", "by", "why", "ended")}
    assert told == {
        "id": "X1", "link": "hr:T1", "participant": "P1", "by": "dana", "why": "the badge was given on", "ended": None,
    }  # fmt: skip
    assert phoned.call("links", "P2", "--apart").document == []
    assert phoned.call("forget", "X1").code == 2
    assert phoned.call("forget", "X1", "--reason", "misread").code == 0
    assert phoned.call("forget", "X1", "--reason", "twice").code == 5
    assert phoned.call("links", "--apart").document == []
    (ended,) = phoned.call("links", "--apart", "--all").document
    assert (ended["ended_why"], ended["ended_by"]) == ("misread", getpass.getuser())
    assert (phoned.run(PHONED)["conflicts"], phoned.one()["kind"]) == (0, "link")
    assert whole(phoned)


def test_a_link_ends_what_was_said_against_it(phoned: World):
    unlink(phoned, "hr:T1")
    said = link(phoned, "hr:T1", "01001")
    assert (said.code, said["apart"]) == (0, ["X1"])
    assert phoned.call("links", "--apart").document == []
    assert phoned.run(PHONED)["unchanged"] == 3
    assert whole(phoned)


def test_what_a_record_asked_of_somebody_it_is_not_is_withdrawn(company: World):
    company.run(with_cells(COMPANY, "01001", title="Lead"))
    change = company.one()
    said = unlink(company, "hr:01001")
    assert said["withdrawn"] == [change["id"]]
    assert company.one("withdrawn")["id"] == change["id"]


def test_an_unlink_of_what_is_nobodys_says_so(company: World):
    said = unlink(company, "hr:99999")
    assert (said.code, "hr:99999 is nobody's" in said.error["message"]) == (2, True)
    unlink(company, "hr:01001")
    kept = company.kept()
    again = unlink(company, "hr:01001", "once more")
    assert (again.code, again["already"], again["participant"]) == (0, True, "P1")
    assert company.kept() == kept
    assert company.call("unlink", "hr:01002").code == 2


def test_a_person_known_from_one_record_alone_is_not_told_from_it(company: World):
    """Somebody proposed and not added yet is nothing but that record: refused, with what to do."""
    company.run([*COMPANY, NEWCOMER])
    said = unlink(company, "hr:02001")
    assert (said.code, "`reject` the add of P21" in said.error["message"]) == (5, True)
    assert links(company)["hr:02001"] == "P21"


def test_each_act_is_in_the_audit_with_who_and_why(phoned: World):
    link(phoned, "hr:T9", "01001", "a second phone", as_="dana")
    unlink(phoned, "hr:T9", "sold it", as_="dana")
    phoned.call("forget", "X1", "--reason", "bought it back", "--as", "omar")
    acts = [(one["act"], one["about"], one["for"], one["reason"]) for one in phoned.call("audit").document[-3:]]
    assert acts == [
        ("link", "link hr:T9", "dana", "a second phone"),
        ("unlink", "link hr:T9", "dana", "sold it"),
        ("forget", "X1", "omar", "bought it back"),
    ]
