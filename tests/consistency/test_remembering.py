"""A row that is known again is not mapped, and all comes out as if it had been."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import unchanged
from syncd.changes import remembering
from tests.consistency.conftest import Opened
from tests.consistency.stories import KEYS, Company, Day, decide, few, prepare, stories
from tests.consistency.test_narrowing import left
from tests.scenarios.world import World

BOSS = "p01001@example.com"


@pytest.fixture(autouse=True)
def _remembers_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A company of six remembers what a company of a million does."""
    monkeypatch.setattr(remembering, "MANY", 0)
    monkeypatch.setattr(remembering, "SHARE", 1_000_000)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@few
@given(story=stories, order=st.randoms(use_true_random=False), mapped_otherwise=st.integers(0, 3))
def test_what_a_run_leaves_is_the_same_without_memory(
    opened: Opened, story: tuple[Day, ...], order: Any, mapped_otherwise: int
):
    """Each run is done twice from the same state, once without what is remembered, on rows in a random order."""
    world, company = opened(), Company()
    prepare(world)
    world.mapping["fields"]["manager"] = {"from": "phone", "type": "participant", "by": "email"}
    world.save()
    quiet = Day(later=1, edits=(), decision="", who=KEYS[0])
    for number, day in enumerate((story[0], quiet, *story[1:], quiet)):
        if number and number == mapped_otherwise:
            world.use("status")
        company.edit(day)
        world.today += day.after
        header, *rows = company.file().replace(",,", f",{BOSS},", 1).splitlines()
        order.shuffle(rows)
        world.write("inbox/people.csv", "\n".join((header, *rows, "")))
        twin = World(world.folder.with_name(world.folder.name + "-twin"))
        shutil.rmtree(twin.folder)
        shutil.copytree(world.folder, twin.folder)
        twin.today = world.today
        quick = world.run()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(unchanged, "is_under", lambda *_: False)
            slow = twin.run()
        shutil.rmtree(twin.folder / "inbox")
        assert slow.document == quick.document
        assert left(twin.folder) == left(world.folder)
        decide(world, day)
        shutil.rmtree(twin.folder)
