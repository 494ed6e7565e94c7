"""Files of facts: listed once, for ever, by a run that still has its feed; known from a revision on."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.errors import LeaseLost
from domain.facts import FactKind
from store.database import reading, writing
from store.facts import FactSegment, Generation, fact_files, fact_segments, generation_of, generations, publish_facts
from store.head import take_revision
from tests.store.make import NOW, begun, count

FIRST = Generation(FactKind.TRANSACTIONS, None, "m1", ("Order", "Line"), {"amount": "money 4", "date": "day"})
FILE = FactSegment("facts/sales/R1-a.parquet", "a" * 64, 3, 700)
KEYS = FactSegment("facts/sales/R1-k.parquet", "b" * 64, 1, 200, replaces=True)


@pytest.fixture
def lease(engine):
    with writing(engine) as tx:
        take_revision(tx, NOW, "run")
        return begun(tx, "sales")


def publish(engine, lease, generation, *segments):
    with writing(engine) as tx:
        revision = take_revision(tx, NOW, "run")
        publish_facts(tx, lease, revision, generation, segments)
        return revision, generation_of(tx, lease.feed, revision)


def test_files_are_known_from_their_revision_on(engine, lease):
    first, generation = publish(engine, lease, FIRST, FILE)
    second, same = publish(engine, lease, generation, replace(FILE, path="facts/sales/R1-b.parquet"), KEYS)
    assert same == generation == replace(FIRST, feed="sales", number=1, id=1, run=lease.run, revision=first)
    with reading(engine) as tx:
        assert generation_of(tx, "sales", first - 1) is None
        assert [one.path for one in fact_segments(tx, 1, first)] == [FILE.path]
        found = fact_segments(tx, 1, second)
        assert [(one.path[-9], one.replaces, one.rows, one.revision) for one in found] == [
            ("a", False, 3, first), ("b", False, 3, second), ("k", True, 1, second),
        ]  # fmt: skip
        assert fact_files(tx, "sales") == {one.path for one in found}
        assert fact_files(tx, "other") == set()


def test_another_generation_follows_and_the_one_before_stays_known(engine, lease):
    first, _ = publish(engine, lease, FIRST, FILE)
    second, newer = publish(engine, lease, replace(FIRST, meaning="m2"))
    assert (newer.number, newer.meaning) == (2, "m2")
    with reading(engine) as tx:
        assert [one.meaning for one in generations(tx, first)] == ["m1"]
        assert [one.meaning for one in generations(tx, second)] == ["m2"]
        assert generations(tx, first - 1) == []


def test_a_run_that_lost_its_feed_publishes_nothing(engine, lease):
    with pytest.raises(LeaseLost):
        publish(engine, replace(lease, token=lease.token + 1), FIRST, FILE)
    with reading(engine) as tx:
        assert (count(tx, "fact_generation"), count(tx, "fact_segment")) == (0, 0)


@pytest.mark.parametrize("table", ["fact_generation", "fact_segment"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET run = 2", "DELETE FROM {}"])
def test_what_is_listed_is_never_changed_or_removed(engine, lease, table, statement):
    publish(engine, lease, FIRST, FILE)
    with pytest.raises(IntegrityError), writing(engine) as tx:
        tx.execute(text(statement.format(table)))
