"""A read becomes comparable: mapped into our words, beside the roster, with whom each new record may be about."""

from __future__ import annotations

from collections.abc import Sequence

from domain.attributes import STRONG_IDS, AttributeType
from domain.problem import Problem
from domain.record import Candidate
from engine import narrow as engine
from engine import population
from engine.mapped import map_rows, note_rows
from engine.narrow import Comparison
from engine.state import add_from, all_keys, fold, gather, missed_keys
from mapping.compile import MappingForm
from mapping.problems import problem_of
from mapping.rules import DEFAULT_BY, key_columns
from store.changes import persons_with_open_matters
from store.database import reading
from store.problems import quarantine
from syncd.feed_state import state_files
from syncd.pull import Read
from syncd.work import Work


def map_read(work: Work, form: MappingForm, reads: Sequence[Read]) -> tuple[int, frozenset[str]]:
    """Fill `mapped` from the last read.

    Gives how many rows a newer one of the same key replaced, and the keys of which a full read found what the
    increments before it had not brought.
    """
    session, read, keys = work.session, reads[-1], key_columns(work.feed.mapping)
    columns = read.columns or form.reads
    folded, missed = 0, frozenset[str]()
    if not read.is_full:
        folded = fold(session, "sent", read.segments, columns, keys)
        if wanted := _to_map_again(work, keys, columns):
            add_from(session, "sent", "state", keys, wanted)
    elif read.has_order:
        folded = fold(session, "sent", read.segments, columns, keys)
    else:
        gather(session, "sent", read.segments, columns)
    map_rows(session, form, "sent", "mapped")
    if len(reads) > 1:
        fold(session, "state", state_files(work, before=read.segments), columns, keys)
        map_rows(session, form, "state", "mapped_state")
        missed = missed_keys(session, "mapped_state", "mapped")
    return folded, missed


def _to_map_again(work: Work, keys: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Give the keys that are mapped beside those an increment brought, with their records in the table `state`.

    Rows set aside are tried again each time; a changed mapping maps everything, without reading the source again.
    """
    with reading(work.world.database) as tx:
        wanted = sorted({one.key for one in quarantine(tx, work.feed.name)})
    if not wanted and not work.report.mapping_changed:
        return []
    fold(work.session, "state", state_files(work), columns, keys)
    return all_keys(work.session, "state", keys) if work.report.mapping_changed else wanted


def note_problems(work: Work, form: MappingForm, read: Read) -> None:
    """Report what is wrong with the read and with single values of it."""
    problems = work.report.problems
    problems.extend(read.problems)
    problems.extend(
        Problem(reject.row, "unreadable_row", reject.reason, place=f"{name}:{reject.row}", value=reject.raw)
        for name, reject in read.rejects
    )
    problems.extend(problem_of(note, form) for note in note_rows(work.session, form, "sent", "mapped"))


def load_open_matters(work: Work) -> None:
    """Tell the engine about whom something is open: their rows are always judged."""
    path = work.scratch / "open_matters.csv"
    with reading(work.world.database) as tx, path.open("w", encoding="ascii") as file:
        file.writelines(f"{person}\n" for person in persons_with_open_matters(tx))
    engine.load_open_matters(work.session, path)


def comparison_of(work: Work, form: MappingForm) -> Comparison:
    """Say what is compared, and on which day."""
    references = {
        name: form.rules[name].rule.by or DEFAULT_BY
        for name in form.attributes
        if form.rules[name].type is AttributeType.PARTICIPANT
    }
    return Comparison(form.attributes, references, work.feed.protected, work.world.today)


def candidates_of(work: Work) -> dict[tuple[int, str], list[Candidate]]:
    """Give, by row and place, whom records without a link may be about."""
    found: dict[tuple[int, str], list[Candidate]] = {}
    for row, place, person, rule, name, *ids in engine.candidate_rows(work.session):
        known = {one: None if value is None else str(value) for one, value in zip(STRONG_IDS, ids, strict=True)}
        candidate = Candidate(int(str(person)), None if name is None else str(name), str(rule), known)
        found.setdefault((int(str(row)), str(place)), []).append(candidate)
    return found


def hints_of(work: Work) -> dict[int, tuple[str, int]]:
    """Give, by newcomer, somebody of the same name and hire date."""
    rows = population.hint_rows(work.session, work.world.today)
    return {int(str(new)): (str(possible), int(str(person))) for new, possible, person in rows}
