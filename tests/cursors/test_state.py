"""The state of a feed: folded of its increments, mapped again after a mapping edit, never more than a cache."""

from __future__ import annotations

import shutil

import pytest

from tests.cursors.crm import Crm
from tests.scenarios.world import Document


def test_the_state_is_written_when_increments_pass_a_fifth_of_it(crm: Crm):
    """20 people: four changed rows are no reason, a fifth is; then again only after a fifth of the new file."""
    keys = crm.crowds(900, 20)
    crm.begin_at(1000)
    for key in keys[:4]:
        crm.says(1100, key, title="Lead")
    crm.read(1100)
    assert crm.state() is None
    crm.says(1200, keys[5], title="Lead")
    crm.read(1200)
    written = crm.state()
    assert written is not None
    assert len(list((crm.folder / "var" / "mirror").glob("state-*"))) == 1
    crm.deletes(1250, "01020")
    crm.crowds(1250, 4, title="Head")
    crm.read(1300)
    newer = crm.state()
    assert newer is not None
    assert newer.revision > written.revision


def test_the_written_state_is_sorted_and_what_a_fold_from_scratch_gives(crm: Crm):
    """One row for each key, the newest, deletions too; and a changed mapping sees the same in either."""
    _changed_and_written(crm)
    columns, state = "id, title, _op", crm.state()
    assert state is not None
    written = crm.rows(crm.folder / "var" / state.path, columns=columns)
    folded = {str(row[0]): row for file in crm.landed for row in crm.rows(file, columns=columns)}
    assert written == [folded[key] for key in sorted(folded)]
    assert [row[2] for row in written].count("delete") == 2


def test_without_the_written_state_nothing_is_otherwise(crm: Crm):
    """var/mirror is thrown away before an increment with a changed mapping: the same is proposed."""
    _changed_and_written(crm)
    crm.mapping["fields"]["title"]["values"] = {"Rep": "Seller", "Lead": "Team Lead", "Head": "Head"}
    crm.save()
    with_it = crm.read(1300, dry=True)
    shutil.rmtree(crm.folder / "var" / "mirror")
    without = crm.read(1300)
    for said in (with_it.document, without.document):
        assert (said["read"], said["mapping_changed"]) == (20, True)
    names = ("unchanged", "pending", "proposed", "excluded", "errors")
    assert [with_it[name] for name in names] == [without[name] for name in names]
    kept = _titles(crm.pending())
    assert _titles(with_it["changes"]) <= kept
    assert len(kept) == 18


def test_a_changed_mapping_maps_everything_without_reading_again(crm: Crm):
    """An increment that brings nothing: every record is mapped anew, and said so, once."""
    crm.crowds(900, 12)
    crm.begin_at(1000)
    crm.mapping["fields"]["title"]["values"] = {"Rep": "Seller"}
    crm.save()
    said = crm.read(1100)
    assert (said.code, said["read"], said["mapping_changed"], said["proposed"]) == (0, 12, True, 12)
    assert (crm.cursor, len(crm.landed)) == ("900", 1)
    after = crm.read(1200)
    assert (after["read"], after["mapping_changed"], after["proposed"], crm.cursor) == (0, False, 0, "900")


def test_f22_a_mapping_that_says_the_same_otherwise_changes_nothing(crm: Crm):
    """A new mapping version whose values are the same: everything is compared, nothing proposed, a no stays a no."""
    crm.crowds(900, 3)
    crm.begin_at(1000)
    crm.says(1100, "01001", title="Lead")
    crm.read(1200)
    assert crm.reject().code == 0
    crm.mapping["fields"]["title"]["values"] = {"Rep": "Rep", "Lead": "Lead"}
    crm.save()
    said = crm.read(1300)
    assert (said["read"], said["mapping_changed"], said["proposed"], said["suppressed"]) == (3, True, 0, 1)
    assert crm.pending() == []


def test_a_mapping_that_reads_a_further_column_reads_the_source_in_full(crm: Crm):
    """What was never landed cannot be mapped: nobody's phone is taken for emptied."""
    crm.script["columns"].append("phone")
    for key in ("01001", "01002"):
        crm.says(900, key, phone="555")
    crm.begin_at(1000)
    crm.use("phone")
    said = crm.read(1100)
    assert (said.code, said["read"], said["mapping_changed"], said["proposed"], crm.cursor) == (0, 2, True, 2, "900")
    assert [one["fields"] for one in crm.pending()] == [{"phone": {"before": None, "after": "555"}}] * 2
    assert (crm.read(1200)["read"], crm.cursor) == (0, "900")


@pytest.mark.parametrize("point", ["mirror.keep", "mirror.keep done"])
def test_a_state_that_was_not_named_does_not_exist(crm: Crm, point: str):
    """Killed while the state is written: the run was over by then, and the next one goes on."""
    crm.crowds(900, 5)
    crm.begin_at(1000)
    crm.says(1100, "01001", title="Lead")
    crm.says(1100, "01002", title="Lead")
    crm.killed_at(point, 1200)
    assert (crm.state(), len(crm.pending()), crm.cursor) == (None, 2, "1100")
    crm.mapping["fields"]["title"]["values"] = {"Rep": "Rep", "Lead": "Boss"}
    crm.save()
    assert (crm.read(1300)["read"], crm.cursor) == (5, "1100")
    assert {one["fields"]["title"]["after"] for one in crm.pending()} == {"Boss"}
    assert crm.state() is not None


def _titles(changes: list[Document]) -> set[tuple[str, str]]:
    return {(one["source_key"], one["fields"]["title"]["after"]) for one in changes if "title" in one["fields"]}


def _changed_and_written(crm: Crm) -> None:
    """Twenty people, of whom some changed, some were deleted and one returned; the state is written by then."""
    keys = crm.crowds(900, 20)
    crm.begin_at(1000)
    for key in keys[5:9]:
        crm.says(1100, key, title="Lead")
    crm.deletes(1101, "01001", "01002", "01003")
    crm.read(1150)
    crm.says(1200, "01002")
    for key in keys[5:10]:
        crm.says(1200, key, title="Head")
    crm.read(1250)
