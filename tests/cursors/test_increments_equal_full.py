"""Whatever happens on the way, increments come to what one full read at the end finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.scripted import Crash
from tests.consistency.stories import few
from tests.cursors.crm import Clock, Crm, sums

KEYS = ("01001", "01002", "01003", "01004")

#: How a read ends: as it should, between two pages, without its end marker, with a wrong total, or not begun.
ENDINGS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"crash_after": 1},
    {"cut_after": 1},
    {"total": 99},
    {"fail": "TryLater"},
    {"repeat": 2},
    {"keeps": 50},
)
steps = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(("Lead", "Head", "Rep", None))), max_size=4),
        st.sampled_from(ENDINGS),
    ),
    min_size=2,
    max_size=4,
)


@few
@given(story=steps)
def test_increments_come_to_what_a_full_read_finds(
    opened_crm: Callable[[], Crm], clock: Clock, story: list[tuple[list[tuple[str, str | None]], dict[str, Any]]]
):
    """Records change, go and return while reads crash, stop early, fail or repeat themselves."""
    crm = opened_crm()
    crm.crowds(900, 5)
    crm.begin_at(1000)
    now = 1000
    for events, ending in story:
        now += 100
        for second, (key, title) in enumerate(events):
            if title is None:
                crm.deletes(now + second, key)
            else:
                crm.says(now + second, key, title=title)
        _read(crm, clock, now + 50, ending)
    assert sums(crm.read(now + 90))
    found = _asked(crm)
    crm.feed["full"] = True
    crm.save()
    assert crm.read(now + 95).code == 0
    assert _asked(crm) == found


def _read(crm: Crm, clock: Clock, now: int, ending: dict[str, Any]) -> None:
    try:
        crm.read(now, page_rows=1, **ending)
    except Crash:
        clock.lease_ends()


def _asked(crm: Crm) -> list[str]:
    told = ("kind", "source_key", "effective", "ending", "fields")
    return sorted(repr([one[name] for name in told]) for one in crm.pending())
