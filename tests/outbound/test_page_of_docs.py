"""What docs/salesforce.md says about messages is so: its commands run, its keys are taken."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.outbound.conftest import Told

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "salesforce.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## When the org tells")[2].partition("\n## ")[0]


def test_the_commands_of_the_page_run_in_their_order(told: Told):
    lines = re.findall(r"^\$ syncd (.+)$", SECTION, re.MULTILINE)
    assert [line.split()[:2] for line in lines] == [
        ["outbound", "add"],
        ["outbound", "list"],
        ["outbound", "add"],
        ["outbound", "end"],
    ]
    assert told.call("outbound", "end", "W1").code == 0  # the fixture's own
    for line in lines:
        words = shlex.split(line.replace("W1", "W2"))
        assert told.call(*words).code == 0, line


def test_the_documents_have_these_keys(told: Told):
    told.post(told.sender.message([]))
    said = told.listed()
    assert said.keys() == {"paths", "messages"}
    assert said["paths"][0].keys() == {"id", "source", "made", "ended", "messages", "last"}
    assert said["messages"][0].keys() == {"source", "organization", "action", "state", "messages", "last"}
    added = told.call("outbound", "add", "crm").document
    assert added.keys() == {*said["paths"][0], "address"}
    assert re.fullmatch(r"http://127\.0\.0\.1/outbound/[\w-]{22}", added["address"])


def test_a_setting_that_is_no_id_is_a_mistake(told: Told):
    mistakes: tuple[dict[str, object], ...] = (
        {"organization": "acme"},
        {"actions": []},
        {"actions": ["00D5f000003abcd"]},
    )
    for wrong in mistakes:
        told.settings["sources"]["crm"]["outbound"] = {
            "organization": "00D5f000003abcd",
            "actions": ["04k5f000000abcd"],
            **wrong,
        }
        told.save()
        assert told.call("check").code == 2
