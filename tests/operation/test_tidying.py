"""What need not be kept goes, and nothing else: the next read comes to the same as if nothing had gone."""

from __future__ import annotations

import os

import pytest

from store.landing import segments
from tests.daemon.operated import Operated


@pytest.fixture
def old(world: Operated) -> Operated:
    """Three full reads, the first two more than 90 days ago; one row of them was bad."""
    world.feed.update(full=True)
    world.save()
    for key in ("00003", "00004"):
        world.says(100, key)
    world.says(100, "00002", hired="soon")
    world.script_is()
    world.tick()
    for hours in (1, 24, 24 * 100):
        world.later(hours=hours)
        world.tick()
        world.work()
    world.approve()
    return world


def landed(world: Operated) -> list[int]:
    with world._reading() as tx:
        return [one.run for one in segments(tx, "people")]


def values(world: Operated) -> int:
    from sqlalchemy import text

    with world._reading() as tx:
        return int(tx.execute(text("SELECT count(value) FROM problem")).scalar_one())


def test_what_need_not_be_kept_goes_with_its_files(old: Operated) -> None:
    files = list((old.folder / "var" / "landing" / "people").iterdir())
    scratch = old.folder / "var" / "tmp" / "left"
    scratch.mkdir()
    os.utime(scratch, (0, 0))
    assert (landed(old), values(old), len(files)) == ([1, 2, 3], 3, 3)
    kept = old.kept()
    said = old.do("tidy", "--dry-run").document
    assert (said["segments"], said["jobs"], said["values"]) == (2, 2, 2)
    assert landed(old) == [1, 2, 3]
    assert old.do("tidy").document == said
    assert (landed(old), values(old)) == ([3], 1)
    assert len(list((old.folder / "var" / "landing" / "people").iterdir())) == 1
    assert not scratch.exists()
    assert old.kept() == kept
    assert old.do("tidy")["segments"] == 0
    assert old.do("audit", "verify").code == 0


def test_the_next_read_comes_to_the_same(old: Operated) -> None:
    old.do("tidy")
    said = old.run()
    assert (said["proposed"], said["unchanged"], said["errors"]) == (0, 3, 1)


def test_how_long_landed_rows_stay_is_said_of_the_feed(old: Operated) -> None:
    old.feed["keep"] = "365 days"
    old.save()
    assert old.do("tidy")["segments"] == 0
    old.feed["keep"] = "soon"
    old.save()
    assert old.do("tidy").code == 2


def test_what_no_full_read_has_replaced_stays(world: Operated) -> None:
    """Of increments the state is folded; they go when a complete full read is newer."""
    world.script_is()
    world.tick()
    for days in (1, 100):
        world.later(days=days)
        world.tick()
        world.work()
    assert world.do("tidy")["segments"] == 0
