"""What the database itself refuses, whoever asks, past every check of ours."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from domain.errors import TryLater
from store import audit, database
from store.changes import insert_changes
from store.database import writing
from store.head import allocate, take_revision
from store.history import insert_steps, replace_versions, versions_of
from store.people import LinkRow, PersonRow, insert_links, insert_people
from tests.store.make import NOW, Roster, count, decided, proposed, step, version

OVERLAPS = [
    ("2026-02-01", "9999-12-31"),  # the same days
    ("2026-01-01", "9999-12-31"),  # around it
    ("2026-03-01", "2026-04-01"),  # within it
    ("2026-01-01", "2026-02-02"),  # its first day
]


@pytest.fixture
def decision(engine: Engine, roster: Roster) -> int:
    """Ann's step and version from February on, both ended by revision 2 and followed by others; audited."""
    ann = roster.people[0]
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [proposed(roster, 1)])
        decision = decided(tx, 1, roster.revision)
        insert_steps(tx, [step(1, ann, decision, roster.revision)])
        replace_versions(tx, [], [version(ann, "2026-02-01")], roster.revision)
        audit.record(tx, roster.revision, [audit.Act("approve", "C1")], at=NOW, by="dana")
    with writing(engine) as tx:
        revision = take_revision(tx, NOW, "approve")
        tx.execute(text("UPDATE step SET revision_to = 2"))
        insert_steps(tx, [step(2, ann, decision, revision, seq=2)])
        ended = [one.id for one in versions_of(tx, [ann])[ann, "main"]]
        replace_versions(tx, ended, [version(ann, "2026-02-01", team="west")], revision)
    return decision


def test_overlapping_versions_are_refused(engine, roster: Roster, decision):  # H12
    for start, end in OVERLAPS:
        with pytest.raises(IntegrityError), writing(engine) as tx:
            replace_versions(tx, [], [version(roster.people[0], start, end)], 2)


def test_a_version_cannot_be_stretched_over_another(engine, roster: Roster, decision):
    """Not even where the guard against changes is gone."""
    ann = roster.people[0]
    with writing(engine) as tx:
        replace_versions(tx, [], [version(ann, "2025-01-01", "2025-02-01")], 2)
        on = " ON version" if tx.dialect.name == "postgresql" else ""
        tx.execute(text(f"DROP TRIGGER version_update{on}"))
    stretch = text("UPDATE version SET start = :start, \"end\" = :end WHERE start = '2025-01-01'")
    for start, end in OVERLAPS:
        with pytest.raises(IntegrityError), writing(engine) as tx:
            tx.execute(stretch, {"start": start, "end": end})


def test_versions_that_only_touch_are_not_refused(engine, roster: Roster, decision):
    with writing(engine) as tx:
        replace_versions(tx, [], [version(roster.people[0], "2026-01-01", "2026-02-01")], 2)
        assert len(versions_of(tx, roster.people)[roster.people[0], "main"]) == 2


def test_another_engagement_another_person_and_a_known_past_may_overlap(engine, roster: Roster, decision):
    ann, bob, _cid = roster.people
    second = version(ann, "2026-02-01")
    with writing(engine) as tx:
        replace_versions(tx, [], [version(bob, "2026-02-01")], 2)
        tx.execute(text("UPDATE version SET revision_to = 3 WHERE revision_to IS NULL AND person = 1"))
        replace_versions(tx, [], [second], 3)
        assert count(tx, "version") == 4


def test_of_two_writers_only_one_gets_the_days(url, engine, roster: Roster, monkeypatch):
    """Neither sees the other's rows before it ends, and still the second is refused."""
    monkeypatch.setattr(database, "PATIENCE", 100)
    second, ann = database.open_database(url), roster.people[0]
    with writing(engine) as tx:
        replace_versions(tx, [], [version(ann, "2026-02-01")], 1)
        with pytest.raises(TryLater), writing(second) as other:
            replace_versions(other, [], [version(ann, "2026-05-01")], 1)
    second.dispose()


CURRENT = " WHERE revision_to IS NULL"
REFUSED = [
    *((table, "\"by\" = 'other'") for table in ("audit", "decision", "batch")),
    ("audit", "reason = NULL, digest = 'other'"),
    ("decision", "verdict = 'other'"),
    *(("step", f"{column} = 'other'") for column in ("sets", "engagement", "origin", "personal")),
    ("step", f"opens = NOT opens, seq = 5, decision = 1{CURRENT}"),
    *(("version", f"{column} = 'other'") for column in ("attributes", "engagement", "personal")),
    *((table, f"start = '2025-01-01'{CURRENT}") for table in ("step", "version")),
    *((table, "\"end\" = '2026-05-01'") for table in ("step", "version")),
    *((table, f"person = 2{CURRENT}") for table in ("step", "version")),
    *((table, "revision_from = 0") for table in ("step", "version")),
    *((table, "revision_to = NULL") for table in ("step", "version")),
    *((table, "revision_to = 3 WHERE revision_to = 2") for table in ("step", "version")),
]


KEPT = ("audit", "decision", "batch", "step", "version")


def test_what_was_decided_cannot_be_changed(engine, decision):
    for table, change in REFUSED:
        with pytest.raises(IntegrityError, match=f"{table} is never changed"), writing(engine) as tx:
            tx.execute(text(f"UPDATE {table} SET {change}"))  # noqa: S608 - our own statements


def test_what_was_decided_cannot_be_removed(engine, decision):
    for table in KEPT:
        with pytest.raises(IntegrityError, match=f"{table} is never.* removed"), writing(engine) as tx:
            tx.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own tables


def test_what_was_decided_cannot_be_replaced_or_emptied_at_once(engine, decision):
    for table in KEPT:
        statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"  # noqa: S608 - our own tables
        if engine.dialect.name == "postgresql":
            statement = f"TRUNCATE {table} CASCADE"
        with pytest.raises(IntegrityError, match=r"is never (changed|replaced)"), writing(engine) as tx:
            tx.execute(text(statement))


def test_what_is_personal_may_be_emptied(engine, decision):
    with writing(engine) as tx:
        tx.execute(text("UPDATE step SET personal = NULL"))
        tx.execute(text("UPDATE version SET personal = NULL"))


def test_a_period_needs_a_day_and_knowledge_a_revision(engine, roster: Roster, decision):
    ann = roster.people[0]
    for revision in ("revision_from", "revision_from - 1"):
        for table in ("step", "version"):
            statement = f"UPDATE {table} SET revision_to = {revision}{CURRENT}"  # noqa: S608 - our own tables
            with pytest.raises(IntegrityError, match="revisions"), writing(engine) as tx:
                tx.execute(text(statement))
    with pytest.raises(IntegrityError, match="days"), writing(engine) as tx:
        replace_versions(tx, [], [version(ann, "2025-01-01", "2025-01-01")], 2)


def test_one_strong_id_names_one_person(engine, roster: Roster):
    for name in ("employee_id", "partner_id", "vendor_id", "universal_id"):
        with writing(engine) as tx:
            _person(tx, roster, f"{name}X", {name: "X1"})
        with pytest.raises(IntegrityError), writing(engine) as tx:
            _person(tx, roster, f"{name}Y", {name: "X1"})


def test_a_key_of_a_source_is_one_person_at_a_time(engine, roster: Roster):
    with pytest.raises(IntegrityError), writing(engine) as tx:
        insert_links(tx, roster.lease, [LinkRow("hr", "W1", roster.people[1], "dana")], 1)


def test_nobody_unknown_is_linked(engine, roster: Roster):
    with pytest.raises(IntegrityError), writing(engine) as tx:
        insert_links(tx, roster.lease, [LinkRow("hr", "W9", 999, "dana")], 1)


def _person(tx: Connection, roster: Roster, name: str, ids: dict[str, Any]) -> None:
    named = PersonRow(allocate(tx, "person"), "employee", name=name)
    insert_people(tx, roster.lease, [replace(named, **ids)], 1)
