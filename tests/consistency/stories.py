"""Random stories of a small company: what its file says from day to day, and what the admin decides."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from syncd.world import World as Shell
from syncd.world import open_world
from tests.scenarios.people import Row, someone
from tests.scenarios.world import COLUMNS, DATED, Answer, World

#: An example takes seconds, so few are tried each time, and a failing one is not made smaller.
few = settings(
    max_examples=4,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

KEYS = tuple(f"{number:05d}" for number in range(1001, 1007))
GONE, TWICE, SPLIT, POST = "gone", "twice", "split", "post"
#: What an edit says of the second post of a key.
SECOND = "second "

#: What a cell may come to hold: usual values, the same value written otherwise, nothing, and what cannot be.
CELLS: dict[str, tuple[str, ...]] = {
    "title": ("Rep", "Lead", "", " Rep ", "Head"),
    "team": ("East", "West", "Ops", ""),
    "ote": ("1000", "1000.0", "1200.5", "a lot", ""),
    "plans": ("gold;silver", "silver;gold;gold", "gold", ""),
    "hired": ("2025-01-01", "2025-06-01", "2026-02-10", "soon"),
    "left": ("", "2026-01-20", "2026-02-05", "2026-12-31"),
    "name": ("Jos\u00e9", "Jose\u0301", "Ann"),
    "email": ("shared@example.com", "own@example.com", "none"),
    "id": ("01001", "", "02001"),
    DATED: ("", "2026-01-08", "2025-12-01", "2026-03-01"),
    "main": ("yes", "no", ""),
    f"{SECOND}main": ("yes", "no"),
    f"{SECOND}title": ("Rep", "Lead"),
    f"{SECOND}left": ("", "2026-01-20"),
    f"{SECOND}email": ("shared@example.com", "none"),
}

_cells = st.sampled_from(sorted(CELLS)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(CELLS[name])))
_edits = st.tuples(
    st.sampled_from(KEYS),
    st.one_of(_cells, _cells, _cells, st.sampled_from([(GONE, ""), (TWICE, ""), (SPLIT, ""), (POST, ""), (POST, "")])),
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a story: what is otherwise in the file from now on, and what is decided after the run.

    later     days since the one before
    decision  approve, reject, reject for good, approve one, reject one, correct by hand, answer what is asked, link a
              record to somebody else, unlink it, or nothing
    """

    later: int
    edits: tuple[tuple[str, tuple[str, str]], ...]
    decision: str
    who: str

    @property
    def after(self) -> timedelta:
        """How long after the day before it is."""
        return timedelta(days=self.later)


DECISIONS = (
    *("approve", "approve", "approve", "reject", "reject --for-good", "approve one", "reject one", "set", ""),
    *("answer --is", "answer --new", "answer --never", "link", "unlink"),
)

_days = st.builds(
    Day,
    later=st.integers(0, 40),
    edits=st.lists(_edits, max_size=6).map(tuple),
    decision=st.sampled_from(DECISIONS),
    who=st.sampled_from(KEYS),
)
#: The first day mostly brings people in, so that something can happen to them afterwards.
stories = st.builds(
    lambda first, rest: (first, *rest),
    st.sampled_from([Day(0, (), "approve", KEYS[0]), Day(0, (), "approve one", KEYS[0])]),
    st.lists(_days, min_size=2, max_size=3),
)


@contextmanager
def shell_of(world: World) -> Iterator[Shell]:
    """The workspace as the shell opens it."""
    found = open_world(world.folder, world.today)
    try:
        yield found
    finally:
        found.database.dispose()


def prepare(world: World) -> None:
    """Map everything that a story varies, posts too; leave a team out of scope, and protect one key."""
    world.use("ote", "plans")
    world.mapping["key"] = "key"
    world.mapping["where"] = "team != 'Ops'"
    world.mapping |= {"engagement": "post", "primary": "main"}
    world.feed["protected"] = ["01006"]
    world.feed["limits"] = {"errors": 100}
    world.save()


class Company:
    """What the people file says now."""

    def __init__(self) -> None:
        self._cells: dict[str, Row] = {key: someone(key) for key in KEYS}
        self._posts: dict[str, Row] = {}
        self._gone: set[str] = set()
        self._again: dict[str, str] = {}

    def file(self) -> str:
        """The file; a key may stand in it twice, equal or not."""
        text = io.StringIO()
        writer = csv.DictWriter(text, ["key", "post", "main", *COLUMNS, DATED], restval="", lineterminator="\n")
        writer.writeheader()
        for key, row in self._cells.items():
            if key not in self._gone:
                writer.writerow({**row, "key": key})
            if second := self._posts.get(key):
                writer.writerow({**row, "title": "Second", **second, "key": key, "post": "G"})
            if how := self._again.get(key):
                writer.writerow({**row, "key": key, **({"title": "Other"} if how == SPLIT else {})})
        return text.getvalue()

    def edit(self, day: Day) -> None:
        """Let a day's edits be so from now on; repeats last that day alone."""
        self._again.clear()
        for key, (name, value) in day.edits:
            if name == GONE:
                self._gone ^= {key}
            elif name == POST:
                self._posts = (
                    {**self._posts, key: {"main": "no"}} if key not in self._posts else _without(self._posts, key)
                )
            elif name.startswith(SECOND):
                if key in self._posts:
                    self._posts[key] = {**self._posts[key], name.removeprefix(SECOND): value}
            elif name in (TWICE, SPLIT):
                self._again[key] = name
            else:
                self._cells[key] = {**self._cells[key], name: value}


def _without(posts: dict[str, Row], key: str) -> dict[str, Row]:
    return {other: row for other, row in posts.items() if other != key}


def tell(world: World, company: Company, day: Day) -> Answer:
    """Play a day: the file arrives, the feed runs, something is decided. Gives the run."""
    world.today += day.after
    company.edit(day)
    world.write("inbox/people.csv", company.file())
    said = world.run()
    assert said.code in (0, 1, 3), said.document
    decide(world, day)
    return said


def decide(world: World, day: Day) -> None:
    """Do what the admin does on a day; an answer of 5 is a no of ours, which is no fault."""
    what, _, how = day.decision.partition(" ")
    if what == "set":
        said = world.call("set", f"hr:{day.who}", "title=By Hand", "--from", str(world.today), "--reason", "by hand")
        if said.code == 0:
            world.approve(said["id"])
    elif what in ("answer", "link", "unlink"):
        _say(world, what, how, f"hr:{day.who}")
    elif what:
        pending = world.pending()
        chosen = pending[:1] if how == "one" else pending
        if chosen:
            said = world.approve(*chosen) if what == "approve" else world.reject(*chosen, for_good=how == "--for-good")
            assert said.code in (0, 5), said.document


def _say(world: World, what: str, how: str, record: str) -> None:
    """Say who a record is, or is not; what cannot be said is a no of ours."""
    for question in world.call("conflicts").document if what == "answer" else ():
        whom = [one["participant"] for one in question["candidates"]][:1] if how == "--is" else []
        if question["kind"] == "who":
            assert world.call("answer", question["id"], how, *whom, "--reason", "asked").code in (0, 5)
    if what != "answer":
        whom = ["P1"] if what == "link" else []
        assert world.call(what, record, *whom, "--reason", "seen").code in (0, 2, 5)


def twin_of(world: World) -> World:
    """Give a copy of a workspace as it stands, on the same day."""
    twin = World(world.folder.with_name(world.folder.name + "-twin"))
    shutil.rmtree(twin.folder)
    shutil.copytree(world.folder, twin.folder)
    twin.today = world.today
    return twin
