"""Records that are written while the result they are in is read: nothing behind them is passed over."""

from datetime import timedelta

import pytest

from connectors.base import Page, Wanted
from connectors.opening import open_source
from tests.connectors.contract import rows_of
from tests.connectors.follower import COLUMNS, Follower, shown
from tests.doubles.salesforce.world import settings

LOST = b'[{"errorCode": "INVALID_QUERY_LOCATOR", "message": "x"}]'


@pytest.fixture
def changed(salesforce, follower) -> list[str]:
    """Nine deals changed one after the other, of which a page of a result has three."""
    salesforce.org.page_sizes = [3]
    ids = list(follower.known)[:9]
    for number, one in enumerate(ids):
        salesforce.org.save("Opportunity", one, Name=f"changed {number}")
        salesforce.org.pass_(1)
    salesforce.org.pass_(600)
    return ids


def read(follower: Follower, act, most: int = 100) -> list[Page]:
    """Read after the cursor, at most so many pages; `act` is what happens after each one."""
    scratch = follower.folder / "moving"
    scratch.mkdir()
    found = []
    source = open_source("salesforce", settings(follower.double), (follower.folder,))
    for page in source.read("Opportunity", follower.cursor, scratch, Wanted(COLUMNS, rest=False)):
        found.append(page)
        follower.known |= {str(row["Id"]): {name: row[name] for name in COLUMNS} for row in rows_of(page)}
        follower.cursor = page.cursor or follower.cursor
        if len(found) == most:
            break
        act(len(found))
    return found


def mover(follower: Follower, record: str):
    """Who writes the last record of the second page before that is fetched."""

    def act(page: int) -> None:
        if page == 1:
            follower.double.org.pass_(1)
            follower.double.org.save("Opportunity", record, Name="moved")

    return act


def test_a_reader_that_is_killed_behind_a_record_that_moved(salesforce, follower, changed):
    read(follower, mover(follower, changed[5]), most=2)
    salesforce.org.pass_(600)
    assert follower.read().known == shown(salesforce)


def test_a_result_that_is_forgotten_behind_a_record_that_moved(salesforce, follower, changed):
    salesforce.org.fail("/query/01g", status=400, body=LOST, after=1)
    pages = read(follower, mover(follower, changed[5]))
    assert pages[-1].is_last
    salesforce.org.pass_(600)
    assert follower.read().known == shown(salesforce)


@pytest.mark.parametrize("most", [2, 100])
def test_a_record_that_a_long_transaction_moves(salesforce, follower, changed, most):
    """Its stamp is one of before the read began: what was covered then says that it may not count."""
    org = salesforce.org
    at, commit = org.now - timedelta(seconds=601.5), org.now + timedelta(seconds=1)
    org.save("Opportunity", changed[5], at=at, commit=commit, Name="moved")
    org.fail("/query/01g", status=400, body=LOST, after=1)
    read(follower, lambda _: org.pass_(1), most=most)
    org.pass_(600)
    assert follower.read().known == shown(salesforce)


def test_where_nothing_moves_a_page_says_how_far_it_is(follower, changed):
    cursors = [page.cursor for page in read(follower, lambda _: None)]
    assert len(set(cursors)) == len(cursors) == 3
