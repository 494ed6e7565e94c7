"""Memberships that a person sets and ends: proposed and decided like any change, and left alone by every feed."""

from __future__ import annotations

import json

import pytest

from tests.facts.test_units import UNITS
from tests.scenarios.closing import PEOPLE, PayWorld
from tests.scenarios.members import Members, held, member
from tests.scenarios.people import COMPANY
from tests.scenarios.world import World

T1 = "member:team:T1"


@pytest.fixture
def crm(company: World) -> Members:
    return Members(company)


def with_units(world: World, *rows: str) -> None:
    """Let a feed describe units: id, name, first day, last day."""
    mapping = json.loads(json.dumps(UNITS))
    mapping["fields"]["kind"] = {"value": "team"}
    for name in ("parent", "parent_kind"):
        del mapping["fields"][name]
    world.settings["sources"]["org_file"] = {"kind": "file", "path": "inbox/org.csv"}
    world.settings["feeds"]["org"] = {"source": "org_file", "into": "units", "mapping": "mappings/org.yaml"}
    world.write("mappings/org.yaml", json.dumps(mapping))
    world.save()
    world.write("inbox/org.csv", "Row,Id,Name,From,To\n" + "".join(f"{nth},{row}\n" for nth, row in enumerate(rows)))
    assert world.call("run", "org").code == 0


def refused(world: World, *values: str, start: str = "2026-02-01", **options: str) -> str:
    """What a refusal says; nothing waits after it."""
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    said = world.call("set", "01001", *values, "--from", start, *words, "--reason", "by hand")
    assert said.code == 2, said.document
    assert world.pending() == []
    return str(said.error["message"])


def test_somebody_is_put_into_a_unit_by_hand_and_taken_out_of_it(company: World):
    before = company.revision()
    said = company.set("01001", f"{T1}=lead 60%; target=50000.50; pay_mix=60/40", start="2026-02-01", to="2026-06-30")
    value = "lead 60% 2026-02-01..2026-07-01; pay_mix=60/40; target=50000.5"
    assert (said["kind"], said["feed"], said["until"]) == ("move", "by hand", "2026-07-01")
    assert said["fields"] == {T1: {"before": None, "after": value}}
    company.set("01001", "member:club:gold=in", "member:position:P7=overlay", start="2026-03-01")
    assert held(company, "2026-01-31") == {}
    assert held(company, "2026-02-28") == {"team:T1": value}
    assert held(company, "2026-03-01").keys() == {"team:T1", "club:gold", "position:P7"}
    assert held(company, "2026-03-01")["club:gold"] == "- - 2026-03-01.."
    end = company.set("01001", "member:club:gold=", start="2026-05-01")
    assert (end["kind"], end["fields"]) == (
        "update", {"member:club:gold": {"before": "- - 2026-03-01..", "after": None}}
    )  # fmt: skip
    assert held(company, "2026-04-30").keys() == {"team:T1", "club:gold", "position:P7"}
    assert held(company, "2026-05-01").keys() == {"team:T1", "position:P7"}
    assert held(company, "2026-07-01").keys() == {"position:P7"}
    assert held(company, "2026-03-01", known_at=before) == {}
    assert company.run(COMPANY)["proposed"] == 0
    assert company.call("audit", "verify").code == 0


def test_what_is_set_shows_who_is_in_the_unit_and_is_taken_back(company: World):
    change = company.set("01001", f"{T1}=in", start="2026-02-01")
    members = {one["unit"]: one["members"] for one in company.call("units", "--as-of", "2026-02-01").document}
    assert members["T1"] == ["P1"]
    (back,) = company.call("revert", change["id"], "--reason", "wrong")["proposed"]
    assert held(company, "2026-02-01").keys() == {"team:T1"}, "nothing is taken back undecided"
    assert company.approve(back["id"]).code == 0
    assert held(company, "2026-02-01") == {}


def test_a_share_by_hand_holds_on_its_days_and_what_was_beneath_shows_after_them(crm: Members):
    crm.have(member(1, Share="60%"))
    change = crm.world.set("01001", f"{T1}=50%", start="2026-03-01", to="2026-03-31")
    assert change["corrected"]
    days = ("2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01")
    assert [held(crm.world, day)["team:T1"][2:5] for day in days] == ["60%", "50%", "50%", "60%"]


def test_a_feed_leaves_alone_what_is_managed_here_until_that_is_taken_back(crm: Members):
    """It is said with each read, and proposed by none; what the feed says of others goes on."""
    rows = [member(1, Share="60%"), member(2, "T2")]
    crm.have(*rows)
    change = crm.world.set("01001", f"{T1}=50%", start="2026-03-01")
    for sent in (rows, rows, [member(1, Share="70%"), member(2, "T2", Share="10%")]):
        answer = crm.run(*sent)
        assert (answer.code, answer["excluded"], answer["errors"]) == (0, 1, 0)
        (problem,) = answer["problems"]
        assert (problem["severity"], problem["code"], problem["key"]) == ("warning", "managed_here", "1")
        assert "`revert`" in problem["message"]
    assert [name for one in crm.world.pending() for name in one["fields"]] == ["member:team:T2"]
    crm.world.approve()
    assert held(crm.world, "2026-03-01")["team:T1"] == "- 50% 2026-03-01.."
    agreed = crm.run(member(1, start="2026-03-01", Share="50%"), member(2, "T2", Share="10%"))
    assert (agreed["unchanged"], agreed["problems"]) == (2, [])
    crm.world.call("revert", change["id"], "--reason", "the source is right")
    crm.world.approve()
    assert crm.run(member(1, Share="70%"), member(2, "T2", Share="10%"))["pending"] == 1
    assert crm.world.one()["fields"][T1]["after"] == "- 70% 2026-01-05.."


def test_what_was_ended_here_is_not_begun_again_by_a_feed(crm: Members):
    crm.have(member(1), member(2, "T2"))
    crm.world.set("01001", f"{T1}=", start="2026-03-01")
    for _ in range(2):
        answer = crm.run(member(1), member(2, "T2"))
        assert (answer["excluded"], answer["unchanged"], answer["proposed"]) == (1, 1, 0)
    assert held(crm.world, "2026-03-01").keys() == {"team:T2"}
    assert crm.run(member(1, To="2026-02-28"), member(2, "T2"))["pending"] == 1, "of days before the feed has the word"


def test_a_feed_of_a_history_takes_nothing_back_of_what_is_managed_here(company: World):
    past = Members(company, "past", history=True)
    past.have(member(1), member(2, "T2"))
    company.set("01001", "member:team:T3=in", start="2026-02-01")
    assert past.run(member(1), member(2, "T2"))["unchanged"] == 2
    assert company.pending() == []
    assert held(company, "2026-02-01").keys() == {"team:T1", "team:T2", "team:T3"}


@pytest.mark.parametrize("history", [False, True])
def test_what_a_record_said_before_goes_where_it_says_now_what_is_managed_here(company: World, history: bool):
    """It was of T1 and is of T2, where somebody was put by hand: T1 ends, T2 stays as it is."""
    feed = Members(company, "feed", history=history)
    feed.have(member(1), member(3, "T3"))
    company.set("01001", "member:team:T2=50%", start="2026-02-01")
    answer = feed.run(member(1, "T2", "2026-03-01"), member(3, "T3"))
    assert (answer["excluded"], answer["unchanged"]) == (1, 1)
    change = company.one()
    ended = "2026-01-05" if history else "2026-03-01"
    assert (change["effective"], list(change["fields"])) == (ended, [T1])
    company.approve()
    assert held(company, "2026-04-01") == {"team:T2": "- 50% 2026-02-01..", "team:T3": "- - 2026-01-05.."}


def test_nobody_approves_what_they_set_and_what_was_refused_can_be_proposed_again(company: World):
    company.settings["four_eyes"] = True
    company.save()
    asked = ("set", "01001", f"{T1}=in", "--from", "2026-02-01", "--reason", "she moves")
    assert company.call(*asked, "--as", "ana").code == 0
    change = company.one()
    assert company.call(*asked, "--as", "ben").code == 5, "asked already"
    assert company.approve(change, as_="ana").code == 5
    assert company.reject(change, reason="not yet", as_="ben").code == 0
    assert [one["participant"] for one in company.call("rejections").document] == ["P1"]
    assert company.call(*asked, "--as", "ana").code == 0
    assert company.approve(as_="ben").code == 0
    assert held(company, "2026-02-01") == {"team:T1": "- - 2026-02-01.."}


def test_a_plan_by_hand_is_what_pay_goes_by(paid: PayWorld):
    paid.calculate("2026-02")
    before = paid.amounts("2026-02")
    people = [{**one, "from": one["hired"], **({"plans": ""} if one["id"] == "E3" else {})} for one in PEOPLE]
    paid.send_people(people)
    assert paid.call("run", "people").code == 0
    paid.approve()
    paid.calculate("2026-02")
    assert {key[0] for key in paid.amounts("2026-02")} == {key[0] for key in before} - {"P3"}
    wrong = paid.call("set", "E3", "member:plan:reseler=in", "--from", "2026-01-01", "--reason", "on it")
    assert (wrong.code, "did you mean 'reseller'" in wrong.error["message"]) == (2, True)
    assert paid.set("E3", "member:plan:reseller=in", start="2025-06-01")["kind"] == "plan"
    paid.calculate("2026-02")
    assert paid.amounts("2026-02") == before


WRONG = [
    (["member:gang:T1=in"], "'gang' is nothing one is a member of: it is one of plan, team"),
    (["member:team:=in"], "no team is named"),
    ([T1], "a membership is set by itself"),
    ([f"{T1}=in", "title=Lead"], "a membership is set by itself"),
    ([f"{T1}=in", f"{T1}=lead"], "is said twice"),
    ([f"{T1}=boss"], "'boss' is no role (primary, lead, member, overlay)"),
    ([f"{T1}=lead member"], "a role is said twice: lead and member"),
    ([f"{T1}=0%"], "'0%' is not written as 60% or 0.6"),
    ([f"{T1}=150%"], "'150%' is not written as 60% or 0.6"),
    ([f"{T1}=-0.2"], "'-0.2' is not written as 60% or 0.6"),
    ([f"{T1}=50% 60%"], "a share is said twice"),
    ([f"{T1}=in; traget=5"], "'traget' is no term of a membership; did you mean 'target'?"),
    ([f"{T1}=in; target=much"], "target is a decimal, and 'much' is none"),
    ([f"{T1}=in; target=1; target=2"], "target is said twice"),
    ([f"{T1}=in; target="], "target is empty"),
    ([f"{T1}=in; currency=usd"], "'usd' is no currency of three capital letters"),
    ([f"{T1}="], "has these memberships already"),
    (["member:plan:gold=in"], "publish the plan first: none 'gold' is"),
]


@pytest.mark.parametrize(("values", "told"), WRONG, ids=[told[:30] for _, told in WRONG])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_no_membership_is_not_set(company: World, values: list[str], told: str):
    assert told in refused(company, *values)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_mistake_is_named_at_once(company: World):
    said = refused(company, f"{T1}=boss 2; draw=x", "member:gang:G=in")
    assert all(told in said for told in ("'boss'", "'2'", "draw is a decimal", "'gang'"))


def test_nobody_is_in_a_unit_before_they_are_hired_nor_after_they_left(company: World):
    assert "P1 is no participant on 2024-12-31" in refused(company, f"{T1}=in", start="2024-12-31")
    company.set("01001", "termination_date=2026-02-28", start="2026-03-01")
    assert "P1 has left by 2026-03-01" in refused(company, f"{T1}=in", start="2026-03-01")
    assert company.set("01001", f"{T1}=in", start="2026-02-28")["fields"]


def test_a_unit_is_one_that_a_feed_describes_or_somebody_is_in(crm: Members):
    """As long as a feed describes any of its kind; of the days on which it is there."""
    with_units(crm.world, "T1,West,,2026-01-31", "T2,South,2026-03-01,", "T4,North,,")
    assert "the team T1 is there until 2026-02-01 only" in refused(crm.world, f"{T1}=in")
    until = {"to": "2026-02-28"}
    assert "the team T2 is there from 2026-03-01 on" in refused(crm.world, "member:team:T2=in", **until)
    said = refused(crm.world, "member:team:T44=in", "member:plan:gold=in")
    assert "name another team" in said
    assert "did you mean 'T4'?" in said
    assert "publish the plan first" in said
    crm.have(member(1, "T9", Who="01002"))
    for value in ("member:team:T9=in", "member:team:East=in", "member:team:T2=in", "member:territory:anything=in"):
        crm.world.set("01001", value, start="2026-02-01")


def test_no_membership_that_begins_later_is_ended_unsaid(crm: Members):
    crm.have(member(1, start="2026-07-01", Share="60%"))
    for value in ("in", ""):
        assert "say --to 2026-06-30" in refused(crm.world, f"{T1}={value}")
    crm.world.set("01001", f"{T1}=in", start="2026-02-01", to="2026-06-30")
    assert [held(crm.world, day)["team:T1"] for day in ("2026-06-30", "2026-07-01")] == [
        "- - 2026-02-01..2026-07-01", "- 60% 2026-07-01..",
    ]  # fmt: skip
    crm.world.set("01001", f"{T1}=", start="2026-02-01", to="2026-12-31")
    assert held(crm.world, "2026-08-01") == {}


def test_the_same_again_is_no_change(company: World):
    company.set("01001", f"{T1}=lead 60%", start="2026-02-01")
    assert "has these memberships already" in refused(company, f"{T1}=0.6 lead", start="2026-04-01")
