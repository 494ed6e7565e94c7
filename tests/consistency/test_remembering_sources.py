"""Two sources that speak of the same people: what a run leaves is the same whether or not rows are known again."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import unchanged
from engine.session import Session
from tests.consistency.conftest import Opened
from tests.consistency.stories import few, twin_of
from tests.consistency.test_narrowing import left
from tests.scenarios.people import Row, someone
from tests.scenarios.world import World, mapping, table

KEYS = tuple(f"{number:05d}" for number in range(1001, 1006))
FILES = {"people": "inbox/people.csv", "crm": "inbox/crm.csv"}
#: What the sources come to say: a title of which the CRM's goes first, a team on which they may differ, an e-mail that
#: the other one fills, a manager named by an id that changes hands.
CELLS = {
    "title": ("Rep", "Lead", ""),
    "team": ("East", "West"),
    "email": ("shared@example.com", "none"),
    "phone": ("E1", "E2", ""),
    "id": ("E1", "E2"),
}
#: Another record of the CRM for the same person, or none of theirs.
SECOND, GONE = "second", "gone"

_cells = st.sampled_from(sorted(CELLS)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(CELLS[name])))
_edits = st.tuples(
    st.sampled_from(sorted(FILES)),
    st.sampled_from(KEYS),
    st.one_of(_cells, _cells, st.just((SECOND, "")), st.just((GONE, ""))),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What is sent otherwise, how many days later, which feeds run, and what is decided of all that waits."""

    edits: tuple[tuple[str, str, tuple[str, str]], ...]
    later: int
    feeds: tuple[str, ...]
    decision: str


_turns = st.builds(
    Turn,
    edits=st.lists(_edits, max_size=3).map(tuple),
    later=st.integers(0, 3),
    feeds=st.sampled_from([("people",), ("crm",), ("people", "crm"), ("crm", "people")]),
    decision=st.sampled_from(["approve", "approve", "reject", ""]),
)


pytestmark = pytest.mark.usefixtures("remembers_few")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@few
@given(turns=st.lists(_turns, min_size=2, max_size=5))
def test_what_others_say_is_heard_whether_or_not_rows_are_known_again(opened: Opened, turns: list[Turn]):
    company = Company(opened())
    for turn in turns:
        company.edit(turn)
        twin = twin_of(company.world)
        quick = [company.world.call("run", feed) for feed in turn.feeds]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(unchanged, "is_under", lambda *_: False)
            slow = [twin.call("run", feed) for feed in turn.feeds]
        assert [one.document for one in slow] == [one.document for one in quick]
        assert left(twin.folder) == left(company.world.folder)
        shutil.rmtree(twin.folder)
        if turn.decision and company.world.pending():
            company.world.call(turn.decision, "--all", "--reason", "asked")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("hears", [True, False])
def test_who_is_not_heard_is_found_out(opened: Opened, monkeypatch: pytest.MonkeyPatch, hears: bool):
    """The CRM no longer says a title, so that of HR counts: unless what the others sent is not looked at."""

    def nobody(session: Session, _feeds: object) -> None:
        session.run("CREATE OR REPLACE TABLE heard (person BIGINT, digest UBIGINT, several BOOLEAN)")

    if not hears:
        monkeypatch.setattr("syncd.changes.others.find_sent", nobody)
    company = Company(opened())
    company.edit(Turn((("people", KEYS[0], ("title", "Lead")),), 1, (), ""))
    for _ in range(2):
        assert company.world.call("run", "people")["runs"][0]["proposed"] == 0
    company.edit(Turn((("crm", KEYS[0], (GONE, "")),), 1, (), ""))
    assert company.world.call("run", "crm").code == 0
    assert company.world.call("run", "people")["runs"][0]["proposed"] == (1 if hears else 0)


class Company:
    """Five people in HR and three of them in a CRM, as both send them."""

    def __init__(self, world: World) -> None:
        """Set the workspace up and let both be read and approved."""
        self.world = world
        self.sent: dict[str, dict[str, Row]] = {
            "people": {key: someone(key) for key in KEYS},
            "crm": {key: someone(key) for key in KEYS[:3]},
        }
        world.settings["attributes"] = {
            "title": {"sources": ["crm", "hr"]},
            "email": {"sources": ["hr", "crm"], "on_null": "fallback"},
        }
        world.settings["sources"]["crm"] = {"kind": "file", "path": FILES["crm"]}
        world.settings["feeds"]["crm"] = {"source": "crm", "into": "participants", "mapping": "mappings/crm.yaml"}
        for feed in FILES:
            world.settings["feeds"][feed]["limits"] = {"errors": "90%", "ending": "90%", "changing": "100%"}
        named = {"from": "phone", "type": "participant", "by": "employee_id"}
        theirs = mapping(("title", "team", "email"))
        theirs |= {"key": "name", "fields": {**theirs["fields"], "employee_id": "id", "manager": named}}
        world.write("mappings/crm.yaml", json.dumps(theirs))
        world.mapping["key"] = "name"
        world.mapping["fields"]["manager"] = named
        world.save()
        self.edit(Turn((), 0, (), ""))
        for feed in FILES:
            assert world.call("run", feed).code == 0
            world.approve()

    def edit(self, turn: Turn) -> None:
        """Let the sources say what is otherwise, some days later."""
        for feed, key, (name, value) in turn.edits:
            sent = self.sent[feed]
            if name == GONE:
                if len(sent) > 1:
                    sent.pop(key, None)
            elif name == SECOND:
                sent[f"{key} too"] = {**someone(key), "name": f"Another {key}", "title": "Lead"}
            else:
                sent[key] = {**sent.get(key, someone(key)), name: value}
        for feed, sent in self.sent.items():
            self.world.write(FILES[feed], table(sent.values()))
        self.world.today += timedelta(days=turn.later)
