"""Two sources, people who decide, reads that fail and days that pass, in any order: what holds after every step."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from domain.step import fold, known_at
from store import tables
from store.database import reading
from store.head import current_revision
from store.history import history_of, steps_of
from store.proof import findings
from tests.consistency.conftest import Opened
from tests.consistency.stories import shell_of
from tests.scenarios.people import Row, someone
from tests.scenarios.world import DATED, Answer, Document, World, mapping, table

KEYS = tuple(f"{number:05d}" for number in range(1001, 1006))
COUNTED = ("errors", "conflicts", "excluded", "applied", "pending", "suppressed", "unchanged")
#: What the roster's source and the other one may come to say of an attribute; both map the first three.
SHARED = {
    "title": ("Rep", "Lead", ""),
    "team": ("East", "West", ""),
    "email": ("shared@example.com", "own@example.com", "none"),
}
OWN = {"left": ("", "2026-01-20", "2026-12-31"), "name": ("Ann", "Ann B."), DATED: ("", "2026-01-08", "2026-03-01")}
FILES = {"people": "inbox/people.csv", "crm": "inbox/crm.csv"}

_keys = st.sampled_from(KEYS)


def _cells(values: Mapping[str, tuple[str, ...]]) -> st.SearchStrategy[tuple[str, str]]:
    return st.sampled_from(sorted(values)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(values[name])))


class TwoSources(RuleBasedStateMachine):
    """A small company whose people are in HR, and some of them in a CRM; `opened` gives a workspace, set by the test.

    The first of `title` is the CRM, of `team` neither, and of `email` HR says nothing where it is empty.
    """

    opened: ClassVar[Callable[[], World]]

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).opened()
        self.sent: dict[str, dict[str, Row]] = {"people": {}, "crm": {}}
        self.sent["people"].update((key, someone(key)) for key in KEYS)
        self.sent["crm"].update((key, someone(key)) for key in KEYS[:3])
        self._configure()
        for feed in FILES:
            assert self.read(feed).code == 0
            self.world.approve()

    def _configure(self) -> None:
        world = self.world
        world.settings["attributes"] = {
            "title": {"sources": ["crm", "hr"]},
            "email": {"sources": ["hr", "crm"], "on_null": "fallback"},
        }
        world.settings["sources"]["crm"] = {"kind": "file", "path": FILES["crm"]}
        world.settings["feeds"]["crm"] = {"source": "crm", "into": "participants", "mapping": "mappings/crm.yaml"}
        for feed in FILES:
            world.settings["feeds"][feed]["limits"] = {"errors": "90%", "ending": "90%"}
        world.write("mappings/crm.yaml", json.dumps(mapping(("id", *SHARED))))
        world.save()

    # --- the sources

    def read(self, feed: str, *, cut: bool = False) -> Answer:
        """Let a source's file be what it says, or end in the middle of a row, and run its feed."""
        text = table(self.sent[feed].values())
        self.world.write(FILES[feed], text[:-9] if cut else text)
        said = self.world.call("run", feed)
        assert said.code in (0, 1, 3, 4), said.document
        return Answer(said.code, said["runs"][0])

    @rule(key=_keys, cell=_cells({**SHARED, **OWN}))
    def hr_says(self, key: str, cell: tuple[str, str]) -> None:
        self._say("people", key, *cell)

    @rule(key=_keys, cell=_cells(SHARED))
    def crm_says(self, key: str, cell: tuple[str, str]) -> None:
        self._say("crm", key, *cell)

    def _say(self, feed: str, key: str, name: str, value: str) -> None:
        sent = self.sent[feed]
        sent[key] = {**sent.get(key, someone(key)), name: value}

    @precondition(lambda self: all(len(sent) > 1 for sent in self.sent.values()))
    @rule(feed=st.sampled_from(sorted(FILES)), key=_keys)
    def somebody_is_no_longer_sent(self, feed: str, key: str) -> None:
        self.sent[feed].pop(key, None)

    @rule(days=st.integers(1, 40))
    def days_pass(self, days: int) -> None:
        self.world.today += timedelta(days=days)

    # --- the runs

    @rule(feed=st.sampled_from(sorted(FILES)))
    def a_source_is_read(self, feed: str) -> None:
        """Every row is counted once, and the same read again asks nothing more."""
        said = self.read(feed)
        assert sum(said[name] for name in COUNTED) == said["read"], said.document
        waiting = self._pending()
        assert self.read(feed)["proposed"] == 0
        assert self._pending() == waiting

    @rule(feed=st.sampled_from(sorted(FILES)))
    def a_read_fails(self, feed: str) -> None:
        """It leaves everything as it was, so what follows is as if it had never been tried."""
        before = self.world.kept()
        assert self.read(feed, cut=True).code == 4
        assert self.world.kept() == before

    # --- the people who decide

    @rule(how=st.sampled_from(["approve", "approve", "reject", "reject for good"]), of=st.integers(0, 3))
    def one_is_decided(self, how: str, of: int) -> None:
        pending = self.world.pending()
        if pending:
            self._decide(how, [pending[of % len(pending)]])

    @rule(how=st.sampled_from(["approve", "reject"]))
    def all_are_decided(self, how: str) -> None:
        self._decide(how, self.world.pending())

    def _decide(self, how: str, chosen: list[Document]) -> None:
        if how == "approve":
            said = self.world.approve(*chosen) if chosen else None
        else:
            said = self.world.reject(*chosen, for_good=how != "reject") if chosen else None
        assert said is None or said.code in (0, 5), said.document

    @rule(key=_keys, value=st.sampled_from(["Chief", "Lead"]), hides=st.booleans())
    def a_title_is_set_by_hand(self, key: str, value: str, hides: bool) -> None:
        if hides:
            said = self.world.call("override", key, f"title={value}", "--reason", "by hand")
        else:
            start = str(self.world.today)
            said = self.world.call("set", key, f"title={value}", "--from", start, "--reason", "by hand")
        assert said.code in (0, 2, 5), said.document

    @rule(key=_keys, said=st.sampled_from(["lead 60%", "in", ""]), days=st.integers(-20, 20))
    def somebody_is_put_into_a_unit_or_taken_out(self, key: str, said: str, days: int) -> None:
        start = str(self.world.today + timedelta(days=days))
        done = self.world.call("set", key, f"member:team:West={said}", "--from", start, "--reason", "by hand")
        assert done.code in (0, 2, 5), done.document

    @rule()
    def the_last_approval_is_reverted(self) -> None:
        applied = [one["id"] for one in self.world.changes("applied")]
        if applied:
            said = self.world.call("revert", max(applied, key=lambda one: int(one[1:])), "--reason", "a mistake")
            assert said.code in (0, 5), said.document

    @rule(value=st.sampled_from(["East", "West"]))
    def a_question_is_answered(self, value: str) -> None:
        for question in self.world.call("conflicts").document:
            if question["kind"] == "value":
                said = self.world.call("answer", question["id"], "--value", value, "--reason", "asked")
                assert said.code in (0, 2, 5), said.document

    # --- what holds

    @invariant()
    def the_history_is_what_was_decided(self) -> None:
        """Versions are the fold of the steps, nobody holds two at once, everything proves, and nobody exists twice."""
        with shell_of(self.world) as shell, reading(shell.database) as tx:
            assert list(findings(tx)) == []
            everyone = list(tx.execute(select(tables.person.c.id)).scalars())
            assert len(everyone) == len(KEYS)
            newest = current_revision(tx)
            steps = steps_of(tx, everyone, since=0)
            versions = defaultdict(list)
            for person in everyone:
                for one in history_of(tx, person, newest):
                    versions[person, one.version.engagement].append(one.version)
            folded = {key: fold(known_at(mine, newest)) for key, mine in steps.items()}
            assert dict(versions) == {key: list(some) for key, some in folded.items() if some}
            for mine in versions.values():
                assert all(one.end <= other.start for one, other in pairwise(mine))

    def _pending(self) -> list[Document]:
        return self.world.pending()

    def teardown(self) -> None:
        """What was refused does not come back unasked, however many days pass."""
        for _ in range(2):
            for feed in FILES:
                self.read(feed)
            self._decide("reject", self.world.pending())
        for days in (0, 1, 60):
            self.world.today += timedelta(days=days)
            for feed in FILES:
                self.read(feed)
            assert self.world.pending() == []


def test_two_sources_in_any_order(opened: Opened):
    """Each example is of a dozen steps, each of which takes a good part of a second; none is made smaller."""
    machine = type("Opened", (TwoSources,), {"opened": staticmethod(opened)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=3, stateful_step_count=12, deadline=None, phases=[Phase.explicit, Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        ),
    )  # fmt: skip


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_machine_sees_a_read_that_leaves_something_behind(opened: Opened, monkeypatch: pytest.MonkeyPatch):
    """A cut file that is taken for a whole one would end people: the machine fails."""
    machine = type("Opened", (TwoSources,), {"opened": staticmethod(opened)})()
    monkeypatch.setattr(TwoSources, "read", _read_all_but_the_last)
    with pytest.raises(AssertionError):
        machine.a_read_fails("people")


def _read_all_but_the_last(self: TwoSources, feed: str, *, cut: bool = False) -> Answer:
    rows = list(self.sent[feed].values())
    self.world.write(FILES[feed], table(rows[:-1] if cut else rows))
    return Answer(4, self.world.call("run", feed)["runs"][0])
