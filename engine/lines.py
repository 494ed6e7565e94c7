"""Lines as files: what each credit added, sorted by participant, and beside them what their tallies are of.

A line is one of very many: what is the same for all lines of a tally (its plan, component and engagement) stands once
in the file of tallies, what was counted before it is what was counted after it less its credit, and a place is a file
and a row of it. Older calculations have places as texts, and those of before there were tallies have lines that say all
of it themselves: they are read as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from calc.compile import ComponentForm
from engine.few_values import PLACE, as_text, place_file, place_of, place_row
from engine.pay_inputs import Value, read_rows
from engine.result_columns import KINDS, nothing, picked, rescaled, written_columns
from engine.session import Session, quoted, read_files
from engine.sorted_files import SortedFiles
from formula.expression import ColumnType, Type

#: What there is of a line, for whoever reads it.
LINE = (
    *("person", "day", "feed", "key", "plan", "component", "engagement", "rule", "version", "earned_from", "place"),
    *("amount", "currency", "rate", "share", "credit", "before", "after", "target", "exact", "exact_digits", "code"),
    *("tally", "since"),
)
#: What a tally is of, besides its person.
OF_TALLY = ("engagement", "plan", "component")
#: A tally as it is written: its number among those of the components that are calculated as one, `form`.
TALLY = ("form", "tally", "person", *OF_TALLY)
_PLACE_ROW = "place_row"
_STORED = ("form", *(name for name in LINE if name not in (*OF_TALLY, "before")))
_BEFORE = '"after" - "credit"'


@dataclass(frozen=True, slots=True)
class LineFiles:
    """The files of lines of one calculation, and those of their tallies: none of an older one."""

    lines: Sequence[Path]
    tallies: Sequence[Path]

    def query(self, session: Session) -> str:
        """Write the query of the lines (`LINE`), in no order."""
        if not self.lines:
            return nothing(LINE)
        if not self.tallies:
            return f"SELECT {_named(LINE, {})} FROM {read_files(self.lines)}"
        told = {name: f"t.{name}" for name in OF_TALLY}
        shown = {**told, **self.places(session), "before": _BEFORE, "person": "l.person", "tally": "l.tally"}
        return f"""SELECT {_named(LINE, shown)} FROM {read_files(self.lines)} l
                   JOIN {read_files(self.tallies)} t
                   ON t.person = l.person AND t.tally = l.tally AND t.form = l.form"""

    def places(self, session: Session) -> dict[str, str]:
        """Write how the place of a line is read, where it is not one text."""
        described = session.rows(f"DESCRIBE SELECT * FROM {read_files(self.lines[:1])}")
        is_apart = any(name == _PLACE_ROW for name, *_ in described)
        return {PLACE: as_text(PLACE, _PLACE_ROW)} if is_apart else {}


def lines_of(session: Session, files: LineFiles, person: int, names: Sequence[str]) -> list[dict[str, Value]]:
    """Give somebody's lines: some columns that tell nothing of the tally, and `plan` and `component`, in order."""
    if not files.lines:
        return []
    whose = f"WHERE person = {int(person)}"
    if not files.tallies:
        columns = written_columns(("plan", "component", *names))
        query = f"SELECT {', '.join(columns)} FROM ({files.query(session)}) {whose} ORDER BY day, feed, key"
        return read_rows(session, query, columns)
    # to join and to sort them here takes two thirds of the time
    kinds = written_columns(("form", "tally", "plan", "component"))
    query = f"SELECT {', '.join(kinds)} FROM {read_files(files.tallies)} {whose}"
    of = {(one.pop("form"), one.pop("tally")): one for one in read_rows(session, query, kinds)}
    columns = written_columns(("form", "tally", *names))
    shown = files.places(session) if PLACE in columns else {}
    rows = read_rows(session, f"SELECT {_named(columns, shown)} FROM {read_files(files.lines)} {whose}", columns)
    rows.sort(key=itemgetter("day", "feed", "key"))
    for row in rows:
        row.update(of[row["form"], row["tally"]])
    return rows


def line_files(kinds: Mapping[str, ColumnType], form: ComponentForm, nth: int, path: Path) -> SortedFiles:
    """Say how the lines of the nth form are written, and read again as far as stages do: by tally is by participant."""
    read = {name: rescaled(name, KINDS.get(name), kind) for name, kind in kinds.items() if name not in OF_TALLY}
    ours = {
        "before": f"({rescaled('after', KINDS['after'], kinds['after'])}) - {read['credit']}",
        PLACE: place_of(PLACE, _PLACE_ROW),
    }
    apart = {PLACE: place_file(PLACE), _PLACE_ROW: place_row(PLACE)}
    # texts of few values are written as the numbers they are, beside a list of them: which takes a fourth less
    texts = {name: quoted(name) for name in _STORED if name in kinds and written_columns([name])[name] is Type.TEXT}
    return SortedFiles(
        path=path,
        written=picked(kinds, _STORED) | texts | {"form": f"{nth}::BIGINT"} | apart,
        read=read | ours,
        order=("tally", *form.order),
        whose=form.whose,
    )


def _named(names: Iterable[str], shown: Mapping[str, str]) -> str:
    return ", ".join(f"{shown.get(name, quoted(name))} AS {quoted(name)}" for name in names)
