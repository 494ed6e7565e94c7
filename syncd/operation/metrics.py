"""What Prometheus is told, read from the database when it asks: so any process may serve it, and none has to last.

Labels are names of feeds and words of ours; a value of a record is never among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from store.alerts import open_alerts
from store.counting import (
    count_changes,
    count_jobs,
    count_problems,
    count_quarantine,
    count_questions,
    count_runs,
    longest_waiting,
    silent_leases,
)
from store.database import reading
from store.head import current_revision
from store.outbox import EffectState, count_effects
from store.runs import RunRecord, newest_runs
from store.schedules import schedules
from syncd.feeds.report import BUDGET
from syncd.timetable import is_feed_late
from syncd.world import World

#: What `metrics` gives, for the header of an answer.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics(world: World) -> bytes:
    """Give everything there is to tell, as text in the form that Prometheus reads."""
    with reading(world.database) as tx:
        found = [*_of_runs(tx, world), *_of_decisions(tx), *_of_queue(tx, world)]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Found(found))
    return generate_latest(registry)


class _Found(Collector):
    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Give what was found."""
        yield from self._found


def _of_runs(tx: Connection, world: World) -> Iterator[Metric]:
    last, looked, now = newest_runs(tx), schedules(tx), world.now()
    runs = CounterMetricFamily("syncd_runs", "Runs, by what they came to", labels=("feed", "state"))
    for (name, state), count in count_runs(tx).items():
        runs.add_metric((name, state.value), count)
    yield runs
    lag = GaugeMetricFamily("syncd_feed_lag_seconds", "Since the last run of a feed began", labels=("feed",))
    seconds = GaugeMetricFamily("syncd_run_seconds", "How long the last run of a feed took", labels=("feed",))
    rows = GaugeMetricFamily("syncd_run_rows", "Rows of the last run of a feed", labels=("feed", "standing"))
    held = GaugeMetricFamily("syncd_feed_held", "1: the last run of a feed is held", labels=("feed",))
    late = GaugeMetricFamily("syncd_feed_late", "1: a feed's time is over and nothing began", labels=("feed",))
    for feed in world.workspace.feeds.values():
        late.add_metric((feed.name,), is_feed_late(world.workspace, feed, looked, last, now))
        run = last.get(feed.name)
        if run is None:
            continue
        lag.add_metric((feed.name,), (now - run.started_at).total_seconds())
        held.add_metric((feed.name,), run.hold_reason is not None and run.released_at is None)
        if run.finished_at is not None:
            seconds.add_metric((feed.name,), (run.finished_at - run.started_at).total_seconds())
        for standing, count in sorted(run.counters.items()):
            if standing not in BUDGET:
                rows.add_metric((feed.name, standing), count)
    yield from (lag, seconds, rows, held, late)
    yield from _of_budgets(world, last)
    problems = GaugeMetricFamily("syncd_problems", "Problems of the last run", labels=("feed", "severity"))
    for (name, severity), count in count_problems(tx).items():
        problems.add_metric((name, severity), count)
    yield problems


def _of_budgets(world: World, last: Mapping[str, RunRecord]) -> Iterator[Metric]:
    """Give what sources said of their day's requests, each when it was last read."""
    sent = GaugeMetricFamily("syncd_run_requests", "Requests that the last run of a feed sent", labels=("feed",))
    day = GaugeMetricFamily(
        "syncd_source_requests", "Requests of a source's day, by all who use it", labels=("source", "which")
    )
    newest: dict[str, RunRecord] = {}
    for feed in world.workspace.feeds.values():
        run = last.get(feed.name)
        if run is None or "requests_sent" not in run.counters:
            continue
        sent.add_metric((feed.name,), run.counters["requests_sent"])
        before = newest.setdefault(feed.source.name, run)
        newest[feed.source.name] = run if run.id > before.id else before
    for source, run in newest.items():
        for which in ("used", "allowed"):
            day.add_metric((source, which), run.counters[f"requests_{which}"])
    yield from (sent, day)


def _of_decisions(tx: Connection) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("syncd_changes", "Changes that wait for a decision", labels=("feed", "state"))
    for (feed, state), count in count_changes(tx).items():
        waiting.add_metric((feed, state.value), count)
    yield waiting
    aside = GaugeMetricFamily("syncd_quarantined_rows", "Rows that are set aside", labels=("feed",))
    for feed, count in count_quarantine(tx).items():
        aside.add_metric((feed,), count)
    yield aside
    yield GaugeMetricFamily("syncd_questions", "Questions that nobody has answered", value=count_questions(tx))
    yield GaugeMetricFamily("syncd_revision", "The newest revision", value=current_revision(tx))


def _of_queue(tx: Connection, world: World) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("syncd_jobs", "Jobs, by where they stand", labels=("state",))
    for state, count in count_jobs(tx).items():
        jobs.add_metric((state.value,), count)
    yield jobs
    since = longest_waiting(tx)
    waited = max((world.now() - since).total_seconds(), 0) if since is not None else 0
    yield GaugeMetricFamily("syncd_job_waiting_seconds", "How long the oldest job has waited", value=waited)
    silent = len(silent_leases(tx, world.now()))
    yield GaugeMetricFamily("syncd_silent_leases", "Runs and jobs without a sign of life", value=silent)
    outbox, counted = GaugeMetricFamily("syncd_effects", "Effects outside", labels=("state",)), count_effects(tx)
    for one in EffectState:
        outbox.add_metric((one.value,), counted.get(one, 0))
    yield outbox
    alerts = GaugeMetricFamily("syncd_alert", "1: a cause lasts", labels=("kind", "about"))
    for alert in {(one.kind.value, one.about) for one in open_alerts(tx)}:
        alerts.add_metric(alert, 1)
    yield alerts
