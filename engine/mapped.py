"""Run a compiled mapping over rows, and list what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from sqlglot import exp

from engine.printer import Printer, printed
from engine.session import Session, quoted, text
from formula.expression import Call, Expression, Function, Literal
from formula.relation import Derive, Join, Scan, Stage
from mapping.attribute import SILENT
from mapping.compile import ROWS, MappingForm
from mapping.lookup import table_input
from mapping.problems import Note

_NEVER = Literal(value=False)


def map_rows(session: Session, form: MappingForm, source: str, into: str, *, has_literals: bool = True) -> None:
    """Make the view `into`: the mapped relation (`mapping.compile`) of the segment rows in `source`.

    `source` is a table or view with `_row`, `_place`, `_op`, `_native` and every column that the form reads.
    The tables that it looks up are there as `table:<name>` (`engine.tables`).
    Where no row `has_literals`, every cell was sent as a text, and nothing is asked of what they would be otherwise.
    A view, for a million rows of it cost as much to keep as to work out; who needs some columns works out those.
    """
    stages = form.stages if has_literals else _of_texts(form.stages)
    session.run(_mapping_of(stages, form.tables, source, into))


def note_rows(session: Session, form: MappingForm, source: str, mapped: str) -> Iterator[Note]:
    """Yield every fault of a mapped relation, sorted by row, place and field, with the value as sent in `source`."""
    if not form.notes:
        return
    faults = " UNION ALL ".join(_faults(form, name) for name in form.notes)
    query = f"WITH bad AS MATERIALIZED ({_bad(form, source, mapped)}) {faults} ORDER BY 1, 2, 4"
    for batch in session.batches(query):
        for row, place, key, field, code, value, column in batch:
            yield Note(
                row=int(str(row)),
                place=str(place),
                key=_text(key),
                field=str(field),
                code=str(code),
                value=_text(value),
                column=_text(column),
            )


@lru_cache(maxsize=32)
def _mapping_of(stages: tuple[Stage, ...], tables: tuple[str, ...], source: str, into: str) -> str:
    table = exp.Table(this=exp.to_identifier(into, quoted=True))
    inputs = {ROWS: source, **{table_input(name): table_input(name) for name in tables}}
    query = Printer(inputs, needed=_joined(stages)).select(stages)
    return printed(exp.Create(this=table, kind="VIEW", replace=True, expression=query))


@lru_cache(maxsize=32)
def _of_texts(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The same stages over rows whose cells are all texts: none is of a kind of its own (`IS_NATIVE`)."""
    found = []
    for stage in stages:
        if isinstance(relation := stage.relation, Derive):
            columns = tuple((name, _of_text(how)) for name, how in relation.columns)
            found.append(replace(stage, relation=replace(relation, columns=columns)))
        else:
            found.append(stage)
    return tuple(found)


def _of_text(expression: Expression) -> Expression:
    """The same expression, without what is asked of other cells and what follows where they are."""
    if not isinstance(expression, Call):
        return expression
    args = tuple(map(_of_text, expression.args))
    possible = tuple(arg for arg in args if arg is not _NEVER)
    match expression.function:
        case Function.IS_NATIVE:
            return _NEVER
        case Function.IF if args[0] is _NEVER:
            return args[2]
        case Function.AND if len(possible) < len(args):
            return _NEVER
        case Function.OR if not possible:
            return _NEVER
        case Function.OR:
            return possible[0] if len(possible) == 1 else replace(expression, args=possible)
        case _:
            return replace(expression, args=args)


def _joined(stages: tuple[Stage, ...]) -> dict[str, tuple[str, ...]]:
    """Name the columns of the stages that look something up: all of the rows they look it up for, and what is found."""
    names: dict[str, tuple[str, ...]] = {}
    for stage in stages:
        match stage.relation:
            case Scan(columns=columns) | Derive(columns=columns):
                names[stage.name] = tuple(name for name, _ in columns)
            case Join(left=left, columns=columns):
                names[stage.name] = (*names[left], *(name for name, _ in columns))
    return {stage.name: names[stage.name] for stage in stages if isinstance(stage.relation, Join)}


def _bad(form: MappingForm, source: str, mapped: str) -> str:
    """The rows with a fault, with the cells that their notes are about."""
    names = {column for name in form.notes for column in form.sources(name)}
    sent = [f"s.{quoted(name)} AS {quoted(f'sent:{name}')}" for name in sorted(names)]
    notes = [f"m.{quoted(f'{name}__note')}" for name in form.notes]
    faulty = " OR ".join(f"{note} <> {text(SILENT)}" for note in notes)
    columns = ", ".join(["m._row", "m._place", "m._key", *notes, *sent])
    return (
        f"SELECT {columns} FROM {quoted(source)} s JOIN {quoted(mapped)} m"
        f" ON s._row = m._row AND s._place = m._place WHERE {faulty}"
    )


def _faults(form: MappingForm, name: str) -> str:
    note = quoted(f"{name}__note")
    sources = form.sources(name)
    value = ", ".join(quoted(f"sent:{source}") for source in sources)
    sent = value if len(sources) == 1 else f"concat_ws(' ', {value})"
    field = text(name.removeprefix("_"))
    column = text(", ".join(sources))
    return (
        f"SELECT _row, _place, _key, {field} AS field, {note} AS code, {sent} AS value, {column} AS source"
        f" FROM bad WHERE {note} <> {text(SILENT)}"
    )


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)
