"""Several posts of one person: each has its own history; who they are follows the primary one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import syncd.world
from syncd.changes import remembering
from tests.scenarios.people import Row, someone
from tests.scenarios.posts import A007, G007, OTHERS, asked, begin, crowd, held, posts, send, tell, with_posts
from tests.scenarios.world import World

TURNED = pytest.mark.parametrize("turned", [False, True], ids=["as sent", "turned"])


@pytest.fixture
def company(world: World) -> World:
    """Three people, of whom the first has two contracts."""
    return begin(world, A007, G007, *OTHERS)


def flagged(row: Row, main: str, **cells: str) -> Row:
    """A row that says that its post is the primary one, or is not."""
    return {**row, "main": main, **cells}


@TURNED
def test_two_rows_of_one_key_are_two_posts_of_one_person(world: World, turned: bool):
    with_posts(world)
    said = tell(world, A007, G007, *OTHERS, turned=turned)
    assert (said.code, said["read"], said["pending"], said["problems"]) == (0, 4, 4, [])
    first = [(one["kind"], one["participant"], one["engagement"]) for one in world.pending()]
    assert first == [("add", None, "A007"), ("add", None, "G007"), ("add", None, "X"), ("add", None, "X")]
    world.approve()
    assert {name: one["team"] for name, one in posts(world).items()} == {"A007": "East", "G007": "West"}
    assert [one["link"] for one in world.call("links", "P1").document] == ["hr:01001"]
    assert len(world.call("links").document) == 3
    for again in (turned, not turned):
        said = tell(world, A007, G007, *OTHERS, turned=again)
        assert (said["unchanged"], said["proposed"], asked(world)) == (4, 0, [])


def test_one_post_sent_twice_is_a_problem_of_that_post_alone(company: World):
    """The key stands twice with A007, and says two things; G007 is as it was, and nobody ends."""
    said = tell(company, A007, {**A007, "title": "Lead"}, {**G007, "title": "Lead"}, *OTHERS)
    assert [(one["code"], one["key"]) for one in said["problems"]] == [("duplicate_key", "01001")] * 2
    assert asked(company) == [("update", "G007", str(company.today))]


@TURNED
def test_a_further_post_of_somebody_employed_is_added_and_is_no_rehire(world: World, turned: bool):
    begin(world, A007, *OTHERS)
    world.feed["limits"] = {"adding": 0}
    world.save()
    assert tell(world, A007, G007, *OTHERS, turned=turned)["outcome"] == "completed"
    change = world.one()
    assert (change["kind"], change["participant"], change["engagement"]) == ("add", "P1", "G007")
    assert change["hint"] is None
    assert [one["participant"] for one in world.changes(participant="P1")][-1] == "P1"
    world.approve()
    assert posts(world).keys() == {"A007", "G007"}
    assert len(world.call("links").document) == 3


def test_each_post_has_a_history_of_its_own(company: World):
    company.on("2026-01-10")
    tell(company, {**A007, "title": "Lead"}, {**G007, "team": "South"}, *OTHERS)
    assert sorted(asked(company)) == [("move", "G007", "2026-01-10"), ("update", "A007", "2026-01-10")]
    company.approve()
    found = company.call("participants", "--history", "01001").document
    told = [
        (one["engagement"], one["valid_from"], one["attributes"]["title"], one["attributes"]["team"]) for one in found
    ]
    assert told == [
        ("A007", "2025-01-01", "Rep", "East"),
        ("A007", "2026-01-10", "Lead", "East"),
        ("G007", "2025-01-01", "Rep", "West"),
        ("G007", "2026-01-10", "Rep", "South"),
    ]
    assert company.call("audit", "verify").code == 0


# --- E28: a post ends


@TURNED
@pytest.mark.parametrize("how", ["stated", "absent", "out of scope"])
def test_e28_a_contract_that_ends_while_another_goes_on_ends_that_post_alone(world: World, how: str, turned: bool):
    """Not even a limit of no ending at all is touched; the participant stays active."""
    world.mapping["where"] = "title != 'Out'"
    begin(world, A007, G007, *OTHERS)
    world.feed["limits"] = {"ending": 0}
    world.save()
    ended = {"stated": [{**A007, "left": "2026-01-04"}], "absent": [], "out of scope": [{**A007, "title": "Out"}]}[how]
    said = tell(world, *ended, G007, *OTHERS, turned=turned)
    assert (said["outcome"], said["hold"], said["absent"]) == ("completed", None, 0)
    assert asked(world) == [("termination", "A007", str(world.today))]
    world.approve()
    assert posts(world).keys() == {"G007"}
    for _ in range(2):
        assert tell(world, *ended, G007, *OTHERS, turned=turned)["proposed"] == 0
    assert asked(world) == []


def test_e28_the_last_post_that_ends_is_the_end_of_the_employment(company: World):
    """A007 has ended, which touched no limit; G007 ends: that is a person, though A007 ended before."""
    tell(company, {**A007, "left": "2026-01-04"}, G007, *OTHERS)
    company.approve()
    company.feed["limits"] = {"ending": 0}
    company.save()
    said = tell(company, {**A007, "left": "2026-01-04"}, {**G007, "left": "2026-03-31"}, *OTHERS)
    assert (said["outcome"], held(said)) == ("held", ["P1"])


def test_e28_a_post_that_ends_beside_one_that_begins_counts_as_an_ending(company: World):
    """Contracts that are numbered anew are no reason to let everybody's history end unseen."""
    company.feed["limits"] = {"ending": 1}
    company.save()
    renamed = [{**one, "post": "Y"} for one in OTHERS]
    assert held(tell(company, A007, G007, *renamed)) == ["P2", "P3"]


def test_b09_a_hold_counts_people_and_not_posts(world: World):
    """100 linked; one loses both posts, 20 others vanish: held, of 21 people and 22 endings."""
    people = crowd(99, A007, G007)
    begin(world, *people)
    said = tell(world, *people[22:])
    assert (said["outcome"], said["absent"], len(held(said))) == ("held", 21, 21)
    assert "21 of 100" in said["hold"]["reason"]
    assert len(world.changes("held")) == 22
    said = tell(world, A007, *people[22:])
    assert (said["outcome"], said["absent"], len(world.pending())) == ("completed", 20, 21)


def test_what_ended_before_counts_as_a_person_who_still_has_a_post(company: World, monkeypatch: pytest.MonkeyPatch):
    """`within`: A007 ended this week and P1 goes on, so P2 is the first of the week."""
    clock = datetime.now(UTC)
    monkeypatch.setattr(syncd.world, "clock", lambda: clock)
    company.feed["limits"] = {"ending": 1, "within": "7 days"}
    company.save()
    tell(company, G007, *OTHERS)
    company.approve()
    clock += timedelta(hours=1)
    assert tell(company, G007, OTHERS[0])["outcome"] == "completed"
    company.approve()
    assert held(tell(company, OTHERS[0])) == ["P1"]


def test_a_post_whose_row_is_bad_is_there(company: World):
    """Nobody can say which post it is: none of the person's is missing."""
    company.mapping["engagement"] = {"from": "post", "pattern": "[A-Z0-9]+"}
    company.save()
    said = tell(company, {**A007, "post": "a 7"}, G007, *OTHERS)
    assert (said["errors"], asked(company)) == (1, [])


def test_posts_of_a_protected_key_are_never_missing(company: World):
    company.feed["protected"] = ["01001"]
    company.save()
    assert (tell(company, G007, *OTHERS)["proposed"], asked(company)) == (0, [])


# --- E29, E30: which one is the primary one


@TURNED
def test_e29_who_somebody_is_follows_the_primary_post(company: World, turned: bool):
    """The flag moves from A007 to G007: both remain, and P1 is known by the e-mail of G007."""
    assert company.call("participants", "--history", "a@example.com").code == 0
    tell(company, flagged(A007, "no"), flagged(G007, "yes"), *OTHERS, turned=turned)
    moved = {one["engagement"]: one["fields"]["primary"] for one in company.pending()}
    assert moved == {"A007": {"before": "true", "after": "false"}, "G007": {"before": "false", "after": "true"}}
    company.approve()
    assert posts(company).keys() == {"A007", "G007"}
    assert company.call("participants", "--history", "g@example.com").code == 0
    assert company.call("participants", "--history", "a@example.com").code == 2
    assert tell(company, flagged(A007, "no"), flagged(G007, "yes"), *OTHERS, turned=not turned)["unchanged"] == 4


def test_e29_a_post_that_is_not_the_primary_one_changes_nothing_of_who_it_is(company: World):
    tell(company, A007, {**G007, "email": "new@example.com", "name": "Otherwise"}, *OTHERS)
    company.approve()
    assert posts(company)["G007"]["name"] == "Otherwise"
    assert company.call("participants", "--history", "new@example.com").code == 2
    tell(company, {**A007, "email": "own@example.com"}, G007, *OTHERS)
    company.approve()
    assert company.call("participants", "--history", "own@example.com").code == 0


def test_e29_when_the_primary_post_ends_the_other_one_says_who_it_is(company: World):
    tell(company, {**A007, "left": "2026-01-04"}, flagged(G007, "yes"), *OTHERS)
    company.approve()
    assert company.call("participants", "--history", "g@example.com").code == 0


def test_e29_half_a_move_leaves_who_it_is_as_it_was(company: World):
    """Only the gain was approved: two are flagged in the roster, and nothing follows either until that is settled."""
    tell(company, flagged(A007, "no"), flagged(G007, "yes"), *OTHERS)
    company.approve(*[one for one in company.pending() if one["engagement"] == "G007"])
    assert company.call("participants", "--history", "a@example.com").code == 0
    company.approve()
    assert company.call("participants", "--history", "g@example.com").code == 0


@TURNED
def test_e30_two_posts_flagged_primary_are_a_question(company: World, turned: bool):
    """Who it is stays as it was; what is a post's own is proposed all the same."""
    both = (A007 | {"email": "x@example.com"}, flagged(G007, "yes", team="South"))
    for _ in range(2):
        said = tell(company, *both, *OTHERS, turned=turned)
        assert (said["conflicts"], said["unchanged"], asked(company)) == (2, 2, [("move", "G007", str(company.today))])
    (question,) = company.call("conflicts").document
    assert (question["kind"], "A007, G007" in question["question"]) == ("two_primary", True)
    company.approve()
    assert company.call("participants", "--history", "a@example.com").code == 0
    said = tell(company, A007, {**G007, "team": "South"}, *OTHERS, turned=turned)
    assert (said["conflicts"], said["unchanged"], company.call("conflicts").document) == (0, 4, [])


@TURNED
def test_e30_of_somebody_new_nothing_is_asked_but_which_one_it_is(world: World, turned: bool):
    with_posts(world)
    said = tell(world, A007, flagged(G007, "yes"), *OTHERS, turned=turned)
    assert (said["conflicts"], said["pending"], len(world.call("conflicts").document)) == (2, 2, 1)
    tell(world, A007, G007, *OTHERS, turned=turned)
    assert [one[:2] for one in asked(world)] == [("add", "X"), ("add", "X"), ("add", "A007"), ("add", "G007")]


def test_e30_a_row_that_is_known_again_is_part_of_the_question(company: World, monkeypatch: pytest.MonkeyPatch):
    """A007 is as it was when it was read last, and is looked at again for the sake of G007."""
    monkeypatch.setattr(remembering, "MANY", 0)
    monkeypatch.setattr(remembering, "SHARE", 1_000_000)
    for _ in range(2):
        assert tell(company, A007, G007, *OTHERS)["unchanged"] == 4
    said = tell(company, A007, flagged(G007, "yes"), *OTHERS)
    assert (said["conflicts"], said["unchanged"]) == (2, 2)


def test_e30_a_flag_on_a_post_that_is_over_is_in_nobodys_way(company: World):
    said = tell(company, {**A007, "left": "2026-01-04"}, flagged(G007, "yes"), *OTHERS)
    assert (said["conflicts"], len(company.pending())) == (0, 2)


# --- who it is, and what was said before


@TURNED
def test_an_unknown_key_with_two_posts_is_one_link(company: World, turned: bool):
    """The record has a new key, and only one of its rows has an id by which P1 is known."""
    company.mapping["key"] = "name"
    company.save()
    rows = [{**A007, "name": "K1"}, {**G007, "name": "K1", "id": "", "email": ""}]
    others = [{**one, "name": one["id"]} for one in OTHERS]
    said = tell(company, *rows, *others, turned=turned)
    assert (said["pending"], said["proposed"]) == (4, 3)
    (link,) = company.changes("pending", kind="link")
    assert (link["source_key"], link["participant"]) == ("K1", "P1")
    company.approve()
    said = tell(company, *rows, *others, turned=turned)
    assert sorted(one["engagement"] for one in company.pending()) == ["A007", "G007"]
    assert len(company.call("links").document) == 4


@TURNED
def test_a_no_to_one_post_is_none_to_another(world: World, turned: bool):
    with_posts(world)
    tell(world, A007, G007, *OTHERS, turned=turned)
    world.reject(*[one for one in world.pending() if one["engagement"] == "A007"])
    world.approve()
    said = tell(world, A007, G007, *OTHERS, turned=turned)
    assert (said["suppressed"], said["unchanged"], asked(world)) == (1, 3, [])
    assert posts(world).keys() == {"G007"}


def test_a_refused_ending_of_one_post_lets_the_other_one_end(company: World):
    tell(company, G007, *OTHERS)
    company.reject()
    tell(company, A007, *OTHERS)
    assert asked(company) == [("termination", "G007", str(company.today))]


# --- by hand


def test_an_act_by_hand_names_the_post(company: World):
    start = ("--from", str(company.today), "--reason", "by hand")
    refused = company.call("set", "01001", "title=Lead", *start)
    assert refused.code == 2
    assert "A007, G007; say which one with --engagement" in refused.error["message"]
    assert company.call("set", "01001", "title=Lead", "--engagement", "B1", *start).code == 2
    said = company.call("set", "01001", "title=Lead", "--engagement", "G007", *start)
    assert (said.code, said["engagement"]) == (0, "G007")
    company.approve()
    assert {name: one["title"] for name, one in posts(company).items()} == {"A007": "Rep", "G007": "Lead"}
    assert company.call("set", "01002", "title=Lead", *start)["engagement"] == "X"


def test_of_several_posts_one_that_goes_on_alone_is_meant(company: World):
    tell(company, {**A007, "left": "2026-01-04"}, G007, *OTHERS)
    company.approve()
    said = company.call("set", "01001", "title=Lead", "--from", str(company.today), "--reason", "by hand")
    assert (said.code, said["engagement"]) == (0, "G007")


def test_an_override_hides_a_value_of_one_post(company: World):
    why = ("--reason", "agreed")
    assert company.call("override", "01001", "title=Lead", *why).code == 2
    for post in ("A007", "G007"):
        assert company.call("override", "01001", "title=Lead", "--engagement", post, *why).code == 0
    assert company.call("override", "01001", "title=Head", "--engagement", "G007", *why).code == 5
    company.approve()
    tell(company, {**A007, "title": "Boss"}, {**G007, "title": "Boss"}, *OTHERS)
    assert asked(company) == []
    company.call("override", "end", "O1", *why)
    tell(company, {**A007, "title": "Boss"}, {**G007, "title": "Boss"}, *OTHERS)
    assert asked(company) == [("update", "A007", str(company.today))]


def test_a_quota_by_hand_is_of_one_post(company: World):
    days = ("--from", "2026-01-01", "--to", "2026-03-31", "--reason", "plan")
    assert company.call("set", "01001", "quota:revenue=5000 USD", *days).code == 2
    said = company.call("set", "01001", "quota:revenue=5000 USD", "--engagement", "G007", *days)
    assert (said.code, said["engagement"]) == (0, "G007")
    company.approve()
    assert ["quota:revenue" in one for one in posts(company).values()] == [False, True]


def test_what_sources_say_is_shown_by_post(company: World):
    found = company.call("participants", "--values").document
    said = {one["engagement"]: one["sources"]["team"] for one in found if one["participant"] == "P1"}
    assert {post: [one["value"] for one in told] for post, told in said.items()} == {"A007": ["East"], "G007": ["West"]}


def test_an_approved_change_of_one_post_is_taken_back_there_alone(company: World):
    tell(company, {**A007, "title": "Lead"}, {**G007, "title": "Lead"}, *OTHERS)
    company.approve()
    first = next(one for one in company.changes("applied", kind="update") if one["engagement"] == "A007")
    send(company, A007, {**G007, "title": "Lead"}, *OTHERS)
    assert company.call("revert", first["id"], "--reason", "a mistake").code == 0
    company.approve()
    assert {name: one["title"] for name, one in posts(company).items()} == {"A007": "Rep", "G007": "Lead"}


def test_somebody_whose_posts_were_not_told_apart_gets_them(world: World):
    """The mapping says from now on which post a row is about: the one of before ends, for a person to see."""
    usual = [someone("01001"), someone("01002")]
    world.begin(usual)
    with_posts(world)
    tell(world, A007, {**OTHERS[0]})
    assert sorted(one[:2] for one in asked(world)) == [
        ("add", "A007"), ("add", "X"), ("termination", "main"), ("termination", "main"),
    ]  # fmt: skip
