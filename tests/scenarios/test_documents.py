"""What `--json` prints, key by key, and what the exit codes are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.people import COMPANY, crowd, someone, with_cells, without
from tests.scenarios.world import World

#: The keys that the contract draws; behind `+` those that were added to it.
KEYS = {
    "run": "run feed outcome read errors conflicts excluded applied pending suppressed unchanged absent proposed "
    "problems hold mapping_changed + message",
    "dry run": "run feed outcome read errors conflicts excluded applied pending suppressed unchanged absent proposed "
    "problems hold mapping_changed changes + message",
    "problem": "severity code row place key field column value message",
    "hold": "reason affected since_run",
    "affected": "participant employee_id why",
    "change": "id kind corrected participant name employee_id source_key engagement feed run state effective "
    "source_effective dated_by fields earlier hint also_from affects + until ending found_by_full_read goes_on",
    "difference": "before after",
    "earlier": "rejected_on by reason changed",
    "decided": "decided refused batch",
    "refused": "id reason moved",
    "conflict": "id question kind candidates values row record source_key feed state answer by reason",
    "candidate": "participant name matched_by",
    "value": "source value",
    "link": "link participant since ended by why since_at ended_at ended_by ended_why",
    "act": "at revision by for act about reason digest",
    "quarantined": "id feed key place code message since_run",
    "held": "run feed reason affected",
    "rejection": "id participant kind fields scope until by on reason suppressed ended + engagement",
    "version": "participant engagement valid_from valid_to revision attributes flags",
    "error": "code message problems",
    "mistake": "file line column message",
}


def check(name: str, document: dict[str, Any]) -> dict[str, Any]:
    """Hold a document against its keys; gives it back."""
    assert document.keys() == set(KEYS[name].replace("+", "").split())
    return document


def test_a_run_prints_exactly_what_the_contract_draws(company: World):
    rows = with_cells(COMPANY, "01001", hired="soon")
    said = company.call("run", "people").document
    assert said.keys() == {"runs"}
    problem = check("problem", check("run", company.run(rows).document)["problems"][0])
    assert (problem["column"], problem["field"], problem["value"]) == ("hired", "hire_date", "soon")
    assert problem["place"].startswith("inbox/people.csv")
    held = check("run", company.run(rows[:10]).document)
    check("affected", check("hold", held["hold"])["affected"][0])
    check("affected", check("held", company.call("hold", "list")[0])["affected"][0])
    dry = check("dry run", company.run([*COMPANY, someone("02001")], dry=True).document)
    check("change", dry["changes"][0])


def test_the_lists_print_exactly_what_the_contract_draws(company: World):
    rows = with_cells(COMPANY, "01001", hired="soon")
    rows = with_cells(rows, "01002", left="2024-06-30")
    company.run([*with_cells(rows, "01003", title="Lead"), someone("02001")])
    add, update = sorted(company.pending(), key=lambda one: str(one["kind"]))
    check("difference", check("change", update)["fields"]["title"])
    assert (check("change", add)["participant"], update["participant"]) == (None, "P3")
    assert (add["hint"], add["also_from"], add["affects"]) == (None, [], {"committed_periods": []})
    conflict = check("conflict", company.call("conflicts")[0])
    check("value", conflict["values"][0])
    assert conflict["id"].startswith("Q")
    check("quarantined", company.call("quarantine")[0])
    check("decided", company.reject(add).document)
    check("rejection", company.call("rejections")[0])
    company.run()
    check("earlier", check("change", company.one("suppressed"))["earlier"])
    company.set("01003", "title=Chief", start="2026-01-05")
    refused = check("refused", check("decided", company.approve(update).document)["refused"][0])
    assert refused["moved"]["title"] == {"then": "Rep", "now": "Chief"}
    link = check("link", company.call("links", "01001")[0])
    assert (link["link"], link["participant"], link["ended"]) == ("hr:01001", "P1", None)
    check("act", company.call("audit")[-1])
    version = check("version", company.call("participants")[0])
    assert (version["participant"], version["valid_from"], version["valid_to"]) == ("P1", "2025-01-01", None)
    assert version["attributes"]["team"] == "East"


def test_a_mistake_is_a_document_too(company: World):
    company.write("mappings/people.yaml", "key: id\nfields: {titel: title}\n")
    said = company.call("run")
    assert said.document.keys() == {"error"}
    mistake = check("mistake", check("error", said.error)["problems"][0])
    assert (mistake["file"], mistake["line"], mistake["column"]) == ("mappings/people.yaml", 2, 10)


def test_a_held_read_of_several_feeds_gives_the_worst_exit_code(company: World):
    """The first of 2, 4, 3, 5, 1: a failed read beside a held one is 4."""
    company.settings["sources"]["other"] = {"kind": "file", "path": "inbox/other.csv"}
    company.settings["feeds"]["other"] = {**company.feed, "source": "other", "owns_roster": False}
    company.save()
    company.send(COMPANY[:10])
    said = company.call("run")
    assert (said.code, [one["outcome"] for one in said["runs"]]) == (4, ["held", "failed"])
    company.send(with_cells(COMPANY[:1], hired="soon"), name="other.csv")
    said = company.call("run")
    assert (said.code, [one["outcome"] for one in said["runs"]]) == (4, ["held", "failed"])
    company.send([*COMPANY[:2], someone("01003", email="nobody")], name="other.csv")
    said = company.call("run")
    assert (said.code, [one["outcome"] for one in said["runs"]]) == (3, ["held", "completed_with_errors"])


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("check",), 0),
        (("changes",), 0),
        (("approve", "--all"), 0),
        (("run", "nobody"), 2),
        (("changes", "--state", "odd"), 2),
        (("changes", "--participant", "nobody"), 2),
        (("participants", "--as-of", "tomorrow"), 2),
        (("approve", "C999"), 5),
        (("forget", "J999", "--reason", "x"), 5),
        (("hold", "release", "R999", "--reason", "x"), 5),
        (("no-such-command",), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_the_exit_code_says_what_to_do(company: World, command: tuple[str, ...], code: int):
    said = company.call(*command)
    assert said.code == code
    if code == 2:
        check("error", said.error)


def test_today_may_be_pretended_only_where_the_workspace_says_so(company: World):
    company.settings["allow_today"] = False
    company.save()
    said = company.call("changes")
    assert said.code == 2
    assert "allow_today" in said.error["message"]


def test_a_key_that_several_people_have_is_a_mistake_that_lists_them(world: World):
    world.begin(crowd(2, email="shared@example.com"))
    said = world.call("participants", "--history", "shared@example.com")
    assert said.code == 2
    assert "P1 (Person 01001)" in said.error["message"]
    assert "P2 (Person 01002)" in said.error["message"]


def test_those_who_left_are_listed_when_asked_for(company: World):
    company.run(without(COMPANY, "01001"))
    company.approve()
    assert "01001" not in company.roster()
    left = next(one for one in company.call("participants", "--all").document if one["participant"] == "P1")
    assert (left["attributes"]["status"], left["flags"]) == ("terminated", ["absence"])
