"""An earning as a tree that a person reads: what was rounded, capped and added up, down to the rows as given.

Made of the steps of the plain evaluation, in the words of `calc.wording`. What only passes a value on, and what only
says whether something is there, is left out; a step that several need is told where it is needed first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple

from calc import inputs
from calc.compile import ComponentForm
from calc.reason import reason_of
from calc.wording import added, said
from domain.currency import minor_digits
from formula.evaluate import Evaluation
from formula.expression import Column, ColumnType
from formula.meaning import Cell
from formula.quantity import DEAL_CURRENCY, Quantity, Unit
from formula.relation import Aggregate, Aggregation, Derive
from formula.rows import Row
from formula.steps import Step, walker


class Place(NamedTuple):
    """A row of a source: of which feed, by which key, and where a person opens it."""

    feed: str
    key: str | None
    place: str | None


@dataclass(frozen=True, slots=True)
class Node:
    """One step: by which rule which value came out of which others.

    unit  a currency, `rate`, `share`, `number`, None for what is no number
    code  why it is nothing, or less than counted
    days  the days `[start, end)` for which what it stands on says something of somebody; none of a sum, or of terms
    """

    rule: str
    value: Cell
    unit: str | None = None
    inputs: tuple[Node, ...] = ()
    rows: tuple[Place, ...] = ()
    code: str | None = None
    days: tuple[tuple[date, date], ...] = ()


#: Gives the node of a row as given that is no transaction: of a plan, a quota, a rate. None: it has nothing to say.
Told = Callable[[str, Mapping[str, Cell], str], Node | None]

#: Columns that only say whether something is there, or is usable.
_CONTROL = frozenset(
    (
        *("code", "day_code", "gaps", "all_gaps", "is_complete", "round", "cap_per", "one", "lines", "currencies"),
        *("quota_currency", "other_currency", "paid_in", "pay_currency", "named", "parts", "segments"),
    )
)
_ONE = timedelta(1)
_GIVEN = "as given"
#: The unit, and the column, of a part of a whole: people write it as a percentage.
SHARE = "share"
#: What adds up credits, where not line by line.
_COUNTED = "counted"
_PASSED = Column("exact")
#: How a formula ends that gives nothing where something is missing.
_IF_USABLE = " if code == '' else ''"


def explained(
    evaluation: Evaluation,
    form: ComponentForm,
    row: Row,
    told: Told,
    *,
    dated_by: Collection[str] = (),
    transaction: str | None = None,
    detailed: int | None = None,
) -> Node:
    """Give the tree of an earning, a row of the stage `form.earned`; `dated_by`: by which of their days rows count.

    Of its lines perhaps those of one transaction only; and perhaps only so many with what they are made of.
    """
    values = row.values
    code = reason_of(form, values)
    currency, paid_in = str(values["currency"]), str(values["pay_currency"])
    chosen = _Chosen(transaction, detailed)
    reader = _Reader(evaluation, told, walker(evaluation), chosen, tuple(dated_by))
    exact = _exact(evaluation, row, reader, currency, chosen, has_lines=bool(form.lines))
    plan = _in_plan(row, reader, exact, currency, code)
    if values["rate"] is None:
        return plan
    rate = Node(f"one {currency} in {paid_in} on the last day of {values['earned']}", values["rate"], "rate")
    found = reader.node(reader.step(row, "rate"))
    rate = Node(rate.rule, rate.value, rate.unit, found.inputs or (found,), found.rows)
    rule = f"converted once, at the rate of the last day, to {minor_digits(paid_in)} digits"
    return Node(rule, values["amount"], paid_in, (plan, rate), (), code)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Which lines are shown, and how many of them with what they are made of (None: all)."""

    transaction: str | None
    detailed: int | None

    def has(self, given: Row | None) -> bool:
        """Tell whether a line is shown, by the row as given that it goes back to."""
        if self.transaction is None:
            return True
        values = given.values if given is not None else {}
        return self.transaction in (values.get("key"), f"{values.get('feed')}:{values.get('key')}")


def _in_plan(row: Row, reader: _Reader, exact: Node, currency: str, code: str | None) -> Node:
    values = row.values
    closed = _above(row, ("round", "cap"))
    mode = str(closed.values["round"]).replace("_", "-") if closed is not None else "half-even"
    rule = f"rounded once, {mode}, to {minor_digits(currency)} digits"
    if values["before_cap"] == values["plan_amount"]:
        return Node(rule, values["plan_amount"], currency, (exact,), (), code)
    cap = (reader.node(reader.step(closed, "cap")),) if closed is not None else ()
    before = _before_cap(row, currency)
    return Node(f"what the cap leaves, {rule}", values["plan_amount"], currency, (exact, *before, *cap), (), code)


def _before_cap(row: Row, currency: str) -> tuple[Node, ...]:
    """Tell what had counted towards the cap before this earning, and what has with it."""
    capped = _above(row, ("capped", "cap_per"))
    if capped is None:
        return ()
    span = capped.values["cap_per"]
    words = (("before", f"counted towards the cap of the {span} before it"), ("after", "and with it"))
    return tuple(Node(said, capped.values[f"{name}_{span}"], currency) for name, said in words)


def _exact(
    evaluation: Evaluation, row: Row, reader: _Reader, currency: str, chosen: _Chosen, *, has_lines: bool
) -> Node:
    """What was earned before it is rounded: the sum of what credits added, or a formula."""
    parts = list(_parts(evaluation, row))
    shown = [one for one in parts if not has_lines or chosen.has(_given(one))]
    nodes = tuple(
        reader.line(one) if chosen.detailed is None or nth < chosen.detailed else reader.bare(one)
        for nth, one in enumerate(shown)
    )
    if len(parts) == 1 and nodes:
        return nodes[0]
    every = chosen.transaction is None
    which = f"the sum of {len(parts):,} lines" if every else f"{len(nodes):,} of {len(parts):,} lines"
    return Node(which, row.values["exact"], currency, nodes)


def _parts(evaluation: Evaluation, row: Row) -> Iterator[Row]:
    """Yield the rows whose `exact` a sum is of, through the sums and the stages that pass it on."""
    relations = {name: stage.relation for name, stage in evaluation.stages.items()}
    adding = {
        name
        for name, one in relations.items()
        if isinstance(one, Aggregate) and ("exact", Aggregation.SUM, "exact") in one.values
    }
    finding = {
        name
        for name, one in relations.items()
        if isinstance(one, Derive) and dict(one.columns).get("exact", _PASSED) != _PASSED
    }
    open_ = [row]
    while open_:
        one = open_.pop()
        if one.stage in adding:
            open_ += reversed(one.sources)
        elif one.stage in finding:
            yield one
        else:
            open_.append(one.sources[0])


def _above(row: Row, columns: Collection[str]) -> Row | None:
    """Give the nearest row that a row was made from, by its first sources, that has some columns."""
    while not all(name in row.values for name in columns):
        if not row.sources:
            return None
        row = row.sources[0]
    return row


def _given(row: Row) -> Row | None:
    """Give the row as given that a line goes back to; None for what is of many."""
    while row.sources:
        row = row.sources[0]
    return row if "feed" in row.values and "key" in row.values else None


@dataclass(slots=True)
class _Reader:
    """Makes nodes of steps, each step once."""

    evaluation: Evaluation
    told: Told
    step: Callable[[Row, str], Step]
    chosen: _Chosen
    dated_by: tuple[str, ...] = ()
    seen: set[int] = field(default_factory=set)

    def node(self, step: Step) -> Node:
        """Give the node of a step; what only passed its value on is left out."""
        step, below = _deepest(step)
        self.seen.add(id(step))
        if step.rule == _GIVEN and step.rows:
            given = step.rows[0]
            if given.stage != inputs.TRANSACTIONS and (node := self.told(given.stage, given.values, step.column)):
                return node if node.unit is not None else replace(node, unit=_unit(step.unit, step))
        rule = f"{step.column} as given"
        if step.rule != _GIVEN:
            rule = said(step.column, step.stage, step.rule.removesuffix(_IF_USABLE), is_bare=not below)
        if step.column == _COUNTED and self.chosen.transaction is not None:
            shown = [one for one in below if any(map(self.chosen.has, one.rows))]
            rule, below = f"{rule}: {len(shown):,} of {len(below):,} lines", shown
        places, days = self._places(step.rows)
        return Node(rule, step.value, _unit(step.unit, step), self._unseen(below), places, None, days)

    def line(self, line: Row) -> Node:
        """Give the node of a line: what it adds, as rates of amounts where it is so."""
        relation, source = self.evaluation.stages[line.stage].relation, line.sources[0]
        how = dict(relation.columns)["exact"] if isinstance(relation, Derive) else _PASSED
        found = added(how, source.values, self.evaluation.types[source.stage], self.evaluation.meanings)
        if found is None:
            return self.node(self.step(line, "exact"))
        rule, columns = found
        below = [self.step(source, name) for name in columns if name != "before" or "after" not in columns]
        return replace(self.bare(line), rule=rule, inputs=self._unseen(below))

    def bare(self, line: Row) -> Node:
        """Give the node of a line without what it is made of."""
        given = _given(line)
        kind = self.evaluation.types.get(line.stage, {}).get("exact")
        places, days = self._places([given] if given is not None else [])
        unit = kind.currency if isinstance(kind, Quantity) else None
        return Node(self.evaluation.stages[line.stage].title, line.values["exact"], unit, (), places, None, days)

    def _unseen(self, below: Iterable[Step]) -> tuple[Node, ...]:
        """Give the nodes of those steps that were not told before."""
        return tuple(self.node(one) for one in below if id(_deepest(one)[0]) not in self.seen)

    def _places(self, rows: Iterable[Row]) -> tuple[tuple[Place, ...], tuple[tuple[date, date], ...]]:
        """Give where rows as given stand, and the days for which they count."""
        places, days = [], []
        for row in rows:
            values = row.values
            if "feed" in values and "key" in values:
                places.append(Place(str(values["feed"]), _text(values["key"]), _text(values.get("place"))))
                counts = [day for name in self.dated_by if isinstance(day := values.get(name), date)]
                days += [(day, day + _ONE) for day in counts]
        return tuple(places), tuple(days)


def _deepest(step: Step) -> tuple[Step, list[Step]]:
    """Give the step that a step only passes on the value of, and what that is made of."""
    below = _below(step)
    while len(below) == 1 and below[0].value == step.value:
        step, below = below[0], _below(below[0])
    return step, below


def _below(step: Step) -> list[Step]:
    """Give the numbers that a step is made of."""
    return [one for one in step.inputs if isinstance(one.unit, Quantity) and one.column not in _CONTROL]


def _unit(kind: ColumnType | None, step: Step) -> str | None:
    if not isinstance(kind, Quantity):
        return None
    if kind.unit is not Unit.MONEY:
        return "number" if kind.unit is not Unit.RATE else SHARE if step.column == SHARE else "rate"
    if kind.currency != DEAL_CURRENCY:
        return kind.currency
    return _text(step.rows[0].values.get("currency")) if step.rows else None


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)
