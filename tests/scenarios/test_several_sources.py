"""Several sources for one participant: whose value counts, who is asked, and what an answer is worth."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.people import COMPANY, Row, someone, with_cells, without
from tests.scenarios.world import Document, World, mapping, table

#: Who is in the other system too.
SELLERS = COMPANY[:3]


@pytest.fixture
def both(company: World) -> World:
    """The company, and a CRM that knows three of them, by employee id and title; they are linked."""
    company.settings["sources"]["crm"] = {"kind": "file", "path": "inbox/crm.csv"}
    company.settings["feeds"]["crm"] = {"source": "crm", "into": "participants", "mapping": "mappings/crm.yaml"}
    order(company, "hr", "crm")
    tell(company, SELLERS)
    assert company.approve().code == 0
    return company.on("2026-01-06")


def order(world: World, *sources: str, **policy: str) -> None:
    """Say whose titles count."""
    world.settings["attributes"] = {"title": {"sources": list(sources), **policy}}
    world.write("mappings/crm.yaml", json.dumps(mapping(("id", "title"))))
    world.save()


def tell(world: World, rows: list[Row]) -> Document:
    """Let the CRM say this, and read it."""
    world.write("inbox/crm.csv", table(rows))
    said = world.call("run", "crm")
    return dict(said["runs"][0])


def titles(world: World) -> list[tuple[str, str | None]]:
    """What is proposed of titles: by which feed, and which."""
    return [(one["feed"], one["fields"]["title"]["after"]) for one in world.pending() if "title" in one["fields"]]


def asked(world: World) -> list[tuple[str, dict[str, str | None]]]:
    """The open questions about values: their number, and what each source says."""
    found = world.call("conflicts").document
    return [(one["id"], {said["source"]: said["value"] for said in one["values"]}) for one in found]


def test_of_two_sources_the_first_counts(both: World):
    """What the second says of the same attribute is no difference, however often it is read."""
    told = with_cells(SELLERS, "01001", title="Lead")
    for _ in range(2):
        assert (tell(both, told)["unchanged"], titles(both)) == (3, [])
    both.run(with_cells(COMPANY, "01001", title="Head"))
    assert titles(both) == [("people", "Head")]


def test_a_feed_that_shares_nobody_is_not_read_by_the_other(company: World):
    """So what a run takes does not grow with the feeds beside it: what the other one landed may even be gone."""
    company.settings["sources"]["crm"] = {"kind": "file", "path": "inbox/crm.csv"}
    company.settings["feeds"]["crm"] = {"source": "crm", "into": "participants", "mapping": "mappings/crm.yaml"}
    order(company, "hr", "crm")
    tell(company, [someone("09001", title="Stranger")])
    company.approve()
    for landed in (company.folder / "var" / "landing" / "crm").iterdir():
        landed.unlink()
    company.on("2026-01-06")
    assert company.run(with_cells(COMPANY, "01001", title="Head"))["proposed"] == 1


@pytest.mark.parametrize("key", ["01001\t", "\n01001", "e\u0301"], ids=["tab", "line", "accent"])
def test_who_goes_first_is_heard_however_it_writes_a_key(both: World, key: str):
    """A key is trimmed of every white space and brought into one form; its record is found by what comes of that."""
    order(both, "crm", "hr")
    told = with_cells(SELLERS, "01001", title="Lead", id=key)
    tell(both, told)
    if key == "e\u0301":
        assert both.call("link", "crm:\u00e9", "P1", "--reason", "her other name").code == 0
        tell(both, told)
    assert titles(both) == [("crm", "Lead")]
    both.approve()
    both.on("2026-01-07").run(COMPANY)
    assert titles(both) == []


def test_a_source_that_does_not_send_somebody_says_nothing_of_them(both: World):
    """The second is heard of whom the first does not know that attribute of."""
    del both.mapping["fields"]["title"]
    both.save()
    assert both.run(COMPANY)["proposed"] == 0
    tell(both, with_cells(SELLERS, "01001", title="Lead"))
    assert titles(both) == [("crm", "Lead")]


@pytest.mark.parametrize(("on_null", "from_hr", "from_crm"), [("clear", 1, 0), ("keep", 0, 1), ("fallback", 0, 1)])
def test_i04_null_from_the_first_clears_says_nothing_or_lets_the_next_decide(
    both: World, on_null: str, from_hr: int, from_crm: int
):
    order(both, "hr", "crm", on_null=on_null)
    tell(both, with_cells(SELLERS, "01001", title="Lead"))
    assert both.run(with_cells(COMPANY, "01001", title=""))["proposed"] == from_hr
    assert tell(both, with_cells(SELLERS, "01001", title="Lead"))["proposed"] == from_crm
    assert titles(both) == [("people", None)] * from_hr + [("crm", "Lead")] * from_crm


def test_with_a_fallback_null_from_every_source_is_null(both: World):
    order(both, "hr", "crm", on_null="fallback")
    tell(both, with_cells(SELLERS, "01001", title=""))
    both.run(with_cells(COMPANY, "01001", title=""))
    assert titles(both) == [("people", None)]


def test_i12_another_order_is_seen_and_said_to_be_the_reason(both: World):
    """Nothing was sent that is new: the run says that the configuration changed."""
    told = with_cells(SELLERS, "01001", title="Lead")
    tell(both, told)
    order(both, "crm", "hr")
    said = tell(both, told)
    assert (said["mapping_changed"], said["proposed"], titles(both)) == (True, 1, [("crm", "Lead")])
    again = both.run(COMPANY)
    assert (again["mapping_changed"], again["proposed"]) == (True, 0)


def test_i13_sources_of_equal_rank_that_disagree_are_asked_about(both: World):
    """The value stays, nothing is proposed, and no run after asks again or lets it alternate."""
    order(both)
    told = with_cells(SELLERS, "01001", title="Lead")
    assert tell(both, told)["conflicts"] == 1
    said = {"hr": "Rep", "crm": "Lead"}
    ((number, values),) = asked(both)
    assert values == said
    for _ in range(2):
        assert both.run(COMPANY)["conflicts"] == 1
        assert tell(both, told)["conflicts"] == 1
        assert (asked(both), titles(both)) == ([(number, said)], [])
    assert both.roster()["01001"]["title"] == "Rep"


@pytest.mark.parametrize("by", ["hr", "crm"])
def test_a_question_closes_by_itself_when_either_source_gives_in(both: World, by: str):
    order(both)
    tell(both, with_cells(SELLERS, "01001", title="Lead"))
    if by == "crm":
        tell(both, SELLERS)
        assert (asked(both), titles(both)) == ([], [])
    else:
        both.run(with_cells(COMPANY, "01001", title="Lead"))
        assert (asked(both), titles(both)) == ([], [("people", "Lead")])


def test_other_attributes_of_somebody_in_question_are_proposed(both: World):
    order(both)
    tell(both, with_cells(SELLERS, "01001", title="Lead"))
    both.run(with_cells(COMPANY, "01001", team="West"))
    assert [set(one["fields"]) for one in both.pending()] == [{"team"}]


def test_i16_what_one_of_two_no_longer_sends_stays(both: World):
    order(both, "crm", "hr")
    tell(both, SELLERS)
    tell(both, without(SELLERS, "01001"))
    assert (both.run(COMPANY)["proposed"], both.roster()["01001"]["title"]) == (0, "Rep")


def test_e33_who_is_gone_from_the_source_of_the_roster_ends_whatever_others_say(both: World):
    both.run(without(COMPANY, "01001"))
    tell(both, SELLERS)
    (ending,) = both.pending()
    assert (ending["kind"], ending["feed"], ending["source_key"]) == ("termination", "people", "01001")


def test_who_joins_gets_what_counts_whoever_says_it(both: World):
    """The CRM knows the newcomer first; the add has the title of the source that counts."""
    order(both, "crm", "hr")
    new = someone("02001")
    tell(both, [*SELLERS, {**new, "title": "Lead"}])
    both.run([*COMPANY, new])
    assert both.approve(both.one(kind="link")).code == 0
    both.run([*COMPANY, new])
    add = both.one(kind="add")
    assert (add["feed"], add["fields"]["title"]["after"]) == ("people", "Lead")


def test_a_row_that_is_known_again_is_compared_when_another_source_says_something_new(both: World, monkeypatch):
    monkeypatch.setattr("syncd.changes.remembering.MANY", 0)
    order(both, "crm", "hr")
    tell(both, with_cells(SELLERS, title="Rep"))
    both.run(COMPANY)
    assert both.run(COMPANY)["unchanged"] == 20
    tell(both, without(SELLERS, "01002"))
    both.run(with_cells(COMPANY, "01002", title="Head"))
    assert titles(both) == [("people", "Head")]


def test_what_each_source_says_is_shown_side_by_side_and_how_old_it_is(both: World):
    tell(both, with_cells(SELLERS, "01001", title="Lead"))
    both.on("2026-01-07").run(COMPANY)
    said = both.call("participants", "--values").document
    told = {one["attributes"]["employee_id"]: one["sources"]["title"] for one in said}
    hr = {"source": "hr", "value": "Rep", "read_on": "2026-01-07", "stale": False}
    assert told["01001"] == [hr, {"source": "crm", "value": "Lead", "read_on": "2026-01-06", "stale": False}]
    assert told["01004"] == [hr]
    both.write("inbox/crm.csv", "")
    both.call("run", "crm")
    (one, *_) = both.call("participants", "--values", "--history", "01001").document
    assert [each["stale"] for each in one["sources"]["title"]] == [False, True]


def test_i17_the_answer_to_a_correction_says_which_source_will_propose_its_own_again(both: World):
    said = both.call("set", "01001", "title=Head", "phone=1", "--from", "2026-01-06", "--reason", "r")
    assert said["differs"] == [{"attribute": "title", "source": "hr", "value": "Rep"}]


def test_an_answer_holds_as_long_as_the_sources_say_what_they_say(both: World):
    """Asked once: proposed by one of them, then silent on every run; something else said is asked about anew."""
    order(both)
    told = with_cells(SELLERS, "01001", title="Lead")
    tell(both, told)
    said = both.call("answer", "Q1", "--value", "Lead", "--reason", "asked them")
    assert (said.code, said["attribute"], said["value"], said["news"]) == (0, "title", "Lead", True)
    both.run(COMPANY)
    tell(both, told)
    assert (titles(both), asked(both)) == ([("crm", "Lead")], [])
    assert both.approve().code == 0
    for _ in range(2):
        assert (both.run(COMPANY)["conflicts"], tell(both, told)["conflicts"], both.pending()) == (0, 0, [])
    tell(both, with_cells(SELLERS, "01001", title="Head"))
    assert [values for _, values in asked(both)] == [{"hr": "Rep", "crm": "Head"}]


def test_an_answer_that_is_the_value_already_is_silence(both: World):
    order(both)
    told = with_cells(SELLERS, "01001", title="Lead")
    tell(both, told)
    assert both.call("answer", "Q1", "--value", "Rep", "--reason", "asked them").code == 0
    assert (both.run(COMPANY)["proposed"], tell(both, told)["proposed"], asked(both)) == (0, 0, [])
    again = both.call("answer", "Q1", "--value", "Rep", "--reason", "once more")
    other = both.call("answer", "Q1", "--value", "Lead", "--reason", "no")
    assert (again.code, again["news"], other.code) == (0, False, 5)
    assert both.call("audit", "verify")["findings"] == []


def test_a_question_about_a_value_is_answered_with_a_value(both: World):
    order(both)
    tell(both, with_cells(SELLERS, "01001", title="Lead"))
    for words, told in ((["--new"], "say --value V"), (["--value", "x", "--new"], "say one of")):
        said = both.call("answer", "Q1", *words, "--reason", "r")
        assert (said.code, told in said.error["message"]) == (2, True), said.document


def test_a_no_to_an_absence_holds_while_only_another_source_has_them(both: World):
    """Whether somebody is there is for the source to say that brings the roster."""
    both.run(without(COMPANY, "01001"))
    ending = both.one()
    assert ending["kind"] == "termination"
    both.reject(ending)
    for _ in range(2):
        tell(both, SELLERS)
        assert (both.run(without(COMPANY, "01001"))["absent"], both.pending()) == (1, [])
    both.run(COMPANY)
    both.run(without(COMPANY, "01001"))
    assert both.one()["earlier"]["rejected_on"] == "2026-01-06", (
        "they were sent again: another absence is another question"
    )
