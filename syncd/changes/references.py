"""What is wrong with whom a row names: nobody has that id, or they would lead themselves."""

from __future__ import annotations

from collections.abc import Mapping

from domain.problem import Problem, Severity
from domain.record import MappedRecord
from engine.session import Row
from syncd.changes.cells import text_of


def unresolved(
    row: Row, at: Mapping[str, int], references: Mapping[str, str], record: MappedRecord
) -> tuple[Problem, ...]:
    """Warn of each reference to somebody whom nobody is; `at` says where columns stand."""
    return tuple(
        Problem(
            record.row, "unknown_person",
            f"{name}: nobody has the {by} {row[at[name]]}; the value is left as it is until somebody has",
            Severity.WARNING, record.place, record.key, name, None, text_of(row[at[name]]),
        )
        for name, by in references.items()
        if row[at[name]] is not None and row[at[f"r_{name}"]] is None
    )  # fmt: skip


def in_circle(record: MappedRecord, person: int, circle: str | None) -> tuple[Problem, ...]:
    """Say that a person would be above themselves."""
    if circle is None:
        return ()
    message = f"manager: P{person} would be led by {circle}; the manager is left as it is: correct the source"
    return (Problem(record.row, "manager_loop", message, place=record.place, key=record.key, field="manager"),)
