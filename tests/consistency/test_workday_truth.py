"""Random events of HR, entered out of order, corrected, rescinded, polled at random: the roster is Workday's truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.consistency.conftest import Opened
from tests.doubles.workday.reached import Double, reached
from tests.doubles.workday.world import Event, Tenant
from tests.scenarios.workday import Workday

START = date(2026, 1, 5)
WIDS = ("w1", "w2", "w3")
_DAYS = st.integers(-40, 40)

_acts = st.one_of(
    st.tuples(st.just("hire"), st.sampled_from(WIDS), _DAYS, st.just("Rep")),
    st.tuples(st.just("change"), st.sampled_from(WIDS), _DAYS, st.sampled_from(["Lead", "Head", "Rep"])),
    st.tuples(st.just("change"), st.sampled_from(WIDS), _DAYS, st.sampled_from(["Lead", "Head", "Rep"])),
    st.tuples(st.just("move"), st.sampled_from(WIDS), _DAYS, st.sampled_from(["Acme Ltd", "Acme Inc"])),
    st.tuples(st.just("terminate"), st.sampled_from(WIDS), _DAYS, st.just("")),
    st.tuples(st.just("correct"), st.sampled_from(WIDS), _DAYS, st.sampled_from(["Lead", "Head"])),
    st.tuples(st.just("rescind"), st.sampled_from(WIDS), st.integers(0, 5), st.just("")),
    st.tuples(st.just("leave"), st.sampled_from(WIDS), _DAYS, st.sampled_from(["Parental", ""])),
    st.tuples(st.just("pass"), st.just(""), st.integers(1, 20), st.just("")),
    st.tuples(st.just("poll"), st.just(""), st.integers(0, 3), st.just("")),
)


@pytest.fixture
def double(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    with reached(tmp_path_factory.mktemp("workday"), monkeypatch) as found:
        yield found


stories = st.lists(_acts, min_size=3, max_size=14)


def act(world: Workday, what: str, wid: str, number: int, said: str) -> None:
    """Let something happen, where HR could enter it."""
    tenant = world.tenant
    if what == "pass":
        world.passes(number)
    elif what == "poll":
        world.agree()
    elif what == "hire":
        _hire(tenant, wid, number)
    else:
        _happen(tenant, what, wid, number, said)


def _hire(tenant: Tenant, wid: str, number: int) -> None:
    day = tenant.now.date() + timedelta(days=number)
    if wid not in tenant.workers:
        tenant.hire(wid, day, f"0000{wid[1:]}", company="Acme Inc")
        return
    ending = _ending(tenant, wid)
    last_day = ending.entries[-1].day if ending else None
    if last_day and last_day + timedelta(days=1) < day and max(e.day for e in _known(tenant, wid)) <= last_day:
        tenant.hire(wid, day, title="Back")


def _happen(tenant: Tenant, what: str, wid: str, number: int, said: str) -> None:
    if wid not in tenant.workers or not (hires := _events(tenant, wid, "Hire")):
        return
    day = tenant.now.date() + timedelta(days=number)
    hired, ending = hires[-1].entries[-1].day, _ending(tenant, wid)
    is_within = hired <= day and (ending is None or day <= ending.entries[-1].day)
    changes = [one for one in _events(tenant, wid, "Change") if one.entries[-1].day >= hired]
    if what in ("change", "move") and is_within:
        tenant.happens(wid, "Change Job", day, **({"title": said} if what == "change" else {"company": said}))
    elif what == "leave" and is_within:
        tenant.happens(wid, "Change Leave", day, leave=said or None)
    elif what == "terminate" and ending is None and day > max(e.day for e in _known(tenant, wid)):
        tenant.terminate(wid, day)
    elif what == "correct" and changes and is_within:
        event = changes[number % len(changes)]
        tenant.correct(event, day, **({"title": said} if "title" in (event.entries[-1].sets or {}) else {}))
    elif what == "rescind":
        _rescind(tenant, number, changes, ending)


def _rescind(tenant: Tenant, number: int, changes: list[Event], ending: Event | None) -> None:
    if number % 2 and ending is not None:
        tenant.rescind(ending)
    elif changes:
        tenant.rescind(changes[number % len(changes)])


def _events(tenant: Tenant, wid: str, kind: str) -> list[Event]:
    found = [
        one for one in tenant.workers[wid].events if one.kind.startswith(kind) and one.entries[-1].sets is not None
    ]
    return sorted(found, key=lambda one: one.entries[-1].day)


def _known(tenant: Tenant, wid: str) -> list[Any]:
    return [entry for _, entry in tenant.workers[wid].known(tenant.now)]


def _ending(tenant: Tenant, wid: str) -> Event | None:
    """The ending of the last employment, where it has one."""
    hires, endings = _events(tenant, wid, "Hire"), _events(tenant, wid, "Terminate")
    return endings[-1] if endings and hires and endings[-1].entries[-1].day >= hires[-1].entries[-1].day else None


def truth(tenant: Tenant, day: date) -> dict[str, tuple[Any, ...]]:
    """Who is employed on a day, with what holds then."""
    found = {}
    for worker in tenant.seen:
        values = worker.on(day, tenant.now)
        if values["status"] in ("Active", "On Leave"):
            status = "on_leave" if values["status"] == "On Leave" else "active"
            found[worker.number] = (values["title"], values.get("company"), status, str(values["hired"]))
    return found


def roster(world: Workday, day: date, known_at: int | None = None) -> dict[str, tuple[Any, ...]]:
    """The same, as the workspace has it."""
    names = ("title", "legal_entity", "status", "hire_date")
    return {key: tuple(one.get(name) for name in names) for key, one in world.on_day(day, known_at).items()}


@settings(
    max_examples=12,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=stories)
def test_the_roster_is_what_workday_says_on_every_day(
    story: list[tuple[str, str, int, str]], double: Double, opened: Opened
):
    told(Workday(opened().folder, double), story)


STORY = (
    ("hire", "w1", -30, "Rep"),
    ("hire", "w2", 10, "Rep"),
    ("poll", "", 0, ""),
    ("change", "w1", -10, "Lead"),
    ("change", "w1", 5, "Head"),
    ("poll", "", 0, ""),
    ("pass", "", 8, ""),
    ("poll", "", 0, ""),
    ("rescind", "w1", 0, ""),
    ("terminate", "w1", 20, ""),
    ("poll", "", 0, ""),
    ("pass", "", 20, ""),
)


@pytest.mark.parametrize(
    ("where", "broken"),
    [
        (("connectors.workday.reading", "_LAST_DAYS"), ()),
        (("connectors.workday.reading", "_speaks"), lambda *_: True),
        (("connectors.workday.reading.Reading", "_logged"), lambda *_: {}),
        (None, None),
    ],
)
def test_a_reading_that_is_broken_is_found_out(
    where: tuple[str, str] | None, broken: Any, double: Double, opened: Opened, monkeypatch: pytest.MonkeyPatch
):
    """An ending counts from its last day on; who begins later is there already; nothing but today is looked at."""
    world = Workday(opened().folder, double)
    if where is None:
        told(world, STORY)
        return
    monkeypatch.setattr(".".join(where), broken)
    with pytest.raises(AssertionError):
        told(world, STORY)


def told(world: Workday, story: Iterable[tuple[str, str, int, str]]) -> None:
    """Let a story happen; after each poll every day is as Workday says, and every revision of before as it was."""
    tenant = world.tenant
    tenant.workers.clear()
    tenant.now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    tenant.hire("w0", date(2025, 1, 1), "00000", company="Acme Inc")
    world.agree()
    earlier: list[tuple[int, dict[date, Any]]] = []
    for one in (*story, ("poll", "", 0, "")):
        act(world, *one)
        if one[0] == "poll":
            days = _interesting(tenant)
            assert {day: roster(world, day) for day in days} == {day: truth(tenant, day) for day in days}
            earlier.append((world.revision(), {day: roster(world, day) for day in days[:4]}))
    for revision, known in earlier:
        assert {day: roster(world, day, revision) for day in known} == known


def _interesting(tenant: Tenant) -> list[date]:
    """Every day on which something is said to have changed, and the days beside it; nothing changes between them."""
    said = {entry.day for worker in tenant.seen for event in worker.events for entry in event.entries}
    beside = {day + timedelta(days=number) for day in said for number in (-1, 0, 1)} | {tenant.now.date()}
    return sorted(day for day in beside if day > date(2025, 1, 1))
