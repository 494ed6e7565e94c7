"""A read becomes comparable: mapped into our words, beside the roster, with whom each new record may be about."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from domain.attributes import STRONG_IDS
from domain.match import WHO
from domain.problem import Problem
from domain.record import Candidate
from domain.whose import OnNull
from engine import candidates, population
from engine.mapped import map_rows, note_rows
from engine.narrow import Comparison
from engine.several import keys_beside
from engine.state import add_all, add_some, fold, gather, missed_keys
from mapping.compile import MappingForm
from mapping.problems import problem_of
from mapping.rules import key_columns
from store.changes import persons_with_open_matters
from store.conflicts import conflicts
from store.database import reading
from store.linking import apart_pairs, keys_said_since, replaced_keys
from store.problems import quarantine
from store.runs import newest_finished
from syncd.changes.others import Others, named_by
from syncd.facts.lookups import load_tables
from syncd.feeds.feed_state import state_files
from syncd.feeds.pull import Read
from syncd.feeds.work import Work


@dataclass(frozen=True, slots=True)
class MappedRead:
    """What else is to be known of a mapped read.

    folded  how many rows a newer one of the same key replaced
    missed  keys of which a full read found what the increments before it had not brought
    again   keys set aside before that were tried again beside those the read brought
    """

    folded: int = 0
    missed: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()


def map_read(work: Work, form: MappingForm, reads: Sequence[Read], *, of_people: bool = False) -> MappedRead:
    """Make `landed` of the rows of the last read, and the view `mapped` of those in `sent`: at first all of them.

    An increment `of_people` has the other records of somebody beside one of several (`engine.several`).
    """
    session, read, keys = work.session, reads[-1], key_columns(work.feed.mapping)
    columns, posts, days = read.columns or form.reads, work.feed.posts, work.feed.days
    folded, missed, again, has_literals = 0, frozenset[str](), frozenset[str](), True
    if not read.is_full:
        folded = fold(session, "landed", read.segments, columns, keys, posts=posts, days=days)
        again = _add_what_waits(work, keys, columns, of_people=of_people)
    elif read.has_order:
        folded = fold(session, "landed", read.segments, columns, keys, posts=posts, days=days)
    else:
        has_literals = gather(session, "landed", read.segments, columns)
    session.run("CREATE OR REPLACE VIEW sent AS FROM landed")
    load_tables(work.world, session, form)
    map_rows(session, form, "sent", "mapped", has_literals=has_literals)
    if len(reads) > 1:
        before = state_files(work.world, work.feed.name, before=read.segments)
        fold(session, "state", before, columns, keys, posts=posts, days=days)
        map_rows(session, form, "state", "mapped_state")
        missed = missed_keys(session, "mapped_state", "mapped")
    return MappedRead(folded, missed, again)


def _add_what_waits(work: Work, keys: Sequence[str], columns: Sequence[str], *, of_people: bool) -> frozenset[str]:
    """Add to what an increment brought the rows set aside or in question, and those of whom it was said who they are.

    They are tried again each time, the last once; gives their keys. And the other records and posts of whom it brought
    one of several. A changed mapping maps everything, without reading the source again.
    """
    feed, parts = work.feed, (*work.feed.posts, *work.feed.days)
    with reading(work.world.database) as tx:
        last = newest_finished(tx, feed.name)
        wanted = (
            {one.key for one in quarantine(tx, feed.name)}
            | {one.conflict.source_key for one in conflicts(tx, feed=feed.name) if one.conflict.kind == WHO}
            | keys_said_since(tx, feed.source.name, (last.revision if last else None) or 0)
        )
    wanted.update(keys_beside(work.session, "landed", keys) if of_people else ())
    if not wanted and not parts and not work.report.mapping_changed:
        return frozenset()
    files = state_files(work.world, feed.name)
    fold(work.session, "state", files, columns, keys, posts=feed.posts, days=feed.days)
    if not work.report.mapping_changed:
        return add_some(work.session, "landed", "state", keys, sorted(wanted), parts)
    add_all(work.session, "landed", "state", keys, parts)
    return frozenset()


def note_problems(work: Work, form: MappingForm, read: Read) -> None:
    """Report what is wrong with the read and with single values of it: every row with a fault remains to be judged."""
    problems = work.report.problems
    problems.extend(read.problems)
    problems.extend(
        Problem(reject.row, "unreadable_row", reject.reason, place=f"{name}:{reject.row}", value=reject.raw)
        for name, reject in read.rejects
    )
    problems.extend(problem_of(note, form) for note in note_rows(work.session, form, "sent", "remaining"))


def load_open_matters(work: Work) -> None:
    """Tell the engine about whom something is open: their rows are always judged."""
    path = work.scratch / "open_matters.csv"
    with reading(work.world.database) as tx, path.open("w", encoding="ascii") as file:
        file.writelines(f"{person}\n" for person in persons_with_open_matters(tx))
    candidates.load_open_matters(work.session, path)


def load_apart(work: Work) -> None:
    """Tell the engine which records of the source are said not to be whom."""
    path = work.scratch / "apart.csv"
    with reading(work.world.database) as tx, path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(apart_pairs(tx, work.feed.source.name))
    candidates.load_apart(work.session, path)


def comparison_of(work: Work, form: MappingForm, others: Others) -> Comparison:
    """Say what is compared, and on which day."""
    references = {name: by for name in form.attributes if (by := named_by(form, name)) is not None}
    whose = work.world.workspace.whose
    return Comparison(
        form.attributes,
        references,
        work.feed.protected,
        work.world.today,
        form.notes,
        ours=frozenset(name for name, one in whose.items() if one.is_ours),
        kept=frozenset(name for name, one in whose.items() if one.on_null is OnNull.KEEP),
        saying=others.saying,
        one_record=work.feed.source.one_record,
        has_posts=work.feed.mapping.engagement is not None,
        has_days=work.feed.has_days,
        has_rule=work.feed.mapping.eligible is not None,
    )


def candidates_of(work: Work) -> dict[tuple[int, str], list[Candidate]]:
    """Give, by row and place, whom records without a link may be about."""
    found: dict[tuple[int, str], list[Candidate]] = {}
    for row, place, person, rule, is_apart, name, *ids in candidates.candidate_rows(work.session):
        known = {one: None if value is None else str(value) for one, value in zip(STRONG_IDS, ids, strict=True)}
        called = None if name is None else str(name)
        candidate = Candidate(int(str(person)), called, str(rule), known, is_apart=bool(is_apart))
        found.setdefault((int(str(row)), str(place)), []).append(candidate)
    return found


def with_former(work: Work, likely: Collection[tuple[str | None, Sequence[Candidate]]]) -> list[Sequence[Candidate]]:
    """Give candidates, each list after the key of its record, marked where that record was theirs before."""
    keys = {key for key, some in likely if some and key}
    if not keys:
        return [some for _, some in likely]
    with reading(work.world.database) as tx:
        former = replaced_keys(tx, work.feed.source.name, keys)
    return [
        [replace(one, was_theirs=True) if (key, one.person) in former else one for one in some] for key, some in likely
    ]


def hints_of(work: Work) -> dict[tuple[int, str], tuple[str, int]]:
    """Give, by row and place of who would be added, somebody of the same name and hire date."""
    rows = population.hint_rows(work.session, work.world.today)
    return {(int(str(row)), str(place)): (str(possible), int(str(person))) for row, place, possible, person in rows}
