"""Where a record stands beside those that other populations have of the same person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.population import Place, Presence, place_of, population_of
from domain.speaking import OneOf
from domain.step import Version

TODAY = date(2026, 3, 1)


def record(
    feed: str,
    link: int | None = 1,
    begins: int | None = None,
    last_day: int | None = None,
    *,
    has_left: bool = False,
    is_gone: bool = False,
) -> Presence:
    """A record of a feed; days are counted from today."""
    first, last = (None if one is None else TODAY + timedelta(one) for one in (begins, last_day))
    one = OneOf((link or 0, feed), feed, link, first, last, has_left=has_left, is_gone=is_gone)
    return Presence(feed, "ab".index(feed), one)


@pytest.mark.parametrize(
    ("home", "own", "other", "expected"),
    [
        pytest.param("a", record("a", is_gone=True), None, Place(), id="gone, and nobody else has them"),
        pytest.param("a", record("a", is_gone=True), record("b", 2), Place(is_silent=True), id="gone, and b has them"),
        pytest.param("a", record("a", is_gone=True), record("b", 2, last_day=-9), Place(), id="both are over"),
        pytest.param("a", record("a", has_left=True), record("b", 2), Place(is_silent=True), id="left, b goes on"),
        pytest.param("a", record("a", last_day=-9), record("b", 2, begins=-2), Place(), id="left, with a gap"),
        pytest.param("b", record("a", last_day=-9), None, Place(is_silent=True), id="it is b's to say"),
        pytest.param("a", record("a", last_day=5), record("b", 2, begins=6), Place(goes_on=True), id="b goes on"),
        pytest.param("a", record("a", last_day=5), record("b", 2, begins=9), Place(), id="b begins after a gap"),
        pytest.param("a", record("a"), record("b", 2), Place(), id="b asks, not a"),
        pytest.param("b", record("a"), record("b", 2), Place(clash="b"), id="in both on one day"),
        pytest.param("b", record("a", begins=9), record("b", 2), Place(enters=True), id="to come from b"),
        pytest.param("b", record("a"), None, Place(enters=True), id="from b, which no longer has them"),
        pytest.param(None, record("a", 2), record("b", 1), Place(clash="b"), id="of old: linked second, asks"),
        pytest.param(None, record("a", 1), record("b", 2), Place(), id="of old: linked first, does not"),
        pytest.param(None, record("a", 1), record("b", None), Place(), id="a link that is only proposed"),
        pytest.param(None, record("b", 1), record("a", 1), Place(clash="a"), id="one record in both: as written"),
    ],
)
def test_where_a_record_stands(home: str | None, own: Presence, other: Presence | None, expected: Place):
    assert place_of(own, home, [other] if other else [], TODAY) == expected


def test_of_nobody_yet_only_who_is_there_now_is_asked_about():
    own = record("a", 2)
    assert place_of(own, None, [record("b", 1)], TODAY, is_participant=False) == Place(clash="b")
    assert place_of(own, None, [record("b", 1, last_day=-5)], TODAY, is_participant=False) == Place()


def test_a_population_that_there_is_no_longer_is_nobodys():
    version = Version(1, "main", date(2025, 1, 1), date.max, date(2025, 1, 1), {"population": "gone"})
    assert population_of(version, ["a", "b"]) is None
    assert population_of(version, ["gone"]) == "gone"
    assert population_of(None, ["gone"]) is None
