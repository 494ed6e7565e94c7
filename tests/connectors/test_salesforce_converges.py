"""Whatever happens in an org, in whatever order it becomes visible, and wherever a reader is killed: what the reader
knows in the end is what the org shows.
"""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.salesforce import changes
from domain.errors import CursorExpired
from tests.connectors.follower import Follower, shown
from tests.doubles.salesforce.server import Double
from tests.doubles.salesforce.world import deal, people_and_deals

KEYS = st.integers(0, 5)
LATE = st.sampled_from([0, 0, 3, 50, 400])
STEPS = st.one_of(
    st.tuples(st.just("save"), KEYS, LATE),
    st.tuples(st.just("delete"), KEYS, LATE),
    st.tuples(st.just("undelete"), KEYS, LATE),
    st.tuples(st.just("merge"), KEYS, LATE),
    st.tuples(st.just("purge"), KEYS, LATE),
    st.tuples(st.just("pass"), st.sampled_from([1, 1, 20, 61, 600, 90_000]), LATE),
    st.tuples(st.just("read"), st.sampled_from([0, 0, 0, 1, 2, 3]), LATE),
    st.tuples(st.just("read"), st.just(0), LATE),
)


def play(double: Double, follower: Follower, steps: list[tuple[str, int, int]]) -> None:
    """Let it happen; a read of 0 pages is a whole one."""
    org, ids = double.org, list[str]()
    for kind, number, late in steps:
        commit = org.now + timedelta(seconds=late)
        known = ids[number % len(ids)] if ids else None
        state = org.records["Opportunity", known][-1] if known else None
        is_settled = state is not None and state.commit <= org.now
        if kind == "save" and (known is None or number >= len(ids) or not is_settled):
            ids.append(deal(org, f"Deal {len(ids)}", commit=commit))
        elif kind == "save" and known is not None and state is not None and not state.deleted:
            org.save("Opportunity", known, commit=commit, Amount=Decimal(len(org.asked)))
        elif kind == "pass":
            org.pass_(number)
        elif kind == "read":
            follower.read(pages=number or None)
        elif known is not None and state is not None and is_settled:
            if kind in {"delete", "merge"} and not state.deleted:
                org.delete("Opportunity", known, commit=commit, master="006" if kind == "merge" else None)
            elif kind == "undelete" and state.deleted and ("Opportunity", known) not in org.purged:
                org.undelete("Opportunity", known)
            elif kind == "purge":
                org.purge("Opportunity", known)


def ends_alike(double: Double, steps: list[tuple[str, int, int]]) -> bool:
    """Play on an empty org; tell whether reads after a cursor alone came to what it shows."""
    double.renew()
    people_and_deals(double.org)
    with TemporaryDirectory(prefix="syncd-test-") as folder:
        follower = Follower(double, Path(folder))
        play(double, follower, steps)
        double.org.pass_(1000)
        follower.read()
        double.org.pass_(1000)
        follower.read()
        return follower.known == shown(double)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=25))
def test_polls_converge_to_the_source(salesforce, steps):
    assert ends_alike(salesforce, steps)


# --- the property notices what it is there for

SAVED = [("save", 0, 0), ("save", 9, 0), ("pass", 600, 0), ("read", 0, 0), ("pass", 600, 0)]


def test_a_cursor_that_does_not_wait_for_late_commits_is_noticed(salesforce, monkeypatch):
    steps = [*SAVED, ("save", 9, 50), ("pass", 20, 0), ("save", 9, 0), ("pass", 1, 0), ("read", 0, 0)]
    assert ends_alike(salesforce, steps)
    monkeypatch.setattr("connectors.salesforce.source.covered", lambda client, described: client.now)
    assert not ends_alike(salesforce, steps)


def test_not_asking_the_log_of_deletions_is_noticed(salesforce, monkeypatch):
    steps = [*SAVED, ("purge", 0, 0), ("pass", 600, 0)]
    assert ends_alike(salesforce, steps)
    monkeypatch.setattr("connectors.salesforce.source.deletions", lambda client, described, since: ([], since))
    assert not ends_alike(salesforce, steps)


def test_leaving_out_rows_of_the_cursor_s_own_moment_is_noticed(salesforce, monkeypatch):
    steps = [*SAVED, *[("save", 9, 0)] * 5, ("pass", 600, 0), ("read", 1, 0), ("read", 0, 0)]
    assert ends_alike(salesforce, steps)
    right = changes.Changes._query

    def wrong(self, start, end):
        return right(self, start, end).replace(">=", ">")

    monkeypatch.setattr(changes.Changes, "_query", wrong)
    assert not ends_alike(salesforce, steps)


def test_a_log_that_expired_is_not_read_as_silence(salesforce, monkeypatch):
    steps = [*SAVED, ("purge", 0, 0), *[("pass", 90_000, 0)] * 17, ("read", 0, 0)]
    assert ends_alike(salesforce, steps)

    def silent(client, described, since):
        try:
            return changes.deletions(client, described, since)
        except CursorExpired:
            return [], since

    monkeypatch.setattr("connectors.salesforce.source.deletions", silent)
    assert not ends_alike(salesforce, steps)
