"""A mapping written as in a file, run over rows by both evaluators, which must agree."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from pydantic import TypeAdapter

from domain.attributes import STANDARD, AttributeType
from engine.mapped import map_rows, note_rows
from engine.session import Session, quoted
from formula.evaluate import Values, evaluate
from formula.meaning import Cell
from mapping.check import check
from mapping.compile import ROWS, MappingForm, compile_mapping
from mapping.problems import Note
from mapping.spec import Mapping as FieldMapping

FORM = TypeAdapter(FieldMapping)


def texts(document: str) -> Any:
    """Read YAML whose every scalar is text."""
    return yaml.load(document, yaml.BaseLoader)  # noqa: S506  it makes nothing but texts, lists and dictionaries


def mapping_of(document: str | dict[str, Any]) -> FieldMapping:
    """Read a mapping as the loader does: every scalar is text."""
    return FORM.validate_python(texts(document) if isinstance(document, str) else document)


def compiled(document: str | dict[str, Any], attributes: Mapping[str, AttributeType] = STANDARD) -> MappingForm:
    mapping = mapping_of(document)
    assert check(mapping, attributes) == ()
    return compile_mapping(mapping, attributes)


def rows_of(sent: Sequence[Mapping[str, str | None]]) -> list[Values]:
    """Number the rows as a file does; a row may bring its own `_native` and `_op`."""
    return [
        {"_row": line, "_place": f"workers.csv:{line}", "_op": "upsert", "_native": None, **row}
        for line, row in enumerate(sent, 2)
    ]


def send(session: Session, form: MappingForm, rows: list[Values]) -> None:
    names = ("_row", "_place", "_op", "_native", *form.reads)
    kinds = ", ".join(f"{quoted(name)} {'BIGINT' if name == '_row' else 'VARCHAR'}" for name in names)
    session.run(f"CREATE OR REPLACE TABLE sent ({kinds})")
    places = ", ".join(f"({', '.join('?' * len(names))})" for _ in rows)
    session.run(f"INSERT INTO sent VALUES {places}", [row.get(name) for row in rows for name in names])  # noqa: S608  only question marks


def mapped_by_engine(session: Session, form: MappingForm, *, has_literals: bool = True) -> list[dict[str, Any]]:
    map_rows(session, form, "sent", "mapped", has_literals=has_literals)
    names = session.columns("mapped")
    return [dict(zip(names, row, strict=True)) for row in session.rows("SELECT * FROM mapped ORDER BY _row")]


def mapped(
    session: Session,
    document: str | dict[str, Any],
    *sent: Mapping[str, str | None],
    attributes: Mapping[str, AttributeType] = STANDARD,
) -> list[Values]:
    """Map rows by the reference and by the engine, and give what both say."""
    form, rows = compiled(document, attributes), rows_of(sent)
    said = evaluate(form.stages, {ROWS: rows})
    send(session, form, rows)
    assert mapped_by_engine(session, form) == said
    if not any(row["_native"] for row in rows):
        assert mapped_by_engine(session, form, has_literals=False) == said
    return said


def notes(session: Session, document: str | dict[str, Any], *sent: Mapping[str, str | None]) -> list[Note]:
    form, rows = compiled(document), rows_of(sent)
    send(session, form, rows)
    map_rows(session, form, "sent", "mapped")
    return list(note_rows(session, form, "sent", "mapped"))


def value(session: Session, rule: str | dict[str, Any], cell: str | None, **more: str | None) -> tuple[Cell, Cell]:
    """What one rule makes of one cell `X`, and the note: (value, note)."""
    name, document = "any", rule
    if isinstance(rule, str):
        name, _, text = rule.partition(":")
        document = texts(text)
    (row,) = mapped(session, {"key": "K", "fields": {name: document}}, {"K": "1", "X": cell, **more})
    return row[name], row.get(f"{name}__note")
