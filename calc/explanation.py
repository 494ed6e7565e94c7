"""An earning as a tree that a person reads: what was rounded, capped and added up, down to the rows as given.

Made of the steps of the plain evaluation. What only passes a value on, and what only says whether something is there,
is left out; a step that several need has its own inputs where it is named first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from calc import inputs
from calc.compile import ComponentForm
from calc.reason import reason_of
from domain.currency import minor_digits
from formula.evaluate import Evaluation, Row
from formula.expression import ColumnType
from formula.meaning import Cell
from formula.quantity import DEAL_CURRENCY, Quantity, Unit
from formula.steps import Step, steps_of


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a source: of which feed, by which key, and where a person opens it."""

    feed: str
    key: str | None
    place: str | None


@dataclass(frozen=True, slots=True)
class Node:
    """One step: by which rule which value came out of which others.

    unit  a currency, `rate`, `number`, None for what is no number
    code  why it is nothing, or less than counted
    """

    rule: str
    value: Cell
    unit: str | None = None
    inputs: tuple[Node, ...] = ()
    rows: tuple[Place, ...] = ()
    code: str | None = None


#: Gives the node of a row as given that is no transaction: of a plan, a quota, a rate. None: it has nothing to say.
Told = Callable[[str, Mapping[str, Cell], str], Node | None]

#: Columns that only say whether something is there, or is usable.
_CONTROL = frozenset(
    (
        *("code", "day_code", "gaps", "all_gaps", "is_complete", "round", "cap_per", "one", "lines", "currencies"),
        *("quota_currency", "other_currency", "paid_in", "pay_currency", "named", "parts", "segments"),
    )
)
_GIVEN = "as given"
#: How a formula ends that gives nothing where something is missing.
_IF_USABLE = " if code == '' else ''"
_SUMS = ("sum of exact", "exact and all before it")


def explained(
    evaluation: Evaluation, form: ComponentForm, row: Row, told: Told, transaction: str | None = None
) -> Node:
    """Give the tree of an earning, a row of the stage `form.earned`; of its lines perhaps those of a transaction."""
    values = row.values
    code = reason_of(form, values)
    currency, paid_in = str(values["currency"]), str(values["pay_currency"])
    plan = _in_plan(evaluation, form, row, told, transaction)
    if values["rate"] is None:
        return plan
    reader = _Reader(evaluation, told)
    rate = Node(f"one {currency} in {paid_in} on the last day of {values['earned']}", values["rate"], "rate")
    found = reader.node(steps_of(evaluation, row, "rate"))
    rate = Node(rate.rule, rate.value, rate.unit, found.inputs or (found,), found.rows)
    rule = f"converted once, at the rate of the last day, to {minor_digits(paid_in)} digits"
    return Node(rule, values["amount"], paid_in, (plan, rate), (), code)


def _in_plan(evaluation: Evaluation, form: ComponentForm, row: Row, told: Told, transaction: str | None) -> Node:
    values, currency, code = row.values, form.currency, reason_of(form, row.values)
    reader = _Reader(evaluation, told)
    exact = _exact(evaluation, row, reader, currency, transaction)
    limits = {one.column: one for one in _every(steps_of(evaluation, row, "plan_amount"), ("round", "cap"))}
    mode = str(limits["round"].value).replace("_", "-") if "round" in limits else "half-even"
    rule = f"rounded once, {mode}, to {minor_digits(currency)} digits"
    if values["before_cap"] == values["plan_amount"]:
        return Node(rule, values["plan_amount"], currency, (exact,), (), code)
    cap = (reader.node(limits["cap"]),) if "cap" in limits else ()
    return Node(f"what the cap leaves, {rule}", values["plan_amount"], currency, (exact, *cap), (), code)


def _exact(evaluation: Evaluation, row: Row, reader: _Reader, currency: str, transaction: str | None) -> Node:
    """What was earned before it is rounded: the sum of what credits added, or a formula."""
    parts = list(_parts(steps_of(evaluation, row, "exact")))
    chosen = [one for one in parts if transaction is None or _is_about(one, transaction)]
    nodes = tuple(reader.node(one) for one in chosen)
    if len(parts) == 1 and nodes:
        return nodes[0]
    which = f"the sum of {len(parts):,} lines" if transaction is None else f"{len(nodes):,} of {len(parts):,} lines"
    return Node(which, row.values["exact"], currency, nodes)


def _is_about(step: Step, transaction: str) -> bool:
    """Tell whether a line is of a transaction, named by its key or as `feed:key`."""
    return any(
        transaction in (row.values.get("key"), f"{row.values.get('feed')}:{row.values.get('key')}") for row in step.rows
    )


def _parts(step: Step) -> Iterator[Step]:
    """Yield what a sum is of, through the sums below it."""
    inputs_ = [one for one in step.inputs if one.column == step.column]
    if step.rule in _SUMS and inputs_:
        for one in inputs_:
            yield from _parts(one)
    else:
        yield step


def _every(step: Step, columns: Collection[str]) -> Iterator[Step]:
    """Yield the steps below one that are of some columns, not those below them."""
    known: set[int] = set()
    open_ = [step]
    while open_:
        one = open_.pop()
        if id(one) in known:
            continue
        known.add(id(one))
        if one.column in columns:
            yield one
        elif one.column != "exact":
            open_ += one.inputs


@dataclass(slots=True)
class _Reader:
    """Makes nodes of steps, each step's inputs once."""

    evaluation: Evaluation
    told: Told
    seen: dict[int, Node] = field(default_factory=dict)

    def node(self, step: Step) -> Node:
        """Give the node of a step, under the name by which it is read; what only passed its value on is left out."""
        name, below = step.column, _below(step)
        while len(below) == 1 and below[0].value == step.value and not _is_own(step):
            step, below = below[0], _below(below[0])
        if id(step) in self.seen:
            known = self.seen[id(step)]
            return replace(known, rule=self._rule(name, step, below), inputs=()) if known.inputs else known
        found = self._of(name, step, below)
        self.seen[id(step)] = found
        return found

    def _of(self, name: str, step: Step, below: Sequence[Step]) -> Node:
        if step.rule == _GIVEN and step.rows:
            given = step.rows[0]
            if given.stage != inputs.TRANSACTIONS and (node := self.told(given.stage, given.values, step.column)):
                return node
        is_known = all(id(one) in self.seen for one in below)
        nodes = () if is_known else tuple(self.node(one) for one in below)
        return Node(self._rule(name, step, below), step.value, _unit(step.unit, step), nodes, _places(step))

    def _rule(self, name: str, step: Step, below: Sequence[Step]) -> str:
        if step.rule == _GIVEN:
            return f"{step.column} as given"
        if not below:
            return f"{name}: {step.stage}"
        return f"{name} = {step.rule.removesuffix(_IF_USABLE)}"


def _below(step: Step) -> list[Step]:
    """Give the numbers that a step is made of."""
    return [one for one in step.inputs if isinstance(one.unit, Quantity) and one.column not in _CONTROL]


def _is_own(step: Step) -> bool:
    """Tell whether a step is a rule of its own though it changes nothing here: a rounding, a rate of one."""
    return "round" in step.rule or " * " in step.rule


def _places(step: Step) -> tuple[Place, ...]:
    return tuple(
        Place(str(row.values["feed"]), _text(row.values["key"]), _text(row.values["place"]))
        for row in step.rows
        if "feed" in row.values and "key" in row.values and "place" in row.values
    )


def _unit(kind: ColumnType | None, step: Step) -> str | None:
    if not isinstance(kind, Quantity):
        return None
    if kind.unit is not Unit.MONEY:
        return {Unit.RATE: "rate"}.get(kind.unit, "number")
    if kind.currency != DEAL_CURRENCY:
        return kind.currency
    return _text(step.rows[0].values.get("currency")) if step.rows else None


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)
