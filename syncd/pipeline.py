"""The whole of it on one page: pull, stage, settle; then people decide.

Each step reads at a revision with no transaction open, asks a pure function what should be so, and writes that down
in one short transaction that checks the run's fencing token.

    pull     copies what the source says into the landing; the cursor moves with its rows        syncd.feeds.pull
    stage    maps it, compares it with the roster, proposes what it asks for                      syncd.changes.stage
    settle   holds it, or shows it and lets go what is no longer asked for                        syncd.settle
    load     of facts in place of both: what is new or different is known from then on            syncd.facts.load
    decide   turns approved changes into steps and versions, remembers the others                 syncd.changes.decide
"""

from __future__ import annotations

from dataclasses import replace

from domain.errors import AtWork, FixAccess, ReadFailed, TryLater
from domain.facts import PROPOSED
from engine.session import open_session
from mapping.compile import compile_mapping
from mapping.facts import compile_facts
from mapping.rules import key_columns
from store.database import reading, writing
from store.erasing import erased_keys
from store.runs import Lease, newest_finished, sweep_unfinished
from syncd.changes.dated import stage_dated
from syncd.changes.others import Others, others_of
from syncd.changes.policies import apply_policies
from syncd.changes.stage import stage
from syncd.configuration.settings import FeedSettings
from syncd.facts.load import load
from syncd.facts.lookups import with_tables
from syncd.feeds.archiving import archive, release
from syncd.feeds.cells import with_cells
from syncd.feeds.drifting import note_drift
from syncd.feeds.feed_state import compact
from syncd.feeds.landed import write_landed
from syncd.feeds.lease import Heartbeat, begin, kept_alive, scratch_of
from syncd.feeds.pull import Read, pull
from syncd.feeds.report import RunReport, counters_of
from syncd.feeds.sweep import sweep
from syncd.feeds.work import Work
from syncd.settle import end, fail, give_up
from syncd.show import Progress
from syncd.world import World


def sync(
    world: World,
    feed: FeedSettings,
    progress: Progress,
    *,
    dry: bool = False,
    accept_older: bool = False,
    heart: Heartbeat | None = None,
) -> RunReport:
    """Run one feed: read it, compare it, propose what it asks for. A dry run writes nothing anybody sees.

    A source that cannot be read makes a failed run, which changes nothing. `heart` lets somebody else stop it at its
    next page or batch. Errors: `AtWork` while another run of the feed is at work, `Stopped`, `LeaseLost` when it was
    taken over, `FixFile` where what a source is told cannot be.
    """
    lease = _begin(world, feed, dry=dry)
    if not dry:
        sweep(world, feed.name)
    feed = _less_erased(world, feed)
    report = RunReport(lease.run, feed.name, counted=counters_of(feed))
    with (
        scratch_of(world, lease) as scratch,
        open_session(world.workspace.var, keeps_order=False) as session,
        kept_alive(world, lease, heart or Heartbeat()) as beating,
    ):
        work = Work(world, lease, feed, session, scratch, progress, report, dry, beating, accept_older)
        try:
            _sync(work)
        except (ReadFailed, TryLater, FixAccess) as error:
            fail(work, error)
        except (Exception, KeyboardInterrupt) as error:
            give_up(work, error)
            raise
        else:
            archive(work)
        finally:
            release(work)
    if feed.approve and not dry:
        apply_policies(world, feed, report)
    return report


def _sync(work: Work) -> None:
    """Pull, then stage people, memberships and quotas, which wait for a decision, or load facts."""
    feed, workspace, kind = work.feed, work.world.workspace, work.feed.into.facts
    if kind is None or kind in PROPOSED:
        form = compile_mapping(feed.mapping, workspace.attributes, kind, workspace.tables)
        others = others_of(workspace, feed, form) if kind is None else Others()
        meaning = others.meaning(form)
        reads = _pull(work, meaning)
        staged = stage(work, form, others, reads) if kind is None else stage_dated(work, form, reads)
        work.report.problems[:] = with_cells(work.report.problems, reads[-1].letters, form.rules)
        end(work, reads[-1], staged, meaning)
        if not work.dry and not reads[-1].is_full:
            compact(work, reads[-1].columns or form.reads)
        return
    facts = with_tables(work, compile_facts(feed.mapping, kind, workspace.source_names, workspace.tables))
    load(work, facts, _pull(work, facts.meaning))
    if not work.dry:
        write_landed(work, facts.mapping.reads, key_columns(feed.mapping))


def _pull(work: Work, meaning: str) -> list[Read]:
    with reading(work.world.database) as tx:
        before = newest_finished(tx, work.feed.name)
    work.report.mapping_changed = before is not None and before.mapping_hash != meaning
    with open_session(work.world.workspace.var) as landing:
        reads = pull(replace(work, session=landing))
        note_drift(work, landing, reads[-1])
        return reads


def _less_erased(world: World, feed: FeedSettings) -> FeedSettings:
    """Give a feed that asks nothing of the records of people who were erased."""
    if feed.into.facts is not None:
        return feed
    with reading(world.database) as tx:
        erased = erased_keys(tx, feed.source.name)
    return replace(feed, protected=(*feed.protected, *erased), erased=erased)


def _begin(world: World, feed: FeedSettings, *, dry: bool) -> Lease:
    """Take the feed for this run, and clear away what a broken run left."""
    with writing(world.database) as tx:
        lease = begin(tx, world, feed.name, dry=dry)
        if lease is None:
            raise AtWork(f"{feed.name} is being run by another process; wait until it is done")
        if not dry:
            sweep_unfinished(tx, feed.name)
    return lease
