"""Who did what: kept in a chain that shows every edit."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, select, text

from store import tables
from store.audit import Act, audit, record, verify
from store.database import reading, writing
from store.decisions import Batch, Decision, Verdict, insert_batch, insert_decisions
from store.head import allocate, take_revision
from tests.store.make import NOW, TODAY, Roster, proposed

EDITS = [
    "\"by\" = 'eve'",
    "for_user = 'eve'",
    "act = 'reject'",
    "about = 'C9'",
    "reason = NULL",
    "configuration = 'c9'",
    "digest = 'd9'",
    "revision = 9",
    "at = '2026-01-01T00:00:00.000000Z'",
    "chain = '00'",
]


@pytest.fixture
def audited(engine: Engine) -> Engine:
    """Five acts of two transactions."""
    with writing(engine) as tx:
        revision = take_revision(tx, NOW, "approve")
        acts = [Act("approve", f"C{number}", f"d{number}", "fine") for number in (1, 2, 3)]
        record(tx, revision, acts, at=NOW, by="dana", for_user="kim", configuration="c1")
        record(tx, revision, [], at=NOW, by="dana")
    with writing(engine) as tx:
        revision = take_revision(tx, NOW + timedelta(hours=1), "link")
        record(tx, revision, [Act("link", "hr:W1"), Act("link", "hr:W2")], at=NOW, by="dana")
    return engine


def test_acts_come_back_in_their_order(audited):
    with reading(audited) as tx:
        assert [(row.id, row.about, row.revision) for row in audit(tx)] == [
            (1, "C1", 1), (2, "C2", 1), (3, "C3", 1), (4, "hr:W1", 2), (5, "hr:W2", 2),
        ]  # fmt: skip
        (second,) = audit(tx, after=1, limit=1)
        assert (second.at, second.by, second.for_user, second.act) == (NOW, "dana", "kim", "approve")
        assert (second.reason, second.configuration, second.digest) == ("fine", "c1", "d2")
        assert [row.id for row in audit(tx, about="hr:W1")] == [4]
        assert verify(tx) is None


def test_an_empty_audit_is_whole(engine):
    with reading(engine) as tx:
        assert verify(tx) is None


def test_an_edited_row_is_found(audited):
    with writing(audited) as tx:
        _unguard(tx)
        for edit in EDITS:
            with tx.begin_nested() as edited:
                tx.execute(text(f"UPDATE audit SET {edit} WHERE id = 2"))  # noqa: S608 - our own statements
                assert verify(tx) == 2, edit
                edited.rollback()
        assert verify(tx) is None


def test_a_removed_row_is_found_the_last_one_too(audited):
    with writing(audited) as tx:
        _unguard(tx)
        for removed in (1, 3, 5):
            with tx.begin_nested() as edited:
                tx.execute(text("DELETE FROM audit WHERE id = :id"), {"id": removed})
                assert verify(tx) == removed
                edited.rollback()


def test_an_added_row_is_found(audited):
    with writing(audited) as tx:
        columns = 'revision, at, "by", act, about, digest, chain'
        tx.execute(text(f"INSERT INTO audit (id, {columns}) SELECT 6, {columns} FROM audit WHERE id = 5"))  # noqa: S608 - our own columns
        assert verify(tx) == 6


def test_decisions_are_kept_in_the_order_they_were_made(engine, roster: Roster):
    from store.changes import insert_changes

    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [proposed(roster, 1), proposed(roster, 2)])
        insert_batch(tx, Batch(allocate(tx, "batch"), "approve", "dana", NOW, "kim", "fine"))
        made = [
            Decision(1, 1, 2, Verdict.REJECTED, ("team", "título"), TODAY, "dana", NOW, 1, "kim", "no"),
            Decision(2, 1, 1, Verdict.APPROVED, (), TODAY, "dana", NOW, 1),
        ]
        insert_decisions(tx, made)
        rows = tx.execute(select(tables.decision).order_by(tables.decision.c.id)).mappings()
        assert [Decision(**{**row, "fields": tuple(json.loads(row["fields"]))}) for row in rows] == made


def _unguard(tx: Connection) -> None:
    """Do what somebody does who owns the database."""
    on = " ON audit" if tx.dialect.name == "postgresql" else ""
    for event in ("update", "delete"):
        tx.execute(text(f"DROP TRIGGER audit_{event}{on}"))
