"""Files that say of which day they speak: an older one than the last read is refused, unless it is asked for."""

from __future__ import annotations

import pytest

from tests.scenarios.people import crowd, with_cells
from tests.scenarios.world import Answer, World

PEOPLE = crowd(12)


@pytest.fixture
def dated(world: World) -> World:
    """A world whose newest file counts, and says its day in its name; that of January was read and approved."""
    world.settings["sources"]["hr"] |= {
        "path": "inbox/people-*.csv", "each": "newest",
        "as_of": {"from": "name", "pattern": r"people-\w*-?(\d{8})", "format": "%Y%m%d"},
    }  # fmt: skip
    world.save()
    assert read(world, "people-20260131.csv", title="Rep").code == 0
    assert world.approve().code == 0
    return world


def read(world: World, name: str, *options: str, **cells: str) -> Answer:
    """Let a file arrive in place of those before it, and run."""
    for path in (world.folder / "inbox").iterdir():
        path.unlink()
    world.send(with_cells(PEOPLE, **cells), name=name)
    said = world.call("run", "people", *options)
    return Answer(said.code, said["runs"][0])


def test_an_older_file_is_refused_and_changes_nothing(dated: World):
    """The export of December comes again under a name that sorts last: failed, with both days."""
    before = dated.kept()
    said = read(dated, "people-z-20251231.csv", title="Trainee")
    assert (said.code, said["outcome"], said["proposed"]) == (4, "failed", 0)
    assert "speaks of 2025-12-31, and R1 has read 2026-01-31" in said["message"]
    assert [one["code"] for one in said["problems"]] == ["older"]
    assert dated.kept() == before
    assert read(dated, "people-z-20251231.csv", "--dry-run", title="Trainee").code == 4


def test_a_newer_file_and_the_same_day_again_are_read(dated: World):
    """A correction of the same day counts like any other."""
    assert read(dated, "people-20260131.csv", title="Lead")["proposed"] == 12
    assert read(dated, "people-20260228.csv", title="Lead").code == 0
    assert read(dated, "people-20260131.csv", title="Rep").code == 4


def test_an_older_file_is_read_when_it_is_asked_for(dated: World):
    """And from then on what counts is its day: the next one may be newer than that alone."""
    said = read(dated, "people-20251231.csv", "--accept-older", title="Trainee")
    assert (said.code, said["outcome"], said["proposed"]) == (0, "completed", 12)
    assert read(dated, "people-20260115.csv", title="Trainee").code == 0


def test_a_read_that_failed_or_is_held_says_nothing_of_the_day(dated: World):
    """A cut file of March is held; the right one of February is still newer than the last that counted."""
    for path in (dated.folder / "inbox").iterdir():
        path.unlink()
    dated.send(PEOPLE[:4], name="people-20260331.csv")
    assert dated.call("run").code == 3
    assert read(dated, "people-20260228.csv", title="Rep").code == 0


def test_a_file_that_does_not_say_its_day_is_not_read(dated: World):
    said = read(dated, "people-new.csv", title="Lead")
    assert (said.code, [one["code"] for one in said["problems"]]) == (4, ["no_day"])


def test_a_cell_says_the_day_too(world: World):
    """Above the header, as exports have it."""
    world.settings["sources"]["hr"] |= {"header": 2, "as_of": {"from": "cell", "cell": "B1"}}
    world.save()
    for day, code in (("2026-01-31", 0), ("2026-01-30", 4), ("2026-02-01", 0)):
        world.send(PEOPLE)
        path = world.folder / "inbox" / "people.csv"
        path.write_text(f"As of,{day}\n{path.read_text()}")
        assert world.call("run").code == code, day
