"""Why a row, a value or a line of configuration could not be used: values with a place and a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem takes away."""

    ERROR = "error"  #: the row or the read cannot be used as it is
    WARNING = "warning"  #: used all the same, and worth a look


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in data: where it is, what is wrong, what to do.

    `row` counts from 1 as the source's own rows do (a file: the line or spreadsheet row); None means the
    whole read, and such problems stand first. `place` is what a person opens (`workers.csv:17`,
    `workers.xlsx!Sheet1!C17`). `field` is our attribute, `column` the source's. `value` is as sent; shown
    only to readers of the feed.
    """

    row: int | None
    code: str
    message: str
    severity: Severity = Severity.ERROR
    place: str | None = None
    key: str | None = None
    field: str | None = None
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """One fault in configuration, by its path in the document and the offset inside the scalar there.

    The loader turns path and offset into file, line and column.
    """

    path: tuple[str | int, ...]
    message: str
    offset: int = 0
    file: str | None = None
    line: int | None = None
    column: int | None = None
