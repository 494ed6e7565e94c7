"""Deciding: of some fields, on another day, all that match; holds, policies, what is done by hand, the audit."""

from __future__ import annotations

import getpass
from collections.abc import Callable

import pytest

from tests.scenarios.people import COMPANY, someone, with_cells, without
from tests.scenarios.world import World

FROM = "from"
VANISHED = without(COMPANY, "01001", "01002", "01003", "01004", "01005")


# --- some fields, another day


def test_some_fields_are_approved_and_the_others_still_wait(company: World):
    """`--fields title` of a change of title and e-mail."""
    rows = with_cells(COMPANY, "01001", title="Lead", email="new@example.com")
    company.run(rows)
    assert company.approve(company.one(), fields="title").code == 0
    assert list(company.one()["fields"]) == ["email"]
    now = company.roster()["01001"]
    assert (now["title"], now["email"]) == ("Lead", "p01001@example.com")
    assert company.run(rows)["proposed"] == 0
    assert company.approve(company.one()).code == 0
    assert company.run(rows)["unchanged"] == 20


def test_an_add_is_approved_as_a_whole(company: World):
    """Nobody begins with a title alone."""
    company.run([*COMPANY, someone("02001")])
    said = company.approve(company.one(), fields="title")
    assert said.code == 5
    assert "as a whole" in said["refused"][0]["reason"]


def test_fields_that_a_change_does_not_have_are_refused(company: World):
    """Exit 5, and it still waits."""
    company.run(with_cells(COMPANY, "01001", title="Lead"))
    assert company.approve(company.one(), fields="team").code == 5
    assert company.reject(company.one(), fields="team").code == 5
    assert company.one()["state"] == "pending"


@pytest.mark.parametrize("stated", ["2026-02-01", ""], ids=["stated", "observed"])
def test_the_approver_may_name_the_day_and_is_not_asked_again(company: World, stated: str):
    """`--effective`: the source's day is kept beside it, and no later run asks, before that day or after."""
    rows = with_cells(COMPANY, "01001", title="Lead", **{FROM: stated})
    company.run(rows)
    assert company.approve(company.one(), effective="2026-03-01").code == 0
    decided = company.one("applied", kind="update")
    assert (decided["effective"], decided["dated_by"]) == ("2026-03-01", "admin")
    assert decided["source_effective"] == (stated or None)
    assert company.history("01001", "title") == [
        ("2025-01-01", "2026-03-01", "Rep"),
        ("2026-03-01", None, "Lead"),
    ]
    for day in ("2026-01-06", "2026-02-01", "2026-02-15", "2026-03-01", "2026-06-01"):
        said = company.on(day).run(rows)
        assert (said["proposed"], said["unchanged"]) == (0, 20), day


@pytest.mark.parametrize("stated", ["", "2025-06-01"], ids=["by hire date", "by the row's day"])
def test_an_add_may_begin_on_another_day(company: World, stated: str):
    """Hired in 2025, and earning from March on."""
    company.run([*COMPANY, someone("02001", **{FROM: stated})])
    assert company.approve(company.one(), effective="2026-03-01").code == 0
    assert "02001" not in company.roster("2026-02-28")
    assert "02001" in company.roster("2026-03-01")
    for day in ("2026-01-06", "2026-03-01", "2026-06-01"):
        assert company.on(day).run()["proposed"] == 0, day


def test_a_termination_may_count_from_another_day(company: World):
    """The last day stated is Jan 31; the approver lets it count from Feb 16."""
    rows = with_cells(COMPANY, "01001", left="2026-01-31")
    company.run(rows)
    assert company.approve(company.one(), effective="2026-02-16").code == 0
    assert company.roster("2026-02-15")["01001"]["status"] == "active"
    assert "01001" not in company.roster("2026-02-16")
    for day in ("2026-01-06", "2026-02-16", "2026-06-01"):
        assert company.on(day).run(rows)["proposed"] == 0, day


@pytest.mark.parametrize(("last", "first_off"), [("2025-12-31", "2026-01-01"), ("2026-01-31", "2026-02-01")])
def test_an_absence_may_count_from_another_day(company: World, last: str, first_off: str):
    """First missed on Jan 5; the approver knows better, and no later run asks again."""
    company.run(COMPANY[1:])
    assert company.approve(company.one(), effective=first_off).code == 0
    assert "01001" in company.roster(last)
    assert "01001" not in company.roster(first_off)
    for day in ("2026-01-06", "2026-02-01", "2026-06-01"):
        assert company.on(day).run()["proposed"] == 0, day


# --- many at once


def test_all_means_what_matches_the_filters(company: World):
    """Only moves; then only one person's; then the rest."""
    rows = with_cells(COMPANY, "01001", "01002", team="West")
    company.run([*with_cells(rows, "01003", "01004", title="Lead"), someone("02001")])
    assert len(company.approve(kind="move")["decided"]) == 2
    assert len(company.approve(participant="01003")["decided"]) == 1
    assert len(company.approve(feed="people", kind="add")["decided"]) == 1
    assert len(company.approve()["decided"]) == 1
    nothing = company.approve()
    assert (nothing.code, nothing.document) == (0, {"decided": [], "refused": [], "batch": None})


@pytest.mark.parametrize("arguments", [(), ("C1", "--all"), ("C1x",), ("--all", "--participant", "nobody")])
def test_what_is_meant_must_be_said(company: World, arguments: tuple[str, ...]):
    """Ids or --all, and somebody who exists: else a mistake."""
    assert company.call("approve", *arguments).code == 2


def test_an_unknown_change_is_refused(company: World):
    """Exit 5 with its id."""
    said = company.call("approve", "C999")
    assert (said.code, said["refused"][0]["id"]) == (5, "C999")


# --- holds


def test_what_is_held_is_decided_only_after_the_release(company: World):
    """By id: exit 3. --all passes over it: exit 0. After the release it is a change like any other."""
    company.run(with_cells(COMPANY, "01006", title="Lead"))
    held_run = company.run(with_cells(VANISHED, "01006", title="Lead"))
    assert held_run.code == 3
    held = company.changes("held")
    assert len(held) == 5
    for command in (company.approve, company.reject):
        said = command(held[0])
        assert (said.code, said.error["code"]) == (3, "held")
    assert len(company.approve()["decided"]) == 1
    assert company.call("hold", "release", held_run["run"]).code == 2
    said = company.call("hold", "release", held_run["run"], "--reason", "the branch was sold")
    assert (said.code, said["pending"]) == (0, 5)
    assert company.call("hold", "list").document == []
    assert company.call("hold", "release", held_run["run"], "--reason", "twice").code == 5
    assert company.approve().code == 0
    assert len(company.roster()) == 15


@pytest.mark.parametrize("named", [lambda first, again: first["run"], lambda first, again: again["run"]])
def test_the_same_hold_again_is_listed_once_under_the_first_run(company: World, named: Callable[..., str]):
    """And is released with it; the same content read once more is not held again."""
    first = company.run(VANISHED)
    again = company.on("2026-01-06").run(VANISHED)
    assert (again.code, again["proposed"], again["hold"]["since_run"]) == (3, 0, first["run"])
    assert [one["run"] for one in company.call("hold", "list").document] == [first["run"]]
    assert company.call("hold", "release", named(first, again), "--reason", "sold").code == 0
    assert len(company.pending()) == 5
    after = company.on("2026-01-07").run(VANISHED)
    assert (after.code, after["proposed"], len(company.pending())) == (0, 0, 5)


def test_a_held_run_that_a_good_one_follows_needs_no_release(company: World):
    """The whole file comes: nothing is held any more, and the old hold can no longer be released."""
    held = company.run(VANISHED)
    assert company.run(COMPANY).code == 0
    assert company.changes("held") == []
    assert company.call("hold", "list").document == []
    assert company.call("hold", "release", held["run"], "--reason", "late").code == 5


# --- policies


def test_a_policy_approves_what_needs_no_person(company: World):
    """It counts as applied, with a batch and an audit row of its own; anything more waits."""
    company.feed["approve"] = [{"kind": "update", "attributes": ["title"]}]
    company.save()
    rows = with_cells(COMPANY, "01001", title="Lead")
    rows = with_cells(rows, "01002", title="Lead", email="new@example.com")
    said = company.run(with_cells(rows, "01003", team="West"))
    assert (said["applied"], said["pending"], said["proposed"]) == (1, 2, 3)
    assert company.roster()["01001"]["title"] == "Lead"
    assert {one["employee_id"] for one in company.pending()} == {"01002", "01003"}
    act = company.call("audit").document[-1]
    assert (act["by"], act["act"], act["reason"]) == ("policy", "approve", "policy of feed people")


def test_a_bad_row_whose_good_value_a_policy_applies_is_counted_once(company: World):
    """It is an error, the first that fits; the counters still sum to what was read."""
    company.feed["approve"] = [{"kind": "update", "attributes": ["title"]}]
    company.save()
    said = company.run(with_cells(COMPANY, "01001", title="Lead", email="nobody"))
    assert (said["errors"], said["applied"], said["pending"], said["unchanged"]) == (1, 0, 0, 19)
    assert company.roster()["01001"]["title"] == "Lead"


# --- by hand


def test_a_correction_by_hand_is_proposed_and_decided(company: World):
    """`set` changes nothing before it is approved; the source still differs and proposes its own."""
    proposed = company.set("01001", "title=Lead", start="2026-01-05", approved=False)
    assert company.roster()["01001"]["title"] == "Rep"
    assert company.one()["id"] == proposed["id"]
    assert company.run(COMPANY)["pending"] == 0
    assert company.approve(proposed["id"]).code == 0
    assert company.roster()["01001"]["title"] == "Lead"
    assert company.run(COMPANY)["pending"] == 1
    assert company.one(feed="people")["fields"] == {"title": {"before": "Lead", "after": "Rep"}}


@pytest.mark.parametrize(
    "values", [["titel=Lead"], ["title"], ["hire_date=soon"], ["title=Rep"]], ids=["unknown", "no value", "bad", "same"]
)
def test_a_correction_that_says_nothing_usable_is_a_mistake(company: World, values: list[str]):
    """Exit 2."""
    assert company.call("set", "01001", *values, "--from", "2026-01-05", "--reason", "x").code == 2


@pytest.mark.parametrize("key", ["P1", "01001", "hr:01001", "P01001@EXAMPLE.com"])
def test_a_participant_is_named_in_many_ways(company: World, key: str):
    """By P and number, a strong id, source:key or an e-mail."""
    company.set(key, "title=Lead", start="2026-01-05")
    assert company.roster()["01001"]["title"] == "Lead"


def test_a_participant_managed_here_is_in_no_source_and_stays(company: World):
    """`add` is proposed; once approved no read of a source ends it."""
    given = ("--from", "2026-02-01", "--reason", "an agent")
    said = company.call("add", "name=Ann Agent", "partner_id=A7", "kind=partner", *given)
    assert (said.code, said["state"], said["participant"]) == (0, "pending", None)
    assert company.approve(said["id"]).code == 0
    assert company.run(COMPANY)["unchanged"] == 20
    found = company.call("participants", "--history", "A7")[0]
    assert (found["attributes"]["name"], found["valid_from"]) == ("Ann Agent", "2026-02-01")


def test_a_person_managed_here_who_turns_up_in_the_source_is_linked(company: World):
    """The same strong id: a link, not a second person."""
    said = company.call("add", "name=Person 02001", "employee_id=02001", "--from", "2025-01-01", "--reason", "early")
    company.approve(said["id"])
    assert company.run([*COMPANY, someone("02001")])["pending"] == 1
    assert company.one()["kind"] == "link"
    company.approve()
    company.run()
    assert {one["kind"] for one in company.pending()} <= {"update", "move"}


@pytest.mark.parametrize("known_by", ["employee_id=02001", "email=p02001@example.com"])
def test_f20_a_pending_add_of_somebody_added_by_hand_turns_into_a_link(company: World, known_by: str):
    """The record fitted nobody; then the person is added by hand: the next run asks for a link, and for no add."""
    company.run([*COMPANY, someone("02001")])
    add = company.one()
    said = company.call("add", "name=Early Bird", known_by, "--from", "2026-01-05", "--reason", "starts today")
    assert said.code == 0
    assert company.approve(said["id"]).code == 0
    assert (company.run()["pending"], company.one()["kind"]) == (1, "link")
    assert [one["id"] for one in company.changes("superseded")] == [add["id"]]
    company.approve()
    company.run()
    assert company.approve().code == 0
    assert company.run()["unchanged"] == 21
    assert company.roster("2026-01-06")["02001"]["title"] == "Rep"
    assert company.call("audit", "verify").code == 0


def test_what_waits_already_is_not_proposed_a_second_time(company: World):
    """The source asks for Lead, and so does a person: there is one change to decide."""
    company.run(with_cells(COMPANY, "01001", title="Lead"))
    waiting = company.one()
    said = company.call("set", "01001", "title=Lead", "--from", "2026-01-05", "--reason", "agreed")
    assert (said.code, waiting["id"] in said.error["message"]) == (5, True)


# --- quarantine and audit


def test_the_quarantine_opens_and_closes_by_itself(company: World):
    """A bad row is in it until a later read brings it right, though others go bad meanwhile."""
    bad = with_cells(COMPANY, "01001", hired="soon")
    first = company.run(bad)
    entry = company.call("quarantine", "people")[0]
    assert (entry["key"], entry["code"], entry["since_run"]) == ("01001", "not_a_date", first["run"])
    company.run(bad)
    assert [one["since_run"] for one in company.call("quarantine").document] == [first["run"]]
    company.run(with_cells(COMPANY, "01002", email="nobody"))
    assert [(one["key"], one["code"]) for one in company.call("quarantine").document] == [("01002", "pattern")]
    company.run(COMPANY)
    assert company.call("quarantine").document == []


def test_every_act_is_audited_from_the_first_decision_on(world: World):
    """Who, for whom, what, why; the chain proves that nothing was edited."""
    assert world.call("audit").document == []
    world.run([someone("01001"), someone("01002")])
    assert world.call("audit").document == []
    first, second = world.pending()
    world.approve(first, as_="dana", reason="checked")
    world.reject(second, as_="dana", reason="agency")
    world.call("forget", "J1", "--reason", "ours after all")
    world.set("01001", "title=Lead", start="2026-02-01")
    account = getpass.getuser()
    acts = [(one["act"], one["about"], one["by"], one["for"], one["reason"]) for one in world.call("audit").document]
    assert acts == [
        ("approve", "B1", account, "dana", "checked"),
        ("approve", "C1", account, "dana", "checked"),
        ("reject", "B2", account, "dana", "agency"),
        ("reject", "C2", account, "dana", "agency"),
        ("forget", "J1", account, None, "ours after all"),
        ("set", "C3", account, None, "by hand"),
        ("approve", "B3", account, None, None),
        ("approve", "C3", account, None, None),
    ]
    said = world.call("audit", "verify")
    assert (said.code, said["whole"]) == (0, True)


def test_as_of_a_moment_is_what_was_known_then(company: World):
    """`--known-at` takes a revision, included, or a moment with its zone."""
    before = company.revision()
    company.set("01001", "title=Lead", start="2025-06-01")
    assert company.roster(known_at=before)["01001"]["title"] == "Rep"
    assert company.roster(known_at=company.revision())["01001"]["title"] == "Lead"
    at = company.call("audit")[-1]["at"]
    now = company.call("participants", "--known-at", at)
    assert {one["attributes"]["title"] for one in now.document} == {"Rep", "Lead"}
    assert company.call("participants", "--known-at", "2026-01-05T10:00:00").code == 2
    assert company.call("participants", "--known-at", "2020-01-01T00:00Z").document == []


def test_of_two_that_contradict_each_other_the_second_is_stale_in_one_act_too(company: World):
    """Approved one after the other it is refused; together they would leave to their numbers which one holds."""
    first = company.set("01001", "title=Lead", start="2026-02-01", approved=False)
    second = company.set("01001", "title=Head", start="2026-02-01", approved=False)
    said = company.approve(first, second)
    assert [one["id"] for one in said["refused"]] == [second["id"]]
    assert company.roster("2026-02-01")["01001"]["title"] == "Lead"
