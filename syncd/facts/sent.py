"""The rows that a run of a feed of facts looks at: those it read, and of earlier reads those that wait.

A row that was set aside is tried again each time, whether or not it is sent again: the person it names may be known by
now. A changed mapping maps everything that ever landed, without reading the source again.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.problem import Problem, Severity
from engine.facts import KnownFacts
from engine.state import gather, has_literals, newest
from engine.waiting import Which, add_waiting
from mapping.facts import FactForm
from mapping.rules import key_columns
from store.database import reading
from store.problems import quarantine
from store.runs import newest_finished
from syncd.feeds.landed import landed_files
from syncd.feeds.pull import Read
from syncd.feeds.work import Work

#: The counter of rows that a run set aside and did not list.
FURTHER = "further"


@dataclass(frozen=True, slots=True)
class Sent:
    """What `sent` holds.

    rows    how many; `again` of them were only tried again, not read
    folded  how many rows a newer one of the same key replaced
    has_literals  whether any cell may be no text
    is_distinct   no key stands twice
    """

    rows: int
    again: int
    folded: int
    has_literals: bool
    is_distinct: bool


def gather_sent(work: Work, form: FactForm, read: Read, known: KnownFacts, *, remaps: bool) -> Sent:
    """Make the view `sent`; `remaps`: of everything that ever landed."""
    session, keys = work.session, key_columns(work.feed.mapping)
    columns = read.columns or form.mapping.reads
    folded, is_distinct = 0, not read.is_full or read.has_order
    if not is_distinct:
        gather(session, "brought", read.segments, columns)
    else:
        folded = newest(session, "brought", read.segments, columns, keys)
    which, waiting = (Which.ALL, []) if remaps else _waiting(work)
    files = landed_files(work, before=read.segments) if waiting or which is not Which.SOME else []
    missed = add_waiting(session, files, form.mapping.reads, keys, which, waiting, known)
    if missed:
        message = (
            f"{missed:,} rows read before lack a column that {work.feed.mapping_path} maps now: what is known of them "
            "stays as it is; send them again"
        )
        work.report.problems.append(Problem(None, "not_mapped_anew", message, Severity.WARNING))
    again = 0 if remaps else session.number("SELECT count(*) FROM tried_again")
    paths = [*read.segments, *(path for path, _ in files)]
    literal = bool(paths) and has_literals(session, paths)
    return Sent(session.number("SELECT count(*) FROM sent"), again, folded, literal, is_distinct)


def _waiting(work: Work) -> tuple[Which, list[str]]:
    """Give the keys set aside before; where a run did not list all of them, whatever is no fact waits too."""
    with reading(work.world.database) as tx:
        keys = [one.key for one in quarantine(tx, work.feed.name)]
        last = newest_finished(tx, work.feed.name)
    return (Which.UNKNOWN if last is not None and last.counters.get(FURTHER) else Which.SOME), keys
