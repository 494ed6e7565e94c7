"""The one clock: revisions, their wall times, and ids."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import NoResultFound, StatementError

from store import tables
from store.database import reading, writing
from store.head import allocate, current_revision, revision_at, take_revision
from tests.store.make import MINUTE, NOW


def test_revisions_of_two_threads_follow_one_another_without_a_gap(engine: Engine):
    def take(_number: int) -> tuple[int, int]:
        with writing(engine) as tx:
            revision = take_revision(tx, NOW, "run")
            return revision, allocate(tx, "step", revision)

    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(take, range(40)))
    assert sorted(revision for revision, _first in taken) == list(range(1, 41))
    # the ids were given in the order of the revisions: nobody took one between another's revision and its end
    assert dict(taken) == {revision: 1 + revision * (revision - 1) // 2 for revision in range(1, 41)}
    with reading(engine) as tx:
        assert current_revision(tx) == 40


def test_a_revision_whose_transaction_failed_was_never_taken(engine):
    with pytest.raises(ZeroDivisionError), writing(engine) as tx:
        assert take_revision(tx, NOW, "run") / 0
    with writing(engine) as tx:
        assert take_revision(tx, NOW, "run") == 1


def test_the_revision_of_a_moment_includes_that_moment(engine):
    with writing(engine) as tx:
        take_revision(tx, NOW, "run")
        take_revision(tx, NOW + MINUTE, "approve")
        take_revision(tx, NOW + MINUTE, "approve")
        moments = (NOW - MINUTE, NOW, NOW + MINUTE / 2, NOW + MINUTE, NOW + 2 * MINUTE)
        assert [revision_at(tx, moment) for moment in moments] == [0, 1, 1, 3, 3]


@pytest.mark.parametrize("zone", [ZoneInfo("America/New_York"), timezone(timedelta(hours=5, minutes=30))])
def test_a_moment_of_any_zone_is_kept_as_the_same_moment(engine, zone):
    local = datetime(2026, 3, 8, 1, 59, 59, 999_999, tzinfo=zone)
    with writing(engine) as tx:
        take_revision(tx, local, "run")
        kept = tx.execute(select(tables.revision.c.at)).scalar_one()
        assert revision_at(tx, local) == 1
        assert revision_at(tx, local - timedelta(microseconds=1)) == 0
    assert kept == local
    assert kept.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(engine):
    with pytest.raises(StatementError, match="without a zone"), writing(engine) as tx:
        take_revision(tx, datetime(2026, 1, 1), "run")  # noqa: DTZ001 - the mistake is the point


def test_ids_are_consecutive_and_their_counter_must_exist(engine):
    with writing(engine) as tx:
        assert [allocate(tx, "change", 1000), allocate(tx, "change"), allocate(tx, "person")] == [1, 1001, 1]
        with pytest.raises(NoResultFound):
            allocate(tx, "unicorn")
