"""Rows as sent that were found to change nothing: they still change nothing while all that they depend on is the same.

Such a row is known again by 128 bits over everything that was sent of it: a hash of its cells, and one of all their
text together. Its key and ids are remembered with it, so that it need not be mapped to stand among the others; and
who it is about and names, and on which days it holds, so that it is forgotten as soon as any of that is another.

In: the view `landed`, all rows of a read; the views `people`, `links`, `versions`; the table `doubtful`, people about
whom something is open or has changed since the rows were remembered; the table `heard`, where other feeds speak of the
same people. Out: the table `told` with every row of the read, `person` filled where it is known again; the relation
`sent`, the rows that are to be mapped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.merged import LAST, MERGED_NAMES, NAMED_PEOPLE
from engine.said import NOBODY, SAID, Saying
from engine.session import Session, quoted, read_files, text, write_whole

_FIRST, _LAST = "DATE '0001-01-01'", "DATE '9999-12-31'"


@dataclass(frozen=True, slots=True)
class Remembered:
    """Which rows are remembered, and what of them.

    path        the file of them; None where there is none that still holds
    under       what else than rows and roster they depend on, as a digest
    reads       the columns as sent that a mapping reads
    named       the mapped attributes by which rows stand in each other's way
    references  attributes that name a person -> the id they name them by
    saying      the other feeds that say something of whom a row is about
    """

    path: Path | None
    under: str
    reads: Sequence[str]
    named: Sequence[str]
    references: Mapping[str, str]
    saying: Saying = NOBODY

    @property
    def named_there(self) -> dict[str, str]:
        """The columns of `said` that name people -> the id they name them by."""
        pairs = [(nth, *one) for nth, sayer in enumerate(self.saying.sayers) for one in sayer.attributes.items()]
        return {SAID.format(nth, name): by for nth, name, by in pairs if by is not None}


def is_under(session: Session, path: Path, under: str) -> bool:
    """Tell whether the rows of a file were remembered under the same conditions."""
    found = session.rows("SELECT under FROM read_parquet($1) LIMIT 1", [str(path)])
    return found == [(under,)]


def load_doubtful(session: Session, path: Path) -> None:
    """Make the table `doubtful` of those in `open_matters` and the person ids in a file, one a line."""
    session.run(
        f"""CREATE OR REPLACE TABLE doubtful AS FROM open_matters UNION FROM read_csv({text(str(path))},
            header = false, auto_detect = false, columns = {{'person': 'BIGINT'}})"""
    )


def recognise(session: Session, remembered: Remembered, today: date) -> int:
    """Fill `told`, and make `sent` of what is not known again; give how many rows are."""
    cells = ", ".join(("_op", "_native", *map(quoted, remembered.reads)))
    session.run(
        f"""
        CREATE OR REPLACE TEMP TABLE told AS
        SELECT s.*, u.* EXCLUDE (shape, content, under)
        FROM (
            SELECT _row, _place, hash({cells}) AS shape, hash(concat({cells})) AS content FROM landed
        ) s LEFT JOIN ({_still_true(remembered, today)}) u ON u.shape = s.shape AND u.content = s.content
        """
    )
    # a line sent twice is not known: both are what was remembered once
    session.run(
        """UPDATE told SET person = NULL WHERE person IS NOT NULL AND shape IN (
               SELECT shape FROM told WHERE person IS NOT NULL GROUP BY shape HAVING count(*) > 1)"""
    )
    known = session.number("SELECT count(person) FROM told")
    if known:
        session.run("DROP VIEW sent")
        session.keep(
            "sent",
            "SELECT * FROM landed SEMI JOIN (FROM told WHERE person IS NULL) USING (_row, _place)",
            rows=session.number("SELECT count(*) FROM told") - known,
        )
    return known


def recall(session: Session) -> None:
    """Map a row after all that stands in the way of another: it is in `again`, in `shares` or in `rivals`."""
    session.run(
        """
        CREATE OR REPLACE TEMP TABLE recalled AS
        SELECT _row, _place FROM told
        SEMI JOIN (
            SELECT _row, _place FROM again UNION SELECT _row, _place FROM shares UNION SELECT _row, _place FROM rivals
        ) USING (_row, _place)
        WHERE person IS NOT NULL
        """
    )
    if session.number("SELECT count(*) FROM recalled"):
        session.add("sent", "SELECT * FROM landed SEMI JOIN recalled USING (_row, _place)")


def remember(session: Session, remembered: Remembered, today: date, target: Path) -> None:
    """Write the rows of the read that change nothing into a file: those known again, and those found so now."""
    by = remembered.references
    joins = "".join(
        f"LEFT JOIN {NAMED_PEOPLE} {alias} ON {alias}.{quoted(id_)} = k.{quoted('n_' + name)}\n"
        for name, id_ in by.items()
        for alias in (quoted("q_" + name),)
    )
    own = "".join(f", k.{quoted(name)}" for name in remembered.named)
    own += "".join(f", k.{quoted('n_' + name)}, {quoted('q_' + name)}.person AS {quoted('p_' + name)}" for name in by)
    own += "".join(f", y.{quoted(name)}" for name in remembered.named_there)
    heard = "LEFT JOIN heard x ON x.person = l.person" if remembered.saying.sayers else ""
    if remembered.named_there:
        heard += " LEFT JOIN said y ON y.person = l.person AND y.engagement = k._engagement"
    day = f"coalesce(k._effective::DATE, {_day(today)})"
    write_whole(
        session,
        f"""
        WITH found AS (
            SELECT t.* EXCLUDE (_row, _place) FROM told t ANTI JOIN remaining r USING (_row, _place)
            WHERE t.person IS NOT NULL
            UNION ALL BY NAME
            SELECT t.shape, t.content, l.person, k._key, k._engagement,
                   if(k._effective IS NULL, v.start, {_FIRST}) AS holds_from,
                   if(k._effective IS NULL, v."end", {_LAST}) AS holds_until,
                   {_heard(remembered)} AS heard{own}
            FROM told t ANTI JOIN remaining r USING (_row, _place) JOIN keys k USING (_row, _place)
            JOIN links l ON l.key = k._key
            JOIN versions v ON v.person = l.person AND v.engagement = k._engagement
                 AND v.start <= {day} AND {day} < v."end"
            {heard}
            {joins}
            WHERE t.person IS NULL
        )
        SELECT *, {text(remembered.under)} AS under
        FROM found QUALIFY count(*) OVER (PARTITION BY shape, content) = 1
        """,
        target,
    )


def _still_true(remembered: Remembered, today: date) -> str:
    """Write the query of the remembered rows that hold today, and about whom and whose names there is no doubt."""
    if remembered.path is None:
        return f"SELECT {', '.join(f'NULL::{kind} AS {quoted(name)}' for name, kind in _kinds(remembered))} WHERE false"
    doubts = "".join(
        f""" ANTI JOIN doubtful ON doubtful.person = u.{quoted("p_" + name)}
             ANTI JOIN (SELECT p.{quoted(by)} AS id FROM people p SEMI JOIN doubtful USING (person)
                        WHERE p.{quoted(by)} IS NOT NULL) ids ON ids.id = u.{quoted("n_" + name)}"""
        for name, by in remembered.references.items()
    )
    doubts += "".join(
        f" ANTI JOIN ({_doubtful_names(by)}) there ON there.name = u.{quoted(name)}"
        for name, by in remembered.named_there.items()
    )
    others = "LEFT JOIN heard x ON x.person = u.person" if remembered.saying.sayers else ""
    return f"""SELECT u.* FROM {read_files([remembered.path])} u {others}
               ANTI JOIN doubtful ON doubtful.person = u.person {doubts}
               WHERE u.holds_from <= {_day(today)} AND {_day(today)} < u.holds_until
                 AND u.heard IS NOT DISTINCT FROM {_heard(remembered)}
                 {"AND NOT coalesce(x.several, false)" if others else ""}"""


def _doubtful_names(by: str) -> str:
    """Write the query of what other feeds may have named by ids of the doubtful: these, and whoever has such an id too.

    Of two who have one e-mail it is for the ids of people to say whom it names, and an id that came by a merge is that
    of whoever has it by now: in either case who was named so far is not touched.
    """
    id_ = f"p.{quoted(by)}"
    return f"""WITH own AS (SELECT {id_} AS id FROM people p SEMI JOIN doubtful USING (person) WHERE {id_} IS NOT NULL)
               SELECT 'P' || person AS name FROM doubtful UNION ALL SELECT id FROM own
               UNION ALL SELECT 'P' || p.person FROM people p SEMI JOIN own ON own.id = {id_}
               UNION ALL SELECT 'P' || m.person FROM {MERGED_NAMES} m
               SEMI JOIN own ON m.owner = {text(by + ":")} || own.id WHERE m.{LAST}"""


def _heard(remembered: Remembered) -> str:
    """Write 64 bits over what other feeds sent (`engine.heard`)."""
    return "x.digest" if remembered.saying.sayers else "NULL::UBIGINT"


def _kinds(remembered: Remembered) -> list[tuple[str, str]]:
    """Name what is remembered of a row, with its types."""
    return [
        *(("shape", "UBIGINT"), ("content", "UBIGINT"), ("heard", "UBIGINT"), ("person", "BIGINT")),
        *((name, "VARCHAR") for name in ("_key", "_engagement", "under", *remembered.named)),
        *(("holds_from", "DATE"), ("holds_until", "DATE")),
        *(("n_" + name, "VARCHAR") for name in remembered.references),
        *(("p_" + name, "BIGINT") for name in remembered.references),
        *((name, "VARCHAR") for name in remembered.named_there),
    ]


def _day(day: date) -> str:
    return f"DATE '{day.isoformat()}'"
