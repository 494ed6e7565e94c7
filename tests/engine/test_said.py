"""What other feeds say: the engine leaves out only what the rule would not hear, and keeps what it may ask about."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.speaking import ALONE, OneOf, speakers
from domain.whose import OnNull, Opinion, Whose, counting
from engine.said import SAID, SAYS, Sayer, Saying, Shared, disputed, find_their_records, gather_said, unheard
from engine.session import open_session, quoted

SOURCES = ("a", "b", "c")
VALUES = st.sampled_from([None, "x", "y"])
#: What each of the others says: nothing, or a value.
OTHERS = st.lists(st.one_of(st.none(), st.tuples(VALUES)), min_size=2, max_size=2)


@given(
    cases=st.lists(st.tuples(VALUES, OTHERS), min_size=1, max_size=40),
    order=st.lists(st.sampled_from(SOURCES), unique=True),
    on_null=st.sampled_from(OnNull),
)
@settings(max_examples=60, deadline=None)
def test_what_the_engine_leaves_out_is_not_heard(tmp_path_factory, cases, order, on_null):
    whose = Whose(on_null=on_null, sources=tuple(order))
    ranks = [whose.rank(one) for one in SOURCES[1:]]
    own_rank = whose.rank("a")
    shared = Shared(
        before=tuple(nth for nth, rank in enumerate(ranks) if rank < own_rank),
        beside=tuple(nth for nth, rank in enumerate(ranks) if rank == own_rank),
        others=(0, 1),
        null_counts=on_null is OnNull.CLEAR,
        falls_back=on_null is OnNull.FALLBACK,
    )
    found = _by_engine(tmp_path_factory.mktemp("said"), cases, shared)
    for (own, others), (is_unheard, is_disputed) in zip(cases, found, strict=True):
        mine = Opinion("a", own)
        theirs = [Opinion(name, one[0]) for name, one in zip(SOURCES[1:], others, strict=True) if one]
        counts = counting((mine, *theirs), whose)
        disagree = len({one.value for one in counts}) > 1
        assert not (is_unheard and mine in counts)
        if mine in counts and disagree:
            assert is_disputed


def _by_engine(folder: Path, cases, shared: Shared) -> list[tuple[bool, bool]]:
    names = [form.format(nth, "title") for nth in (0, 1) for form in (SAID, SAYS)]
    kinds = ", ".join(f"{quoted(one)} {'BOOLEAN' if one.startswith('says') else 'VARCHAR'}" for one in names)
    with open_session(folder) as session:
        session.run(f"CREATE TABLE x (nth BIGINT, own VARCHAR, {kinds})")
        for nth, (own, others) in enumerate(cases):
            cells = [cell for one in others for cell in ((one[0], True) if one else (None, None))]
            session.rows("INSERT INTO x VALUES ($1, $2, $3, $4, $5, $6)", [nth, own, *cells])
        query = f"SELECT {unheard('title', shared, 'own')}, {disputed('title', shared, 'own')} FROM x ORDER BY nth"  # noqa: S608 - ours
        return [(bool(one), bool(other)) for one, other in session.rows(query)]


TODAY = date(2026, 3, 10)
_days = st.none() | st.integers(-4, 4).map(lambda days: TODAY + timedelta(days=days))
#: Of one record: the order of its link, from which day it holds, its last day, and whether it says that they left.
RECORDS = st.lists(st.tuples(st.integers(1, 3), _days, _days, st.booleans()), min_size=1, max_size=4)


@given(people=st.lists(RECORDS, min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_of_several_records_the_engine_takes_one_that_the_rule_hears(tmp_path_factory, people):
    """Whose employment goes on today, where any does: `domain.speaking` and the order here are one rule."""
    records = {
        (person, f"K{person}-{nth}"): OneOf((nth, "x"), f"K{person}-{nth}", 10 * link + nth, begins, last_day, has_left)
        for person, some in enumerate(people)
        for nth, (link, begins, last_day, has_left) in enumerate(some)
    }
    taken = _taken(tmp_path_factory.mktemp("several"), records)
    for person in range(len(people)):
        mine = [one for (whose, _), one in records.items() if whose == person]
        stand = speakers([((person, "main"), one) for one in mine], TODAY)
        chosen = records[person, taken[person]]
        assert stand.get(chosen.row, ALONE).speaks is None
        if any(_goes_on(one) for one in mine):
            assert _goes_on(chosen)


def _goes_on(one: OneOf) -> bool:
    return (one.begins or TODAY) <= TODAY <= one.end(TODAY)


def _taken(folder: Path, records: dict[tuple[int, str], OneOf]) -> dict[int, str]:
    """The key of the record that is taken of each person: every record says its own."""
    with open_session(folder) as session:
        session.run("CREATE TABLE named_people (person BIGINT)")
        session.run("CREATE TABLE all_links (id BIGINT, source VARCHAR, key VARCHAR, person BIGINT)")
        session.run(
            """CREATE TABLE "mapped:0" (_row BIGINT, _key VARCHAR, _op VARCHAR, _in_scope BOOLEAN, _engagement VARCHAR,
                   _effective VARCHAR, termination_date VARCHAR, status VARCHAR, title VARCHAR)"""
        )
        for nth, ((person, key), one) in enumerate(records.items()):
            session.rows("INSERT INTO all_links VALUES ($1, 'crm', $2, $3)", [one.link, key, person])
            days = [day and day.isoformat() for day in (one.begins, one.last_day)]
            session.rows(
                """INSERT INTO "mapped:0" VALUES ($1, $2, 'upsert', true, 'main', $3, $4, $5, $2)""",
                [nth, key, *days, "terminated" if one.has_left else "active"],
            )
        assert find_their_records(session, "SELECT person FROM all_links") == {"crm"}
        gather_said(session, Saying((Sayer("crm", {"title": None}),)), TODAY)
        title = quoted(SAID.format(0, "title"))
        return {int(str(person)): str(key) for person, key in session.rows(f"SELECT person, {title} FROM said")}  # noqa: S608 - ours
