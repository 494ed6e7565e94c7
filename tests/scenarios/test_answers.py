"""Who is who, answered by a person: `answer`, and what the next run makes of it."""

from __future__ import annotations

import pytest

from tests.scenarios.people import someone
from tests.scenarios.world import Answer, Document, Row, World

#: Two people who share a mailbox and have no other id; the records are told apart by their phone.
ANN = someone("", phone="1", name="Ann", email="desk@example.com")
BOB = someone("", phone="2", name="Bob", email="desk@example.com", hired="2025-02-01")
#: A third record with the same mailbox: whose it is, only a person knows.
ASKING = someone("", phone="3", name="A. Desk", email="desk@example.com", hired="2025-03-01")


@pytest.fixture
def asked(world: World) -> World:
    """Ann is P1 and Bob P2; the newest read has a third record, and asks who it is."""
    world.mapping["key"] = "phone"
    world.save()
    world.begin([ANN, BOB])
    said = world.run([ANN, BOB, ASKING])
    assert (said["conflicts"], said["proposed"]) == (1, 0)
    return world


def say(world: World, *answer: str, question: str = "Q1", reason: str = "asked at the desk", **options: str) -> Answer:
    """Answer a question, with a reason."""
    user = ("--as", options["as_"]) if "as_" in options else ()
    return world.call("answer", question, *answer, "--reason", reason, *user)


def links(world: World, *key: str) -> dict[str, str]:
    """Whose each record is now."""
    return {one["link"]: one["participant"] for one in world.call("links", *key).document if one["ended"] is None}


def linked(world: World, name: str) -> list[Document]:
    """Every link that a record ever had, the oldest first."""
    return [one for one in world.call("links").document if one["link"] == name]


def whole(world: World) -> bool:
    """Whether all that was said fits the audit."""
    said = world.call("audit", "verify")
    return bool(said.code == 0 and said["whole"] and not said["unproved_acts"])


# --- it is somebody


def test_a_question_shows_what_the_record_says_and_whom_it_fits(asked: World):
    question = asked.call("conflicts")[0]
    assert (question["id"], question["kind"], question["state"], question["source_key"]) == ("Q1", "who", "open", "3")
    assert question["record"] == {"name": "A. Desk", "email": "desk@example.com", "hire_date": "2025-03-01"}
    assert [(one["participant"], one["name"]) for one in question["candidates"]] == [("P1", "Ann"), ("P2", "Bob")]
    assert question["values"] == []


def test_a_record_that_is_somebody_is_linked_at_once_and_compared_by_the_next_run(asked: World):
    said = say(asked, "--is", "P2", as_="dana")
    assert (said.code, said["answer"], said["participant"], said["link"]) == (0, "is", "P2", "hr:3")
    assert asked.call("conflicts").document == []
    (link,) = linked(asked, "hr:3")
    assert (link["participant"], link["by"], link["why"], link["ended"]) == ("P2", "dana", "asked at the desk", None)
    (closed,) = asked.call("conflicts", "--all").document
    assert (closed["state"], closed["answer"], closed["by"]) == ("answered", "is P2", "dana")
    run = asked.run([ANN, BOB, {**ASKING, "name": "Bob", "hired": BOB["hired"], "title": "Lead"}])
    assert (run["conflicts"], run["pending"], run["unchanged"]) == (0, 1, 2)
    change = asked.one()
    assert (change["kind"], change["participant"], change["fields"]["title"]["after"]) == ("update", "P2", "Lead")
    assert whole(asked)


@pytest.mark.parametrize("key", ["P1", "hr:1"])
def test_the_person_is_named_like_anywhere(asked: World, key: str):
    assert say(asked, "--is", key)["participant"] == "P1"


def test_somebody_who_is_named_by_a_key_of_two_is_no_answer(asked: World):
    said = say(asked, "--is", "desk@example.com")
    assert (said.code, "several people" in said.error["message"]) == (2, True)
    assert len(asked.call("conflicts").document) == 1


def test_of_a_source_with_one_record_each_a_second_one_is_refused(asked: World):
    """Two of its records never are one person: it may be Cid, who has none there."""
    asked.settings["sources"]["hr"]["people"] = "one_record"
    asked.save()
    said = say(asked, "--is", "P1")
    assert (said.code, "hr:1" in said.error["message"], "one_record" in said.error["message"]) == (5, True, True)
    cid = asked.call("add", "name=Cid", "vendor_id=V1", "--from", "2025-01-01", "--reason", "an agent")
    asked.approve(cid["id"])
    assert say(asked, "--is", "V1").code == 0


# --- it is somebody new


def test_a_record_that_is_somebody_new_is_proposed_as_an_add_and_never_asked_again(asked: World):
    said = say(asked, "--new")
    assert (said.code, said["participant"], said["link"], said["apart"]) == (0, "P3", "hr:3", ["X1", "X2"])
    run = asked.run()
    assert (run["conflicts"], run["pending"], run["proposed"]) == (0, 1, 1)
    add = asked.one()
    assert (add["kind"], add["name"], add["source_key"], add["hint"]) == ("add", "A. Desk", "3", None)
    assert asked.approve().code == 0
    assert asked.run()["unchanged"] == 3
    assert links(asked) == {"hr:1": "P1", "hr:2": "P2", "hr:3": "P3"}
    assert whole(asked)


def test_an_add_is_no_possible_duplicate_of_whom_it_is_said_not_to_be(asked: World):
    """The same name and hire date as Ann: a hint, were it not said that they are two."""
    twin = {**ASKING, "name": "Ann", "hired": ANN["hired"]}
    asked.run([ANN, BOB, twin])
    say(asked, "--new")
    asked.run()
    assert (asked.one()["kind"], asked.one()["hint"]) == ("add", None)


def test_f19_x_is_not_y_is_not_asked_again_the_other_way_round(asked: World):
    """Ann's record gets a new key, and the old one is sent again: it may be Ann or Bob, who share the mailbox.

    The third one, which was said not to be Ann, shares it too: nobody is asked whether Ann's old record is theirs.
    """
    say(asked, "--new")
    asked.run()
    asked.approve()
    asked.mapping["fields"]["partner_id"] = "id"
    asked.save()
    named = {**ANN, "id": "A"}
    asked.run([named, {**BOB, "id": "B"}, {**ASKING, "id": "C"}])
    asked.approve()
    asked.run([{**named, "phone": "9"}, {**BOB, "id": "B"}, {**ASKING, "id": "C"}])
    assert asked.one()["kind"] == "link"
    asked.approve()
    assert links(asked)["hr:9"] == "P1"
    said = asked.run([{**named, "phone": "9"}, {**BOB, "id": "B"}, {**ASKING, "id": "C"}, ANN])
    (question,) = asked.call("conflicts").document
    assert (said["conflicts"], [one["participant"] for one in question["candidates"]]) == (1, ["P1", "P2"])


# --- it is nobody who earns


def test_e05_a_record_that_is_no_participant_stays_silent(asked: World):
    """Answered `--never`: no add, and an identical import says nothing, however often."""
    said = say(asked, "--never", reason="the fax machine", as_="dana")
    assert (said.code, said["answer"], said["participant"]) == (0, "never", "P3")
    for day in ("2026-01-06", "2026-01-07"):
        run = asked.on(day).run()
        assert (run["conflicts"], run["pending"], run["proposed"], run["suppressed"]) == (0, 0, 0, 1)
    assert asked.pending() == []
    (rejection,) = asked.call("rejections").document
    told = {name: rejection[name] for name in ("id", "participant", "kind", "scope", "by", "reason", "suppressed")}
    assert told == {
        "id": "J1", "participant": "P3", "kind": "add", "scope": "good", "by": "dana", "reason": "the fax machine",
        "suppressed": 1,
    }  # fmt: skip
    assert whole(asked)


def test_e05_not_even_other_values_bring_it_back(asked: World):
    say(asked, "--never")
    asked.run()
    said = asked.run([ANN, BOB, {**ASKING, "hired": "2026-01-01", "title": "Chief", "email": "own@example.com"}])
    assert (said["conflicts"], said["pending"], said["suppressed"]) == (0, 0, 1)


def test_a_forgotten_never_is_asked_as_an_add(asked: World):
    say(asked, "--never", reason="a mistake")
    assert asked.call("forget", "J1", "--reason", "one of ours").code == 0
    run = asked.run()
    assert (run["conflicts"], run["pending"]) == (0, 1)
    assert (asked.one()["kind"], asked.one()["earlier"]["reason"]) == ("add", "a mistake")
    assert whole(asked)


# --- answered twice, or wrongly


@pytest.mark.parametrize("answer", [("--is", "P1"), ("--new",), ("--never",)], ids=["is", "new", "never"])
def test_the_same_answer_twice_has_one_effect(asked: World, answer: tuple[str, ...]):
    first = say(asked, *answer)
    kept = asked.kept()
    again = say(asked, *answer, reason="a second click")
    assert (again.code, again["participant"]) == (0, first["participant"])
    assert (first["already"], again["already"]) == (False, True)
    assert asked.kept() == kept


def test_another_answer_is_refused_and_says_what_was_answered(asked: World):
    say(asked, "--is", "P1", reason="the desk said so", as_="dana")
    for other in (("--is", "P2"), ("--new",), ("--never",)):
        said = say(asked, *other)
        assert said.code == 5
        assert "answered by dana: hr:3 is P1 (the desk said so)" in said.error["message"]
        assert "link hr:3 KEY" in said.error["message"]
    assert links(asked)["hr:3"] == "P1"


def test_a_question_that_is_closed_or_unknown_says_so(asked: World):
    asked.run([ANN, BOB])
    said = say(asked, "--is", "P1")
    assert (said.code, "closed" in said.error["message"]) == (5, True)
    said = say(asked, "--is", "P1", question="Q7")
    assert (said.code, "no question Q7" in said.error["message"]) == (5, True)


def test_what_is_no_answer_is_a_mistake(asked: World):
    for wrong in ((), ("--new", "--never"), ("--is", "P1", "--new"), ("--is", "nobody")):
        assert say(asked, *wrong).code == 2
    assert asked.call("answer", "Q1", "--new").code == 2
    assert asked.call("answer", "C1", "--new", "--reason", "x").code == 2
    assert len(asked.call("conflicts").document) == 1


def test_a_question_about_a_value_is_not_answered_by_naming_somebody(company: World):
    """`--is`, `--new` and `--never` say who somebody is; which last day is right is put right in the source."""
    rows: list[Row] = [someone("01001", left="2024-06-30"), *(someone(f"010{n:02}") for n in range(2, 21))]
    company.run(rows)
    question = company.call("conflicts")[0]
    assert question["kind"] == "value"
    said = say(company, "--new", question=question["id"])
    assert (said.code, "does not ask who" in said.error["message"]) == (2, True)


# --- a question that answers itself


def test_e07_an_id_that_makes_one_of_them_certain_closes_the_question(asked: World):
    """Bob gets an id, and then the record has it too: a link is proposed, and nothing is asked any more."""
    asked.run([ANN, {**BOB, "id": "00002"}, ASKING])
    asked.approve(asked.one(kind="update"))
    said = asked.run([ANN, {**BOB, "id": "00002", "left": "2026-01-02"}, {**ASKING, "id": "00002"}])
    assert said["conflicts"] == 0
    assert asked.call("conflicts").document == []
    link = asked.one(kind="link")
    assert (link["participant"], link["source_key"]) == ("P2", "3")
    assert asked.call("conflicts", "--all")[0]["state"] == "closed"


def test_e07_a_fix_of_the_other_person_closes_it_too(asked: World):
    """Ann gets a mailbox of her own: only Bob is left."""
    rows = [{**ANN, "email": "ann@example.com"}, BOB, ASKING]
    asked.run(rows)
    asked.approve(asked.one(kind="update"))
    said = asked.run(rows)
    assert (said["conflicts"], asked.call("conflicts").document) == (0, [])
    assert asked.one()["participant"] == "P2"


def test_a_row_that_cannot_be_used_answers_nothing(asked: World):
    """The record is sent with a hire date that is none: the question stays open."""
    asked.run([ANN, BOB, {**ASKING, "hired": "soon"}])
    assert [one["id"] for one in asked.call("conflicts").document] == ["Q1"]


def test_another_name_of_the_record_is_the_same_question(asked: World):
    asked.run([ANN, BOB, {**ASKING, "name": "Front Desk"}])
    assert [one["id"] for one in asked.call("conflicts").document] == ["Q1"]
