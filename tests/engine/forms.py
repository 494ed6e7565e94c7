"""Typed formulas, small relational forms and rows, made up at random; and what it means that two evaluators agree."""

import random
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import prod
from typing import Any, TypeGuard

from hypothesis import strategies as st

from engine.printer import Printer, kind_of, printed
from engine.session import Session, quoted
from engine.stages import run_stages
from formula.check import type_of
from formula.evaluate import TooLarge, evaluation
from formula.expression import Call, Column, ColumnType, Expression, Type
from formula.meaning import Cell, value_of
from formula.quantity import Quantity, money, rate, scaled
from formula.relation import (
    Aggregate,
    Aggregation,
    Derive,
    Join,
    Overlap,
    Relation,
    Running,
    Scan,
    Share,
    Spread,
    Stage,
    Union,
    Where,
    Within,
)
from formula.schema import IllFormed, columns_of_stages
from tests.engine.formulas import ANY_WHOLES, WIDEST, F, Rows, Types, _condition, cells, formulas


def load(session: Session, name: str, given: Rows, types: Types, seed: int | None = None) -> None:
    """Make a table of rows, in an order of its own where a seed says so."""
    given = list(given)
    if seed is not None:
        random.Random(seed).shuffle(given)  # noqa: S311  any other order will do
    columns = [
        f"unnest(${number}::{kind_of(kind)}[]) AS {quoted(column)}" for number, (column, kind) in _numbered(types)
    ]
    session.run(
        f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT {', '.join(columns)}",
        [[held(row[column], kind) for row in given] for column, kind in types.items()],
    )


def _numbered(types: Types) -> Any:
    return enumerate(types.items(), 1)


def held(cell: Cell, kind: ColumnType) -> Cell:
    """A value as the engine holds it."""
    return scaled(cell, kind.scale) if isinstance(cell, Decimal) and isinstance(kind, Quantity) else cell


def sorted_rows(found: Any) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in found), key=lambda row: [(cell is None, str(cell)) for cell in row])


def by_reference(stages: Sequence[Stage], inputs: Mapping[str, Rows], types: Mapping[str, Types], stage: str) -> Any:
    found = evaluation(stages, inputs, types)
    columns = found.types[stage]
    return sorted_rows([held(row.values[name], kind) for name, kind in columns.items()] for row in found.rows[stage])


def by_engine(session: Session, stage: str, columns: Types) -> Any:
    names = ", ".join(map(quoted, columns))
    return sorted_rows(session.rows(f"FROM {quoted(f'kept:{stage}')} SELECT {names}"))


def agree(
    session: Session,
    stages: Sequence[Stage],
    inputs: Mapping[str, Rows],
    types: Mapping[str, Types],
    keep: Sequence[str],
    seed: int | None = None,
) -> bool:
    """Run both over the same rows; give whether there was a result at all, or both found it too large.

    The engine may also find too large what needs 128 bits and more between two roundings: only then may they differ.
    """
    tables = {name: f"in:{name}" for name in inputs}
    for name, given in inputs.items():
        load(session, tables[name], given, types[name], seed)
    columns = columns_of_stages(stages, types)
    try:
        expected = {stage: by_reference(stages, inputs, types, stage) for stage in keep}
    except TooLarge:
        expected = None
    try:
        run_stages(session, stages, tables, types, {stage: f"kept:{stage}" for stage in keep})
    except TooLarge:
        assert expected is None or overflows(stages, inputs, types), "the engine alone finds it too large"
        return False
    for stage in keep:
        kinds = {row[0]: row[1] for row in session.rows(f"DESCRIBE {quoted(f'kept:{stage}')}")}
        assert kinds == {name: kind_of(kind) for name, kind in columns[stage].items()}
    if expected is None:  # what nobody needs the engine does not compute
        assert len(keep) < len(stages), "the reference alone finds it too large"
        return False
    for stage in keep:
        assert by_engine(session, stage, columns[stage]) == expected[stage]
    return True


def overflows(stages: Sequence[Stage], inputs: Mapping[str, Rows], types: Mapping[str, Types]) -> bool:
    """Whether an expression of a stage needs more than 128 bits for a row."""
    found = evaluation(stages, inputs, types)
    return any(
        _most(how, row.values, found.types[stage.relation.source]) > WIDEST
        for stage in stages
        if isinstance(stage.relation, Derive)
        for _, how in stage.relation.columns
        for row in found.rows[stage.relation.source]
    )


def _most(how: Expression, row: Mapping[str, Cell], types: Types) -> int:
    """The largest whole number that any part of an expression takes, and all that it may take on the way."""
    if not isinstance(how, Call):
        return 0
    most = max(_most(arg, row, types) for arg in how.args)
    parts = [(value_of(part, row), type_of(part, types)) for part in (*how.args, how)]
    counted = [(abs(value), kind.scale) for value, kind in parts if isinstance(value, Decimal) and _is_quantity(kind)]
    if not counted:
        return most
    scales = [kind.scale for _, kind in parts if _is_quantity(kind)]  # beside nothing, too, a number is written so long
    scale = max(scales) + (scales[-1] if how.function is F.RATIO else 0)
    most = max(most, *(scaled(value, scale) for value, _ in counted))
    if how.function is F.TIMES:
        return max(most, prod(max(scaled(value, digits), 1) for value, digits in counted[:-1]))
    return max(most, sum(scaled(value, scale) for value, _ in counted)) if how.function is F.ADD else most


def _is_quantity(kind: ColumnType | None) -> TypeGuard[Quantity]:
    return isinstance(kind, Quantity)


# --- forms --------------------------------------------------------------------------------------------

DEALS: Types = {
    "id": Type.WHOLE,
    "who": Type.WHOLE,
    "of": Type.TEXT,
    "day": Type.DAY,
    "start": Type.DAY,
    "end": Type.DAY,
    "amount": money("USD", 4),
    "share": rate(3),
}
TERMS: Types = {
    "id": Type.WHOLE,
    "who": Type.WHOLE,
    "of": Type.TEXT,
    "start": Type.DAY,
    "end": Type.DAY,
    "bound": money("USD", 2),
    "rate": rate(6),
}
NEAR = st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 1, 9)))
FORM_TYPES: Mapping[str, Types] = {"deals": DEALS, "terms": TERMS}


def form_rows(types: Types, wholes: st.SearchStrategy[int | None]) -> Any:
    """Rows whose days lie close together, so that they meet; every whole of one group is the same."""
    one = st.fixed_dictionaries(
        {name: NEAR if kind is Type.DAY else cells(kind, wholes) for name, kind in types.items() if name != "id"}
    )
    return st.lists(one, max_size=7).map(lambda found: [{"id": number, **row} for number, row in enumerate(found)])


def form_inputs(wholes: st.SearchStrategy[int | None] = ANY_WHOLES) -> Any:
    return st.fixed_dictionaries({"deals": form_rows(DEALS, wholes), "terms": form_rows(TERMS, wholes)})


@st.composite
def forms(draw: Any) -> tuple[Stage, ...]:
    """A small form over deals and terms, of stages that fit together."""
    stages = [Stage(name, Scan(name, tuple((one, one) for one in types))) for name, types in FORM_TYPES.items()]
    for number in range(draw(st.integers(1, 6))):
        columns = columns_of_stages(stages, FORM_TYPES)
        relation = _relation(draw, [stage.name for stage in stages], columns, number)
        grown = [*stages, Stage(f"s{number}", relation)]
        try:
            columns_of_stages(grown, FORM_TYPES)
        except IllFormed:
            continue
        stages = grown
    return tuple(stages)


def _relation(draw: Any, names: list[str], columns: Mapping[str, Types], number: int) -> Relation:
    source = draw(st.sampled_from([*names, names[-1], names[-1]]))
    other = draw(st.sampled_from(names))
    types, there = columns[source], columns[other]
    quantities = [name for name, kind in types.items() if isinstance(kind, Quantity)]
    order = tuple(name for name, kind in types.items() if kind is not Type.BOOL)
    groups = [name for name in types if name.startswith(("who", "of"))]
    by = tuple(draw(st.lists(st.sampled_from(groups), unique=True, max_size=2))) if groups else ()
    same = [(name, name) for name in types if name in there and types[name] == there[name] and name in ("who", "of")]
    on = tuple(draw(st.lists(st.sampled_from(same), unique=True, max_size=2))) if same else ()
    added = tuple((f"{name}{number}", name) for name in draw(st.lists(st.sampled_from(list(there)), unique=True)))
    match draw(
        st.sampled_from(["derive", "where", "join", "overlap", "spread", "share", "running", "aggregate", "union"])
    ):
        case "derive":
            kept = tuple((name, Column(name)) for name in types)
            return Derive(source, (*kept, (f"made{number}", draw(formulas(types, 2)))))
        case "where":
            return Where(source, _condition(draw, types, 2))
        case "join":
            day = next((name for name in types if name.startswith("day")), None)
            dated = day is not None and {"start", "end"} <= there.keys() and draw(st.booleans())
            within = Within(day or "", "start", "end") if dated else None
            return Join(source, other, on, added, within, keeps=draw(st.booleans()))
        case "overlap":
            return Overlap(source, other, on, added)
        case "spread":
            return Spread(source, "start", "end", f"day{number}")
        case "share":
            wholes = [name for name in quantities if name.startswith(("amount", "bound"))] or ["amount"]
            return Share(source, by, order, draw(st.sampled_from(wholes)), "share", f"part{number}")
        case "running":
            sums = tuple((f"sum{number}{name}", name) for name in quantities[:2])
            return Running(source, by, order, sums)
        case "aggregate":
            values = [
                (f"{what.value}{number}{name}", what, name)
                for name in draw(st.lists(st.sampled_from(list(types)), unique=True, max_size=3))
                for what in draw(st.lists(st.sampled_from(list(Aggregation)), unique=True, max_size=2))
            ]
            return Aggregate(source, by, tuple(values))
        case _:
            alike = [name for name in names if columns[name].keys() == types.keys()]
            return Union((source, draw(st.sampled_from(alike))))


def narrow_and_wide(session: Session, stages: Sequence[Stage], types: Mapping[str, Types]) -> tuple[Any, Any]:
    """What a form gives in 64 bits, and in 128."""
    columns = columns_of_stages(stages, types)
    found = []
    for wide in (False, True):
        printer = Printer({name: f"in:{name}" for name in types}, columns, wide=wide)
        found.append(sorted_rows(session.rows(printed(printer.select(stages)))))
    return found[0], found[1]
