"""What other feeds say: the engine leaves out only what the rule would not hear, and keeps what it may ask about."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.whose import OnNull, Opinion, Whose, counting
from engine.said import SAID, SAYS, Shared, disputed, unheard
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
