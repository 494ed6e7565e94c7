"""Somebody who left is erased: no name is left, no amount is another, and everything decided is still proved."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from engine.session import open_session, read_files
from store.open_form import rows_of, table_names
from tests.scenarios.closing import PEOPLE, PayWorld, corrected
from tests.scenarios.leaving import LEFT, VALUES, people
from tests.scenarios.tampering import must_name, owning, unguard
from tests.scenarios.world import Document

REASON = ("--reason", "asked in writing")

TAMPERED: dict[str, tuple[str, str]] = {
    "UPDATE step SET personal = '{{\"name\":\"Eve\"}}' WHERE person = 1": ("B1", "is not what was written down"),
    "UPDATE version SET personal = '{{\"name\":\"Eve\"}}' WHERE person = 1": ("P1", "not the fold of its steps"),
    "UPDATE change SET fields = replace(fields, 'reseller', 'other') WHERE person = 1": ("C1", "not what was decided"),
    "UPDATE step SET sets = replace(sets, 'reseller', 'other') WHERE person = 1": ("B1", "not what was written down"),
    "UPDATE emptied SET before = 'other'": ("P1", "what was emptied is not what was written down"),
    "DELETE FROM emptied WHERE about = 'C1'": ("C1", "it is not what was decided"),
    "UPDATE erasure SET \"by\" = 'eve'": ("P1", "who erased, or why"),
    "UPDATE erasure SET reason = 'none'": ("P1", "who erased, or why"),
    "UPDATE person SET name = 'Ann' WHERE id = 1": ("P1", "is there again"),
}  # fmt: skip


def erased(world: PayWorld, key: str = "E1") -> Document:
    said = world.call("erase", key, *REASON, "--as", "ben")
    assert said.code == 0, said.document
    return dict(said.document)


def found(world: PayWorld, *values: str) -> list[str]:
    """Where values stand, in the database and in every file of var/."""

    places = []
    with owning(world.database_url) as tx:
        for name in table_names():
            for row in rows_of(tx, name):
                places += [f"{name}: {value}" for value in values if any(value in str(cell) for cell in row.values())]
    files = sorted((world.folder / "var").rglob("*.parquet"))
    with open_session(world.folder / "var") as session:
        for path in files:
            cells = session.rows(f"FROM {read_files([path.resolve()])}")
            places += [f"{path.name}: {value}" for value in values if any(value in str(row) for row in cells)]
    return places


def test_nothing_of_the_name_is_left_and_before_it_was(left: PayWorld) -> None:
    assert len(found(left, *VALUES)) > 5
    assert found(left, "Bob")
    said = erased(left)
    assert (said["participant"], said["state"], said["by"]) == ("P1", "erased", "ben")
    assert said["rows"] > 1
    assert found(left, *VALUES) == []
    assert found(left, "Bob"), "only she is erased"
    assert any("inbox/people.csv" in one for one in said["left"])
    assert any("backups" in one for one in said["left"])


def test_every_amount_is_what_it_was(left: PayWorld) -> None:
    """As it stands, and calculated again as known before: the ids by which deals name her still do."""
    known = left.call("results", "2026-02").document
    revision = str(left.revision())
    counted = left.calculate("2026-02", dry_run=True, known_at=revision)
    erased(left)
    assert left.call("results", "2026-02").document == known
    assert left.calculate("2026-02", dry_run=True, known_at=revision)["totals"] == counted["totals"]


def test_a_deal_that_is_corrected_later_is_still_theirs(left: PayWorld) -> None:
    erased(left)
    left.sell(*corrected(("X6", "2026-02-10", "E1", "150.00")))
    assert left.calculate("2026-03")["totals"] == [{"currency": "USD", "amount": "10.00"}]


def test_the_audit_proves_it_and_says_who_erased_whom_and_why(left: PayWorld) -> None:
    before = left.call("audit", "verify")
    assert (before.code, before["erased"]) == (0, [])
    erased(left)
    said = left.call("audit", "verify")
    assert (said.code, said["whole"], said["findings"]) == (0, True, [])
    assert "erase" not in said["unproved_acts"]
    one = said["erased"][0]
    assert (one["participant"], one["by"], one["reason"]) == ("P1", "ben", "asked in writing")
    with owning(left.database_url) as tx:
        unguard(tx, "step", "version", "erasure", "emptied")
        must_name(tx, TAMPERED)


def test_what_was_erased_is_guarded_by_the_database(left: PayWorld) -> None:
    from sqlalchemy.exc import IntegrityError

    erased(left)
    with owning(left.database_url) as tx:
        for statement in (
            "UPDATE erasure SET reason = 'none'", "DELETE FROM erasure", "UPDATE emptied SET before = 'x'",
            "DELETE FROM emptied",
        ):  # fmt: skip
            with pytest.raises(IntegrityError), tx.begin_nested():
                tx.execute(text(statement))


def test_a_source_that_still_has_the_record_asks_nothing_and_a_second_time_takes_it_away(left: PayWorld) -> None:
    erased(left)
    said = left.call("run", "people")["runs"][0]
    assert (said["proposed"], said["excluded"], said["errors"], said["conflicts"]) == (0, 1, 0, 0)
    assert left.pending() == []
    assert found(left, *VALUES), "the source sent her again"
    assert erased(left, "P1")["rows"] == 1
    assert found(left, *VALUES) == []
    assert left.call("audit", "verify").code == 0


def test_two_people_of_one_batch_are_erased_one_after_the_other(left: PayWorld) -> None:
    people(left, LEFT, {**PEOPLE[1], "left": "2026-03-10"})
    erased(left)
    erased(left, "E2")
    assert found(left, *VALUES, "Bob") == []
    said = left.call("audit", "verify")
    assert (said.code, [one["participant"] for one in said["erased"]]) == (0, ["P1", "P2"])


def test_a_record_that_was_taken_for_theirs_and_is_not_stays(left: PayWorld) -> None:
    for key in ("P1", "P3"):
        assert left.call("link", "hr:E3", key, "--reason", "seen").code == 0
    assert found(left, "Cid")
    rows = [one for one in found(left, "Cid") if ".parquet" in one]
    erased(left)
    assert len([one for one in found(left, "Cid") if ".parquet" in one]) == len(rows) > 0
    assert found(left, *VALUES) == []
    assert left.call("audit", "verify").code == 0


def test_who_is_still_there_is_not_erased(left: PayWorld) -> None:
    said = left.call("erase", "E2", *REASON)
    assert (said.code, "employed or under contract" in said.error["message"]) == (5, True)
    assert left.call("erase", "E1").code == 2, "without a reason"
    assert found(left, "Hide-Me")


def test_an_open_pay_run_or_a_pending_change_is_in_the_way(left: PayWorld) -> None:
    left.sell(*corrected(("X9", "2026-03-02", "E1", "100.00")))
    left.on("2026-04-02")
    left.calculate("2026-03")
    said = left.call("erase", "E1", *REASON)
    assert (said.code, "2026-03 has an amount of theirs" in said.error["message"]) == (5, True)
    left.close("2026-03")
    people(left, LEFT)
    left.set("P1", "title=Rep", start="2026-02-01", approved=False)
    said = left.call("erase", "E1", *REASON)
    assert (said.code, "waits" in said.error["message"]) == (5, True)
    left.reject()
    erased(left)


def test_where_four_eyes_are_on_a_second_person_does_it(left: PayWorld) -> None:
    left.settings["four_eyes"] = True
    left.save()
    asked = left.call("erase", "E1", *REASON, "--as", "ana")
    assert (asked.code, asked["state"], asked["revision"]) == (0, "waiting", None)
    assert found(left, "Hide-Me")
    again = left.call("erase", "E1", *REASON, "--as", "ANA")
    assert (again.code, "somebody else" in again.error["message"]) == (5, True)
    assert left.call("audit", "verify")["erased"] == []
    left.settings["four_eyes"] = False  # which takes two people as well
    left.save()
    turned_off = left.call("erase", "E1", *REASON, "--as", "ana")
    assert (turned_off.code, "the configuration is not the one that counts" in turned_off.error["message"]) == (5, True)
    left.settings["four_eyes"] = True
    left.save()
    said = left.call("erase", "E1", "--reason", "seen", "--as", "ben")
    assert (said["state"], said["asked_by"], said["by"]) == ("erased", "ana", "ben")
    assert found(left, *VALUES) == []
    assert left.call("audit", "verify").code == 0


def test_a_copy_of_after_has_nothing_and_is_proved_too(left: PayWorld, tmp_path: Path) -> None:
    erased(left)
    copy = tmp_path / "copy"
    assert left.call("export", str(copy)).code == 0
    kept = [path for path in (copy / "tables").iterdir() if any(value in path.read_text() for value in VALUES)]
    assert kept == []
