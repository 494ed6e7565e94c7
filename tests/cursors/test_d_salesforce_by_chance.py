"""Whatever happens in an org, run by run and decided at any time: in the end the roster is what the org shows, and
nobody was asked the same thing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store import faults
from tests.consistency.stories import few
from tests.cursors.crm import Clock
from tests.cursors.org import People
from tests.doubles.salesforce.server import Double
from tests.doubles.salesforce.world import people_and_deals
from tests.scenarios.conftest import _migrated, housed  # noqa: F401 - a fixture
from tests.servers import Database

CROWD = 5
Step = tuple[str, int, int]
WHO = st.integers(0, CROWD - 1)
LATE = st.sampled_from([0, 0, 4, 70, 900])
STEPS = st.one_of(
    st.tuples(st.sampled_from(["moves", "moves", "joins", "deleted", "back", "merged", "purged"]), WHO, LATE),
    st.tuples(st.just("passes"), st.sampled_from([1, 30, 600, 7200]), st.just(0)),
    st.tuples(st.sampled_from(["run", "run", "approved"]), st.just(0), st.just(0)),
)
#: A transaction that ends after a run, within the window of which others were seen; somebody comes back from the bin.
LATELY: list[Step] = [("moves", 0, 70), ("passes", 20, 0), ("moves", 1, 0), ("run", 0, 0), ("passes", 600, 0)]
RETURNS: list[Step] = [("deleted", 2, 0), ("passes", 600, 0), ("run", 0, 0), ("back", 2, 0), ("run", 0, 0)]


@pytest.fixture
def opened_people(
    tmp_path: Path,
    database: Database,
    clock: Clock,
    _migrated: Path,  # noqa: F811 - the fixture above
    salesforce: Double,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[], People]]:
    """Gives an empty workspace that reads an empty org each time it is called."""
    found: list[People] = []

    def another() -> People:
        salesforce.renew()
        people_and_deals(salesforce.org)
        folder = housed(tmp_path / f"workspace-{len(found)}", database, _migrated, monkeypatch)
        found.append(People(folder, salesforce))
        return found[-1]

    yield another
    for one in found:
        one.close()
    faults.disarm()


class Story:
    """What happens to five people, and whoever joins them; each value is written once."""

    def __init__(self, people: People) -> None:
        self.people, self.org = people, people.org
        self.ids, self.written = people.crowd(CROWD), 0
        self.deleted: Counter[str] = Counter()

    def go(self, steps: list[Step]) -> None:
        """Let it happen."""
        for kind, number, late in steps:
            if kind == "passes":
                self.people.later(number)
            elif kind == "run":
                assert self.people.run().code == 0
            elif kind == "approved":
                assert self.people.approve().code == 0
            elif kind == "joins":
                self.written += 1
                self.ids.append(self.people.joins(f"{9000 + self.written:05d}"))
            else:
                self._happens(kind, self.ids[number], late)

    def _happens(self, kind: str, one: str, late: int) -> None:
        last = self.org.records["Contact", one][-1]
        if last.commit > self.org.now or ("Contact", one) in self.org.purged:
            return
        commit = self.people.late(late)
        if kind == "moves" and not last.deleted:
            self.written += 1
            self.org.save("Contact", one, commit=commit, Title=f"Title {self.written}")
        elif kind == "back" and last.deleted:
            self.org.undelete("Contact", one)
        elif kind in {"deleted", "merged"} and not last.deleted:
            self.deleted[one] += 1
            self.org.delete("Contact", one, commit=commit, master=self.ids[-1] if kind == "merged" else None)
        elif kind == "purged":
            self.deleted[one] += not last.deleted
            self.org.purge("Contact", one)

    def ends(self) -> str | None:
        """Read and approve what is left; tell what is wrong, if anything."""
        for _ in range(2):
            self.people.later(2000)
            assert self.people.run().code == 0
            assert self.people.approve().code == 0
        if self.people.after(600)["proposed"]:
            return "proposed without a reason"
        shown = {one["Number__c"]: one["Title"] for one in self.org.rows("Contact", deleted=False)}
        if {key: one["title"] for key, one in self.people.roster().items()} != shown:
            return "not what the org shows"
        asked: Counter[str] = Counter()
        for one in self.people.changes():
            told = one["source_key"] if one["kind"] == "termination" else sorted(one["fields"].items())
            asked[f"{one['kind']} {told}"] += 1
        limits = {f"termination {key}": times for key, times in self.deleted.items()}
        doubled = [what for what, times in asked.items() if times > limits.get(what, 1)]
        return f"asked again: {doubled}" if doubled else None


@few
@example(steps=[*LATELY, *RETURNS])
@given(steps=st.lists(STEPS, max_size=18))
def test_the_roster_comes_to_what_the_org_shows_and_nothing_is_proposed_twice(
    opened_people: Callable[[], People], steps: list[Step]
):
    story = Story(opened_people())
    story.go(steps)
    assert story.ends() is None


# --- the property notices what it is there for


def test_a_cursor_that_does_not_wait_is_noticed(opened_people: Callable[[], People], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("connectors.salesforce.source.covered", lambda client, described: client.now)
    story = Story(opened_people())
    story.go(LATELY)
    assert story.ends() == "not what the org shows"


def test_a_log_that_is_not_asked_is_noticed(opened_people: Callable[[], People], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("connectors.salesforce.source.deletions", lambda client, described, since: ([], since))
    story = Story(opened_people())
    story.go([("purged", 1, 0)])
    assert story.ends() == "not what the org shows"


def test_being_asked_again_is_noticed(opened_people: Callable[[], People]):
    """Taken back in the source and then wanted again, it is asked again, with reason; a story never does that."""
    story = Story(opened_people())
    for title in ("Again", "Rep", "Again"):
        story.people.moves(story.ids[0], Title=title)
        story.go([("passes", 600, 0), ("run", 0, 0)])
    assert str(story.ends()).startswith("asked again: [\"update [('title'")
