"""What a calculation found, put together over the forms of its components.

In: the tables that `engine.stages` made of the stages that `wanted` names, the table `spans`. Out: the tables `aside`
and `results`, and for each of `FILES` the query of what is written, in a total order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from calc import inputs
from calc.compile import ComponentForm, PayForm
from calc.earning import EARNED
from calc.gaps import GAP
from calc.ledger import Unknown
from calc.result import Result
from calc.standing import OTHER_CALENDAR, PLAN_NOT_IN_FORCE, UNKNOWN_PLAN
from domain.currency import UNUSUAL, USUAL
from engine.few_values import PLACE, few_valued
from engine.lines import LINE, OF_TALLY, TALLY, line_files
from engine.result_columns import nothing, picked, scaled
from engine.results import COLUMNS, RESULTS, each_result_of, in_order
from engine.session import Session, listed, quoted, text
from engine.stages import nobody_asks, run_stages
from formula.expression import ColumnType, Type
from formula.needs import is_passed_on
from formula.quantity import Quantity
from formula.schema import columns_of_stages

#: The earned periods that are paid: `due` in this pay period, else in one that was committed.
SPANS = "spans"
SPAN: Mapping[str, ColumnType] = {
    **dict.fromkeys(("plan", "component"), Type.TEXT),
    **dict.fromkeys(("earned_from", "earned_until", "counted_from"), Type.DAY),
    "due": Type.BOOL,
}
#: The files of a calculation.
CREDITS, LINES, TALLIES, EARNINGS, GAPS, ASIDE = "credits", "lines", "tallies", "earned", "gaps", "aside"
FILES = (CREDITS, LINES, TALLIES, EARNINGS, GAPS, ASIDE, RESULTS)
#: Why nobody is credited, as seen by one plan: what others do with a transaction is not its affair.
OF_OTHER_PLANS = frozenset(
    (
        *("not_in_plan", "no_plan", "not_a_participant", "not_counted", "no_owner", "owner_unknown"),
        *(OTHER_CALENDAR, PLAN_NOT_IN_FORCE, UNKNOWN_PLAN),
    )
)
#: What is recomputed for earned periods that were committed before, as results.
RECOMPUTED = "recomputed"
#: What is due to some people in any pay group, as results.
DUE = "due_of"

CREDIT = ("person", "day", "feed", "key", "rule", "place", "amount", "currency", "rate", "share", "credit")
EARNING = (*EARNED, "exact_digits")
_SHARE_A_DAY = "(a.earned_from < e.earned_until AND e.earned_from < a.earned_until)"
_ASIDE = ("person", "plan", "component", "earned_from", "earned_until", "due", "code", "since")


@dataclass(frozen=True, slots=True)
class PaidFor:
    """In which pay period, and whom: a pay group, or (None) everybody; `persons`: these people alone."""

    period: str
    pay_group: str | None = None
    persons: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """The tables of a form whose stages were run; its lines are in files, each of them sorted by participant."""

    session: Session
    form: PayForm
    types: Mapping[str, Mapping[str, ColumnType]]
    lines: Sequence[Path]

    def settle(self, paid: PaidFor) -> None:
        """Say for whom something is missing; fill `results` with what is due to the others.

        And `recomputed` with what they earned in earlier earned periods, as far as those are among the spans and share
        no day with one that something is missing for (`calc.ledger.is_unknown`).
        """
        self._set_aside()
        for table, due in ((RESULTS, True), (RECOMPUTED, False)):
            self._pay_all(table, paid, due=due)

    def due_of(self, persons: Collection[int], period: str) -> list[Result]:
        """Give what is due to some people in a pay period, in whatever pay group they are."""
        self._pay_all(DUE, PaidFor(period, None, persons), due=True)
        return [one for batch in each_result_of(self.session, DUE) for one in batch]

    def query(self, name: str) -> str:
        """Write the query of what a file holds."""
        match name:
            case "credits":
                return self._credits()
            case "lines":  # where there are none: they are in their files else
                return nothing(LINE)
            case "tallies":
                return self._tallies()
            case "earned":
                return self._earned()
            case "gaps":
                order = ", ".join(f"{column} NULLS FIRST" for column in GAP)
                return f"SELECT {self._picked(self.form.gaps, GAP)} ORDER BY {order}"
            case "aside":
                return f"SELECT {', '.join(_ASIDE)} FROM {ASIDE} ORDER BY {', '.join(_ASIDE)}"
            case _:
                return in_order()

    def lines_of(self, persons: Collection[int]) -> str:
        """Write the query of the lines of some people, in no order."""
        parts = [f"{one} WHERE l.person IN ({listed(persons)})" for one in self._each_lines(LINE)]
        return " UNION ALL ".join(parts) or nothing(LINE)

    def earnings_aside(self) -> list[Unknown]:
        """Give the earned periods of people that something is missing for, each once."""
        rows = self.session.rows(f"SELECT DISTINCT person, earned_from, earned_until, due FROM {ASIDE} ORDER BY ALL")
        return [Unknown(*row) for row in rows]  # type: ignore[arg-type]  # as the columns are

    def _set_aside(self) -> None:
        """Put what is missing to the earned periods it touches: its own, or those that count up over its day.

        Who is on an unknown plan may earn by it in any earned period that has a day of it.

        `since` is the first day of the period on which it is missing.
        """
        self.session.run(
            f"""
            CREATE OR REPLACE TABLE {ASIDE} AS
            WITH missing AS MATERIALIZED (FROM {self.table(self.form.set_aside)})
            SELECT m.person, s.plan, s.component, s.earned_from, s.earned_until, s.due, m.code, NULL::DATE AS since
            FROM missing m JOIN {SPANS} s ON m.plan = s.plan AND m.component = s.component AND m.start = s.earned_from
            UNION ALL
            SELECT m.person, s.plan, s.component, s.earned_from, s.earned_until, s.due, m.code, min(m.start)
            FROM (FROM missing WHERE plan IS NULL) m
            JOIN (SELECT DISTINCT person, plan FROM {inputs.ROSTER}) r ON r.person = m.person
            JOIN {SPANS} s ON s.plan = r.plan AND s.counted_from <= m.start AND m.start < s.earned_until
            GROUP BY ALL
            UNION ALL
            SELECT m.person, m.plan, NULL, s.earned_from, s.earned_until, s.due, m.code,
                   min(greatest(m.start, s.earned_from))
            FROM (FROM missing WHERE plan IS NOT NULL AND component IS NULL) m
            JOIN {SPANS} s ON m.start < s.earned_until AND s.earned_from < m."end"
            GROUP BY ALL
            """
        )
        if self.session.number(f"SELECT count(*) FROM {ASIDE} WHERE since IS NULL"):
            self._find_first_days()

    def _find_first_days(self) -> None:
        """Say of what an earning misses since when: since its first line that misses it, where it has lines."""
        by = ("person", "plan", "component", "earned_from")
        coded = [f"{one} WHERE code IS NOT NULL" for one in self._each_lines((*by, "day"))]
        self.session.run(
            f"""
            CREATE OR REPLACE TABLE {ASIDE} AS
            SELECT a.* REPLACE (coalesce(a.since, l.day) AS since) FROM {ASIDE} a
            LEFT JOIN (SELECT {", ".join(by)}, min(day) AS day
                       FROM ({" UNION ALL ".join(coded) or nothing((*by, "day"))}) GROUP BY ALL) l
            USING ({", ".join(by)})
            """
        )

    def _pay_all(self, table: str, paid: PaidFor, *, due: bool) -> None:
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in COLUMNS.items())
        self.session.run(f"CREATE OR REPLACE TABLE {table} ({columns})")
        for form in self.form.components:
            self._pay(form, table, paid, due=due)

    def _pay(self, form: ComponentForm, table: str, paid: PaidFor, *, due: bool) -> None:
        """Add what is earned in the currency of pay, for earned periods that are due, or are recomputed."""
        kinds = self.types[form.earned]
        values = {
            "earned_period": "earned",
            "currency": "pay_currency",
            "kind": "'earned'",
            "segment": "segment_from || '..' || (segment_until - 1)",
            "pay_period": text(paid.period),
            "amount": _minor("amount", "pay_currency", kinds),
            "plan_amount": _minor("plan_amount", "currency", kinds),
            "plan_currency": "currency",
            "plan_version": "'V' || version",
            "state": "'earned'",
            "reason": _reason(form),
            "cause": "NULL",
        }
        columns = ", ".join(f"{values.get(name, f'e.{name}')} AS {quoted(name)}" for name in COLUMNS)
        group = "" if not due or paid.pay_group is None else f"AND e.pay_group = {text(paid.pay_group)}"
        known = "a.due" if due else f"(a.due OR {_SHARE_A_DAY})"
        among = "" if paid.persons is None else f"AND e.person IN ({listed(paid.persons)})"
        self.session.run(
            f"""INSERT INTO {table} SELECT {columns}
                FROM {self.table(form.earned)} e
                SEMI JOIN (FROM {SPANS} WHERE due = {due}) s
                     ON s.plan = e.plan AND s.component = e.component AND s.earned_from = e.earned_from
                ANTI JOIN {ASIDE} a ON a.person = e.person AND {known}
                WHERE e.code IS NULL {group} {among}"""
        )

    def _credits(self) -> str:
        names = list(dict.fromkeys(name for form in self.form.components for name in form.credits))
        parts = [f"SELECT {nth}::BIGINT AS counting, {self._picked(name, CREDIT)}" for nth, name in enumerate(names, 1)]
        order = ("person", "day", "feed", "key", "counting", "rule")
        return _sorted(parts, ("counting", *CREDIT), order)

    def _earned(self) -> str:
        parts = [f"SELECT {self._picked(form.earned, EARNING)}" for form in self.form.components]
        segment = ("legal_entity", "pay_currency", "pay_group", "payee")
        return _sorted(parts, EARNING, ("person", "engagement", "plan", "component", "earned_from", *segment))

    def _tallies(self) -> str:
        parts = [
            f"SELECT {nth}::BIGINT AS form, {', '.join(TALLY[1:])} FROM {self.table(form.tallies)}"
            for nth, form in enumerate(self.form.components, 1)
            if form.lines
        ]
        return _sorted(parts, TALLY, ("person", "form", "tally"))

    def _each_lines(self, names: Sequence[str]) -> Iterator[str]:
        """Yield the query of the lines of each stage that has any: some of their columns (`LINE`), as written."""
        for form in self.form.components:
            for stage in form.lines:
                own = picked(self.types[stage], names)
                of = {name: f"t.{name}" for name in OF_TALLY} | {"person": "l.person", "tally": "l.tally"}
                columns = ", ".join(f"{of.get(name, how)} AS {quoted(name)}" for name, how in own.items())
                joined = f"{self.table(stage)} l JOIN {self.table(form.tallies)} t ON t.tally = l.tally"
                yield f"SELECT {columns} FROM {joined}"

    def _picked(self, stage: str, names: tuple[str, ...]) -> str:
        """Pick columns of a stage at the scales in which they are written; one that it has not is null."""
        chosen = (f"{how} AS {quoted(name)}" for name, how in picked(self.types[stage], names).items())
        return f"{', '.join(chosen)} FROM {self.table(stage)}"

    def table(self, stage: str) -> str:
        """Name the table of a wanted stage, as it is written in a query."""
        return quoted(wanted(self.form)[stage])


def _sorted(parts: Sequence[str], names: Sequence[str], order: Sequence[str]) -> str:
    by = ", ".join(f"{name} NULLS FIRST" for name in order)
    return f"SELECT * FROM ({' UNION ALL '.join(parts) or nothing(names)}) ORDER BY {by}"


def wanted(form: PayForm) -> dict[str, str]:
    """Name the stages of a form that a calculation needs as tables, and these tables."""
    names = [form.gaps, form.set_aside]
    for one in form.components:
        names += [*one.credits, *one.lines, one.earned, *([one.tallies] if one.lines else [])]
    return {name: f"found:{name}" for name in names}


def seen(session: Session, form: PayForm) -> dict[str, str]:
    """Name what stages see of each input: of transactions a view in which texts of few values are numbers."""
    sold = few_valued(session, asks_for_places=not is_passed_on(form.stages, PLACE))
    return {**{name: name for name in form.inputs}, inputs.TRANSACTIONS: sold}


def find(session: Session, form: PayForm, folder: Path, told: Callable[[int, int], None] = nobody_asks) -> Findings:
    """Run the stages of a form over the loaded inputs; lines are written to a folder under the session's.

    `told` how many of how many parts are made, after each. In: the view `landed` of `engine.facts`.
    """
    types = columns_of_stages(form.stages, form.inputs)
    every = [(of, one, name) for of, one in enumerate(form.components, 1) for name in one.lines]
    files = {
        name: line_files(types[name], one, of, folder / f"lines-{nth}.parquet")
        for nth, (of, one, name) in enumerate(every)
    }
    written = run_stages(session, form.stages, seen(session, form), form.inputs, wanted(form), files, told)
    return Findings(session, form, types, [path for name in files for path in written[name]])


def _minor(amount: str, currency: str, kinds: Mapping[str, ColumnType]) -> str:
    """Write an amount as whole minor units of its currency: it was rounded to them, so nothing is lost."""
    kind = kinds[amount]
    scale = kind.scale if isinstance(kind, Quantity) else 0
    cases = " ".join(
        f"WHEN e.{currency} IN ({', '.join(map(text, currencies))}) THEN {scaled(f'e.{amount}', scale, digits)}"
        for digits, currencies in UNUSUAL.items()
    )
    return f"CASE {cases} ELSE {scaled(f'e.{amount}', scale, USUAL)} END"


def _reason(form: ComponentForm) -> str:
    """Write why an earning is nothing, or less than what was counted comes to (`calc.reason.reason_of`)."""
    counted = "'not_reached'" if form.type == "bonus" else "if(e.counted <> 0, 'below_threshold', 'nets_to_nothing')"
    return f"""CASE WHEN e.before_cap <> e.plan_amount THEN 'capped' WHEN e.amount <> 0 THEN NULL
               WHEN e.exact <> 0 THEN 'rounds_to_nothing' ELSE {counted} END"""
