"""Who is who."""

from __future__ import annotations

import pytest

from tests.scenarios.people import COMPANY, crowd, someone, with_cells, without
from tests.scenarios.world import World


def test_e02_a_record_that_fits_nobody_is_an_add(company: World):
    """No candidate: an add, and nobody is asked."""
    said = company.run([*COMPANY, someone("02001")])
    assert (said["conflicts"], said["proposed"]) == (0, 1)
    add = company.one()
    assert (add["kind"], add["participant"], add["source_key"], add["hint"]) == ("add", None, "02001", None)


def test_an_add_like_somebody_who_is_here_says_so(company: World):
    """The same name and hire date: a hint, nothing more; the same name alone is none."""
    like, other = someone("02001", name="Person 01001"), someone("02002", name="Person 01002", hired="2026-01-01")
    company.run([*COMPANY, like, other])
    hints = {one["source_key"]: one["hint"] for one in company.pending()}
    assert hints == {"02001": {"possible": "duplicate", "participant": "P1"}, "02002": None}


def test_an_add_like_somebody_who_has_left_says_so(company: World):
    company.run(with_cells(COMPANY, "01001", left="2025-12-31"))
    company.approve()
    company.run([*without(COMPANY, "01001"), someone("02001", name="Person 01001")])
    assert company.one()["hint"] == {"possible": "rehire", "participant": "P1"}


def test_an_add_that_comes_back_is_hinted_too(company: World):
    """Rejected first and forgotten: the record is known by then, and the hint is still given."""
    company.run([*COMPANY, someone("02001", name="Person 01001")])
    company.reject()
    company.call("forget", "J1", "--reason", "look again")
    company.run()
    assert company.one()["hint"] == {"possible": "duplicate", "participant": "P1"}


def test_e14_two_rows_with_one_id_and_other_content_are_both_set_aside(company: World):
    """The participant stays as it is and is not terminated; the other rows proceed."""
    twin = someone("01001", title="Lead")
    said = company.run([*with_cells(COMPANY, "01002", title="Lead"), twin])
    assert (said.code, said["read"], said["errors"], said["absent"], said["pending"]) == (1, 21, 2, 0, 1)
    assert [one["code"] for one in said["problems"]] == ["duplicate_key", "duplicate_key"]
    assert company.one()["employee_id"] == "01002"
    assert company.roster()["01001"]["title"] == "Rep"


@pytest.mark.parametrize("known", [True, False], ids=["one of them known", "both new"])
def test_e14_two_records_with_one_employee_id_are_both_set_aside(world: World, known: bool):
    """Where the key is something else: neither is taken for the other, nobody is added, linked or terminated."""
    world.mapping["key"] = "phone"
    world.save()
    people = [{**one, "phone": f"T{number}"} for number, one in enumerate(crowd(6))]
    world.begin(people if known else people[1:])
    said = world.run([*people, {**people[0], "phone": "T9", "name": "Another"}])
    assert (said.code, said["errors"], said["unchanged"], said["pending"], said["absent"]) == (1, 2, 5, 0, 0)
    assert {one["code"] for one in said["problems"]} == {"duplicate_id"}
    assert world.pending() == []
    assert len(world.roster()) == (6 if known else 5)
    assert world.run(people)["errors"] == 0
    assert world.call("quarantine").document == []


def test_equal_rows_count_once(company: World):
    """The same row twice: one counts, the other is excluded with a warning."""
    said = company.run([*COMPANY, COMPANY[0]])
    assert (said.code, said["read"], said["excluded"], said["unchanged"], said["proposed"]) == (0, 21, 1, 20, 0)
    assert [(one["severity"], one["code"]) for one in said["problems"]] == [("warning", "repeated_row")]


def test_e16_blank_never_matches_blank(world: World):
    """Several rows with a blank employee id: nobody is overwritten, and none is taken for another."""
    world.mapping["key"] = "email"
    world.save()
    people = [{**one, "id": ""} for one in crowd(3)]
    world.run(people)
    assert [one["kind"] for one in world.pending()] == ["add"] * 3
    assert world.approve().code == 0
    newcomer = {**someone("01009"), "id": ""}
    said = world.run([*people, newcomer])
    assert (said["unchanged"], said["pending"], said["conflicts"]) == (3, 1, 0)
    assert world.one()["kind"] == "add"


def test_e17_ids_that_lost_their_zeros_are_no_new_people(world: World):
    """Known ids `00123`; a re-saved file carries `123` for everybody: refused, and the message says why."""
    people = crowd(300, first=123)
    world.begin(people)
    said = world.run([{**one, "id": one["id"].lstrip("0")} for one in people])
    assert (said.code, said["outcome"], said["errors"]) == (4, "failed", 300)
    assert "without its leading zeros" in said["problems"][0]["message"]
    assert world.pending() == []
    assert len(world.roster()) == 300


def test_e17_a_few_ids_that_lost_their_zeros_end_nobody(company: World):
    """3 of 20: set aside, and whoever they are is not missing."""
    said = company.run([*({**one, "id": one["id"].lstrip("0")} for one in COMPANY[:3]), *COMPANY[3:]])
    assert (said.code, said["errors"], said["absent"], said["proposed"]) == (1, 3, 0, 0)
    assert {one["code"] for one in said["problems"]} == {"lost_zeros"}


def test_e40_one_who_vanishes_and_comes_back_was_never_gone(company: World):
    """Nothing was approved meanwhile: the termination is withdrawn, 0 proposals, one history."""
    company.run(without(COMPANY, "01001"))
    gone = company.one()
    assert (gone["kind"], gone["ending"]) == ("termination", "absence")
    said = company.on("2026-01-07").run(without(COMPANY, "01001"))
    assert (said["proposed"], company.one()["id"]) == (0, gone["id"])
    assert company.one()["effective"] == "2026-01-05"
    back = company.on("2026-01-08").run(COMPANY)
    assert (back["proposed"], back["unchanged"]) == (0, 20)
    assert [one["state"] for one in company.changes(kind="termination")] == ["withdrawn"]
    assert len(company.history("01001")) == 1


def test_a_record_under_a_new_key_is_linked_by_its_strong_id(company: World):
    """The source gives a known person another record key: a link is proposed, nobody is added."""
    company.mapping["key"] = "phone"
    company.save()
    said = company.run([{**one, "phone": f"+1 {one['id']}"} for one in COMPANY])
    assert (said["pending"], said["absent"]) == (20, 0)
    assert {one["kind"] for one in company.pending()} == {"link"}
    assert company.approve().code == 0
    assert company.run()["unchanged"] == 20


def test_an_email_of_somebody_with_another_id_matches_nobody(company: World):
    """A different strong id vetoes a match by e-mail: an add, not a change of the other person."""
    said = company.run([*COMPANY, someone("02001", email="p01001@example.com")])
    assert said["pending"] == 1
    assert company.one()["kind"] == "add"


def test_a_new_record_that_fits_two_people_is_a_question(world: World):
    """Two candidates by e-mail: a conflict that lists them, and no change to approve."""
    world.mapping["key"] = "phone"
    world.save()
    people = [someone("", phone=phone, email="shared@example.com") for phone in ("1", "2")]
    world.begin(people)
    said = world.run([*people, {**people[0], "phone": "3"}])
    assert (said["conflicts"], said["unchanged"], said["proposed"]) == (1, 2, 0)
    question = world.call("conflicts")[0]
    assert question["kind"] == "who"
    assert [one["participant"] for one in question["candidates"]] == ["P1", "P2"]
    assert {one["matched_by"] for one in question["candidates"]} == {"email"}
    world.run(people)
    assert world.call("conflicts").document == []


def test_i15_a_bad_optional_value_does_not_keep_the_others_back(company: World):
    """New e-mail invalid, title valid: title proposed, e-mail listed as an error, the old e-mail kept."""
    rows = with_cells(COMPANY, "01001", email="nobody at example", title="Lead")
    said = company.run(rows)
    assert (said.code, said["outcome"], said["errors"], said["pending"]) == (1, "completed_with_errors", 1, 0)
    problem = said["problems"][0]
    assert (problem["code"], problem["field"], problem["key"], problem["row"]) == ("pattern", "email", "01001", 2)
    change = company.one()
    assert change["fields"] == {"title": {"before": "Rep", "after": "Lead"}}
    assert company.approve(change).code == 0
    assert company.roster()["01001"]["email"] == "p01001@example.com"


def test_i15_a_row_with_a_bad_value_supersedes_what_it_said_before(company: World):
    """Lead waits; now Chief is sent beside a bad e-mail: one change of title waits, not two."""
    company.run(with_cells(COMPANY, "01001", title="Lead"))
    company.run(with_cells(COMPANY, "01001", title="Chief", email="nobody"))
    assert company.one()["fields"]["title"]["after"] == "Chief"


def test_a_row_that_cannot_be_used_withdraws_nothing(company: World):
    """Lead waits; the next read has a bad hire date in that row: it still waits."""
    company.run(with_cells(COMPANY, "01001", title="Lead"))
    company.run(with_cells(COMPANY, "01001", hired="soon"))
    assert company.one()["fields"]["title"]["after"] == "Lead"


def test_e09_a_linked_record_under_another_name_and_mail_is_still_the_same_person(company: World):
    """The key is the same: an update of the same participant, nobody is added."""
    said = company.run(with_cells(COMPANY, "01001", name="Zoe Other", email="zoe@example.com"))
    change = company.one()
    assert (said["pending"], change["kind"], sorted(change["fields"])) == (1, "update", ["email", "name"])
    assert change["participant"] is not None
