"""Rules over a mapped record: who earns (`eligible`), and of whom alone anything is proposed (`pilot`).

They are written over our attributes, in the language of conditions, and are the last stage of a mapping. Where one of
the attributes cannot be read, or nothing is said of it, `eligible` says nothing either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import replace

from domain.attributes import AttributeType
from domain.problem import Mistake
from formula.check import check as check_types
from formula.expression import Call, Column, Expression, Function, Literal, call, columns_of
from formula.expression import Type as Kind
from formula.parse import parse
from formula.relation import Derive, Stage
from mapping.attribute import SILENT, note_column
from mapping.rules import Resolved
from mapping.spec import FieldRule, Mapping

ELIGIBLE = "eligible"
#: The column that says whether a row is about somebody in the pilot group.
IN_PILOT = "_in_pilot"
F = Function


def has_rules(mapping: Mapping) -> bool:
    """Tell whether a mapping has any."""
    return mapping.eligible is not None or mapping.pilot is not None


def ruled_stage(mapping: Mapping, columns: tuple[str, ...]) -> Stage:
    """Give the stage that follows `mapped`, of which `columns` are the names."""
    found: list[tuple[str, Expression]] = [(name, Column(name)) for name in columns]
    if mapping.eligible is not None:
        condition, _ = parse(mapping.eligible)
        notes = [call(F.NOT, call(F.EMPTY, Column(note))) for note in _notes(condition, columns)]
        is_unsure = Call(F.OR, tuple(notes)) if len(notes) > 1 else notes[0] if notes else Literal(value=False)
        says = call(F.IF, condition, "true", "false")
        found.append((ELIGIBLE, call(F.IF, is_unsure, Literal(None), says)))
        found.append((note_column(ELIGIBLE), call(F.IF, is_unsure, SILENT, Literal(None))))
    if mapping.pilot is not None:
        found.append((IN_PILOT, parse(mapping.pilot)[0]))
    return Stage("ruled", Derive("mapped", tuple(found)))


def resolved_rules(mapping: Mapping) -> list[Resolved]:
    """Give the attributes that rules say."""
    return [] if mapping.eligible is None else [Resolved(ELIGIBLE, (ELIGIBLE,), AttributeType.YES_NO, FieldRule(), ())]


def check_rules(mapping: Mapping, rules: Collection[Resolved]) -> Iterator[Mistake]:
    """Yield what is wrong with them."""
    types: MappingOf[str, AttributeType] = {one.name: one.type for one in rules if not one.name.startswith("_")}
    if mapping.eligible is not None and ELIGIBLE in types:
        yield Mistake((ELIGIBLE,), "`fields` says already who is eligible: keep one of them")
    names = tuple(name for name, kind in types.items() if kind is not AttributeType.SET and name != ELIGIBLE)
    for key, text in ((ELIGIBLE, mapping.eligible), ("pilot", mapping.pilot)):
        if text is None:
            continue
        condition, found = parse(text, names)
        for mistake in found or check_types(condition, None, Kind.BOOL):
            yield replace(mistake, path=(key,))


def _notes(condition: Expression, columns: tuple[str, ...]) -> list[str]:
    return [note for name in sorted(columns_of(condition)) if (note := note_column(name)) in columns]
