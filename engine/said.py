"""What other feeds say of the same people: their newest records, mapped, beside those of the feed that is read.

In: for each of the others (numbered from 0) the view `mapped:<n>` of its state, and `all_links`, `people`. Out: the
table `their_records` (id, source, key, person) of the people that are looked at, of whom alone anything is heard; the
table `said`, a row for each person and engagement that any of them has, with `said:<n>:<attribute>` (its value in
canonical form) and `says:<n>:<attribute>` (whether it has one; null there is an opinion too).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from domain.attributes import POPULATION
from engine.doubles import in_force
from engine.merged import NAMED_PEOPLE
from engine.session import Cell, Session, listed, quoted, text

SAID, SAYS = "said:{}:{}", "says:{}:{}"
#: The table of all records that are linked to the people who are looked at.
THEIRS = "their_records"


@dataclass(frozen=True, slots=True)
class Sayer:
    """Another feed: its source, and of the attributes that both map, those that name a person by an id (else None)."""

    source: str
    attributes: Mapping[str, str | None]
    has_days: bool = False  #: its rows are histories
    population: str | None = None  #: of several that say who joins and leaves: it speaks of no other's people


@dataclass(frozen=True, slots=True)
class Shared:
    """An attribute that others map too: which of them (by number) go before the feed that is read, and which beside it.

    null_counts  null is an opinion; falls_back  null is one only where nobody has a value
    """

    before: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    null_counts: bool = True
    falls_back: bool = False

    def numbered(self, anew: Mapping[int, int]) -> Shared:
        """Give it with other numbers; who has none is left out."""
        before, beside, others = (
            tuple(anew[one] for one in some if one in anew) for some in (self.before, self.beside, self.others)
        )
        return replace(self, before=before, beside=beside, others=others)


@dataclass(frozen=True, slots=True)
class Saying:
    """The other feeds, and the attributes that they share with the one that is read."""

    sayers: Sequence[Sayer] = ()
    shared: Mapping[str, Shared] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `said` beside person and engagement."""
        pairs = [(nth, name) for nth, one in enumerate(self.sayers) for name in one.attributes]
        return tuple(form.format(nth, name) for nth, name in pairs for form in (SAID, SAYS))

    def among(self, numbers: Sequence[int]) -> Saying:
        """Give what is left where only some of the others say anything."""
        anew = {number: nth for nth, number in enumerate(numbers)}
        shared = {name: one.numbered(anew) for name, one in self.shared.items()}
        sayers = tuple(self.sayers[number] for number in numbers)
        return Saying(sayers, {name: one for name, one in shared.items() if one.others})


NOBODY = Saying()


def mapped_name(nth: int) -> str:
    """Name the view of what another feed says, mapped."""
    return f"mapped:{nth}"


def find_their_records(session: Session, people: str) -> frozenset[str]:
    """Make `their_records` of the people that a query gives; name the sources that have any."""
    session.run(f"CREATE OR REPLACE TABLE {THEIRS} AS FROM all_links SEMI JOIN ({people}) USING (person)")
    return frozenset(str(source) for (source,) in session.rows(f"SELECT DISTINCT source FROM {THEIRS}"))


def among(persons: Collection[int] | None) -> str:
    """Write the query of some people; None: of all."""
    return f"SELECT id AS person FROM people {'' if persons is None else f'WHERE id IN ({listed(persons)})'}"


def their_keys(source: str) -> str:
    """Write the query of the keys that the people who are looked at have in a source."""
    return f"SELECT key FROM {THEIRS} WHERE source = {text(source)}"


def gather_said(session: Session, saying: Saying, today: date) -> None:
    """Make `said`. Of several records of one person in a feed one speaks, as `domain.speaking` has it."""
    parts = [_of(session, nth, one, today) for nth, one in enumerate(saying.sayers)]
    columns = ", ".join(f"any_value({quoted(name)}) AS {quoted(name)}" for name in saying.columns)
    session.run(
        f"""CREATE OR REPLACE TABLE said AS
            SELECT person, engagement, {columns} FROM ({" UNION ALL BY NAME ".join(parts)})
            GROUP BY person, engagement"""
        if parts
        else "CREATE OR REPLACE VIEW said AS SELECT NULL::BIGINT AS person, NULL::VARCHAR AS engagement WHERE false"
    )


def _of(session: Session, nth: int, sayer: Sayer, today: date) -> str:
    view = mapped_name(nth)
    notes = set(session.columns(view))
    columns, joins, order = [], [], _latest(notes, today)
    for name, by in sayer.attributes.items():
        note = f"{name}__note"
        says = f"m.{quoted(note)} IS NULL" if note in notes else "true"
        value = f"m.{quoted(name)}"
        if by is not None:
            alias = quoted(f"q_{name}")
            joins.append(f"LEFT JOIN {NAMED_PEOPLE} {alias} ON {alias}.{quoted(by)} = {value}")
            value = f"coalesce('P' || {alias}.person, {value})"
            order.append(f"{alias}.person")
        columns += [f"{value} AS {quoted(SAID.format(nth, name))}", f"{says} AS {quoted(SAYS.format(nth, name))}"]
    rows = quoted(view)
    if sayer.has_days:
        rows = f"""(FROM {rows} QUALIFY row_number() OVER (PARTITION BY _key, _engagement
                    ORDER BY {in_force("_effective::DATE", f"DATE '{today.isoformat()}'")}, _row) = 1)"""
    return f"""
        SELECT l.person, m._engagement AS engagement, {", ".join(columns)}
        FROM {rows} m JOIN {THEIRS} l ON l.source = {text(sayer.source)} AND l.key = m._key {" ".join(joins)}
        WHERE m._op = 'upsert' AND m._in_scope{_not_elsewhere(session, sayer, today)}
        QUALIFY row_number() OVER (PARTITION BY l.person, m._engagement ORDER BY {", ".join(order)}) = 1"""


def _not_elsewhere(session: Session, sayer: Sayer, today: date) -> str:
    """Leave out whom the roster has in another population today."""
    if sayer.population is None or POPULATION not in session.columns("versions"):
        return ""
    day = f"DATE '{today.isoformat()}'"
    return f""" AND l.person NOT IN (SELECT person FROM versions WHERE start <= {day} AND {day} < "end"
                  AND {POPULATION} <> {text(sayer.population)})"""


def _latest(has: Collection[str], today: date) -> list[str]:
    """Write the order of several records of one person: the first one is that which `domain.speaking` lets be heard."""
    day = f"DATE '{today.isoformat()}'"
    left, last_day, hired = (
        f"m.{name}" if name in has else "NULL" for name in ("status", "termination_date", "hire_date")
    )
    end = f"coalesce({last_day}::DATE, if({left} = 'terminated', {day} - 1, {day}))"
    begins = f"coalesce(m._effective::DATE, {hired}::DATE)"
    order = (f"coalesce({begins} > {day}, false)", f"least({end}, {day}) DESC", f"{begins} DESC NULLS LAST")
    return [*order, "l.id DESC", "m._key DESC", "m._row"]


def unheard(name: str, shared: Shared, own: str) -> str:
    """Write where what the read says of an attribute (`own`) surely does not count, beside the columns of `said` as x.

    As `domain.whose.counting`, which judges whatever is left.
    """
    better = [_has_opinion(nth, name, shared) for nth in shared.before]
    if shared.falls_back:
        values = [f"x.{quoted(SAID.format(nth, name))} IS NOT NULL" for nth in shared.others]
        better.append(f"({own} IS NULL AND ({' OR '.join(values)}))")
    return " OR ".join(better) or "false"


def disputed(name: str, shared: Shared, own: str) -> str:
    """Write where another source beside the read's may say otherwise."""
    said = [
        f"({_has_opinion(nth, name, shared)} AND x.{quoted(SAID.format(nth, name))} IS DISTINCT FROM {own})"
        for nth in shared.beside
    ]
    return " OR ".join(said) or "false"


def _has_opinion(nth: int, name: str, shared: Shared) -> str:
    says = f"coalesce(x.{quoted(SAYS.format(nth, name))}, false)"
    return says if shared.null_counts else f"({says} AND x.{quoted(SAID.format(nth, name))} IS NOT NULL)"


def said_rows(
    session: Session, saying: Saying, persons: Collection[int] | None = None
) -> Iterator[tuple[int, str, dict[str, Cell]]]:
    """Yield (person, engagement, the columns of `said`), of some people or of all, in order."""
    among = "" if persons is None else f"WHERE person IN ({listed(persons)})"
    columns = ", ".join(map(quoted, ("person", "engagement", *saying.columns)))
    for rows in session.batches(f"SELECT {columns} FROM said {among} ORDER BY person, engagement"):
        for person, engagement, *cells in rows:
            yield int(str(person)), str(engagement), dict(zip(saying.columns, cells, strict=True))
