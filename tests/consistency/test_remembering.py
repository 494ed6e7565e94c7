"""A row that is known again is not mapped, and all comes out as if it had been."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import unchanged
from tests.consistency.conftest import Opened
from tests.consistency.stories import KEYS, Company, Day, decide, few, prepare, stories, twin_of
from tests.consistency.test_narrowing import left

BOSS = "p01001@example.com"


pytestmark = pytest.mark.usefixtures("remembers_few")


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
        twin = twin_of(world)
        quick = world.run()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(unchanged, "is_under", lambda *_: False)
            slow = twin.run()
        shutil.rmtree(twin.folder / "inbox")
        assert slow.document == quick.document
        assert left(twin.folder) == left(world.folder)
        decide(world, day)
        shutil.rmtree(twin.folder)
