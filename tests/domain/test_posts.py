"""Several posts of one person: which one leads, which is meant, and who ends."""

from __future__ import annotations

from datetime import date

import pytest

from domain.change import Change, DatedBy, Difference, Kind
from domain.hold import Applied, recent
from domain.judge import Memory
from domain.posts import ended_people, goes_on, leading_on, meant, primary_of, two_primary, without_single
from domain.propose import propose
from domain.record import Known, MappedRecord
from domain.rejection import Rejection, Scope, remember
from domain.step import FOREVER, Version
from tests.domain.person import WHO, day, kinds, record

Posts = dict[str, list[Version]]


def version(post: str, start: str, end: str | None = None, **values: str) -> Version:
    """What a post was from a day on."""
    return Version(WHO, post, day(start), day(end) if end else FOREVER, day(start), {"status": "active", **values})


def flagged(post: str, start: str, **values: str) -> Version:
    return version(post, start, **{"primary": "true", **values})


def by_post(*versions: Version) -> Posts:
    found: Posts = {}
    for one in versions:
        found.setdefault(one.engagement, []).append(one)
    return found


@pytest.mark.parametrize(
    ("known", "leads"),
    [
        pytest.param([flagged("a", "02-01"), version("g", "01-01")], "a", id="the one that is flagged"),
        pytest.param([version("a", "02-01"), version("g", "01-01")], "g", id="of none flagged the first that began"),
        pytest.param([version("g", "01-01"), version("a", "01-01")], "a", id="of two of one day the first by name"),
        pytest.param([flagged("a", "01-01"), flagged("g", "02-01")], None, id="of two flagged none"),
        pytest.param(
            [
                version("a", "01-01", "03-01", primary="true"),
                version("a", "03-01", primary="false"),
                flagged("g", "03-01"),
            ],
            "g",
            id="by what holds last",
        ),
        pytest.param([flagged("a", "01-01", status="terminated"), version("g", "02-01")], "g", id="none that is over"),
        pytest.param(
            [flagged("a", "01-01", termination_date="2026-03-31"), flagged("g", "02-01")], "g", id="none that will be"
        ),
        pytest.param([flagged("a", "01-01", status="terminated")], "a", id="over, where there is no other"),
        pytest.param([], None, id="nobody's"),
    ],
)
def test_one_post_leads(known: list[Version], leads: str | None):
    for some in (known, known[::-1]):
        found = primary_of(by_post(*some))
        assert (found.engagement if found else None) == leads


def test_a_post_goes_on_until_an_end_is_known():
    assert goes_on(version("a", "01-01"))
    assert not goes_on(version("a", "01-01", "06-01"))
    assert not goes_on(version("a", "01-01", termination_date="2026-12-31"))
    assert not goes_on(version("a", "01-01", status="terminated"))


@pytest.mark.parametrize(
    ("when", "posts"),
    [("01-15", ("a",)), ("02-15", ("a", "g")), ("04-15", ("g",)), ("2025-12-01", ("a", "g"))],
)
def test_an_act_is_about_the_posts_that_are_held_on_its_day(when: str, posts: tuple[str, ...]):
    """`a` from January to March, and over from then on; `g` from February on. Before both, either may be meant."""
    known = by_post(
        version("a", "01-01", "04-01"), version("a", "04-01", status="terminated"), version("g", "02-01")
    )  # fmt: skip
    assert meant(known, day(when)) == posts


def test_who_keeps_a_post_does_not_end():
    left = [(1, "g"), (2, "main"), (3, "g")]
    assert ended_people([(1, "a"), (2, "main"), (3, "a"), (3, "g"), (4, "a")], left) == {2, 3, 4}


def applied(kind: Kind, post: str, when: str, person: int = WHO) -> Applied:
    values = {"status": "terminated"} if kind is Kind.TERMINATION else {}
    return Applied(person, kind, day(when), values, post)


def test_what_was_applied_lately_counts_people_too():
    """One of two posts ended: nobody. Both: one person, who is gone once the later one is over."""
    ends = [applied(Kind.TERMINATION, "a", "03-01"), applied(Kind.TERMINATION, "g", "03-10")]
    assert recent(ends[:1], (), day("03-05"), [(WHO, "g")]).ended == frozenset()
    both = recent(ends, (), day("03-05"), [])
    assert both.ended == {WHO}
    assert both.gone == 0
    assert recent(ends, (), day("03-10"), []).gone == 1
    again = [*ends, applied(Kind.REINSTATEMENT, "a", "03-01")]
    assert recent(again, (), day("03-10"), [(WHO, "a")]).ended == frozenset()


def refused(kind: Kind, post: str, scope: Scope = Scope.CHANGE) -> Rejection:
    change = Change(
        kind, WHO, "workers", "17", date(2026, 3, 1), DatedBy.OBSERVED, (Difference("status", None, "active"),), post
    )
    return remember(change, scope, None, "ann", "not ours", day("03-01"))


def test_a_no_is_about_its_post():
    memory = Memory((refused(Kind.ADD, "a"), refused(Kind.TERMINATION, "g"), refused(Kind.LINK, "main")))
    assert [one.kind for one in memory.of("a").rejections] == [Kind.ADD, Kind.LINK]
    assert [one.kind for one in memory.of("g").rejections] == [Kind.TERMINATION, Kind.LINK]


def test_who_is_never_to_be_added_is_added_in_no_post():
    """`answer --never` is a no for good to the add of the post `main`; one to another post is of that alone."""
    assert refused(Kind.ADD, "main", Scope.GOOD).is_about("a")
    assert not refused(Kind.ADD, "main", Scope.CHANGE).is_about("a")
    assert not refused(Kind.ADD, "g", Scope.GOOD).is_about("a")


def test_a_question_of_two_posts_leaves_what_is_their_own():
    sent = MappedRecord(
        "workers", "17", 2, "workers.csv:2", {"primary": "true", "email": "a@example.com", "team": "East"}, "a",
        rivals="a, g",
    )  # fmt: skip
    assert without_single(sent).values == {"team": "East"}
    asked = two_primary(sent, Known(WHO, day("03-01")))
    assert (asked.kind, asked.person, "a, g" in asked.question) == ("two_primary", WHO, True)


def test_a_further_post_is_an_add():
    """Nothing is known of that post: `opens` is of the post, whatever else the person has."""
    found = propose(record(title="Rep"), Known(WHO, day("03-01")), {}, day("03-01"))
    assert kinds(found.changes) == [Kind.ADD]


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        pytest.param([version("a", "01-01", "02-01"), version("a", "02-01", title="Rep")], "a 02-01", id="today's"),
        pytest.param([version("a", "01-01", "05-01"), version("a", "05-01")], "a 01-01", id="none still to come"),
        pytest.param([version("a", "05-01"), version("g", "04-01")], "g 04-01", id="of none that began the first"),
        pytest.param(
            [flagged("a", "02-01"), version("z", "01-01", "02-15"), version("z", "02-15", status="terminated")],
            "a 02-01",
            id="none of a post that is over, though it is newer",
        ),
        pytest.param([version("a", "01-01"), flagged("z", "02-01")], "z 02-01", id="of two posts the primary one"),
        pytest.param(
            [version("z", "01-01"), version("a", "02-01")], "z 01-01", id="of none flagged the first that began"
        ),
        pytest.param(
            [version("a", "01-01", status="terminated"), version("z", "02-01", status="terminated")],
            "z 02-01",
            id="of two that are over the last",
        ),
    ],
)
def test_somebody_is_shown_by_the_post_that_leads_on_a_day(known: list[Version], shown: str):
    found = leading_on(known, day("03-01"))
    assert found is not None
    assert f"{found.engagement} {found.start:%m-%d}" == shown


def test_nobody_is_shown_by_nothing():
    assert leading_on([], day("03-01")) is None
