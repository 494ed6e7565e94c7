"""What the columns of a source look like, from read to read: which there are, and how their values are written.

A column that nothing reads may come or go, and numbers may become text, without any row that is wrong: it is said once,
when it happens. What a few values cannot tell is not said: a column is known to be of a kind where all of at least
`ENOUGH` values are, and text where half of them are neither numbers nor days.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta

from domain.problem import Problem, Severity

#: What is known of each column of a read, by name: the kind of its values, None where nothing tells.
Columns = Mapping[str, str | None]

ENOUGH = 5
NUMBER, TEXT = "numbers", "text"
#: Codes of the problems that say a source has changed its shape.
DRIFT = ("column_new", "column_lost", "type_changed")
#: How long the run that found other columns is told of: also to who looks seldom.
TOLD_FOR = timedelta(days=1)
_NUMBER = re.compile(r"[+-]?[$€£]?\d[\d,.' ]*(?:[eE][+-]?\d+)?%?|\([\d,.]+\)")
_DAY = re.compile(r"(\d{4}|\d{1,2})([-/.])(\d{1,2}|[A-Za-z]{3,9})\2(\d{4}|\d{1,2})(?:[T ]\d{1,2}:.*)?")
_LATEST_MONTH = 12


def kind_of_values(values: Sequence[str]) -> str | None:
    """Say what some values of a column are, none of them empty; None where they do not tell."""
    if len(values) < ENOUGH:
        return None
    days = [found for value in values if (found := _DAY.fullmatch(value))]
    numbers = sum(1 for value in values if _NUMBER.fullmatch(value) and not _DAY.fullmatch(value))
    if len(days) == len(values):
        return _written(days)
    if numbers == len(values):
        return NUMBER
    return TEXT if 2 * (numbers + len(days)) <= len(values) else None


def _written(days: Sequence[re.Match[str]]) -> str | None:
    """Say how days are written, as in `days like DD/MM/YYYY`; None where they are not all written one way."""
    ways = {(len(one[1]) == len("2026"), one[2], one[3].isalpha()) for one in days}
    if len(ways) > 1:
        return None
    ((year_first, between, is_named),) = ways
    if year_first:
        return f"days like YYYY{between}{'MON' if is_named else 'MM'}{between}DD"
    if is_named:
        return f"days like DD{between}MON{between}YYYY"
    first, second = (max(int(one[nth]) for one in days) for nth in (1, 3))
    if (first > _LATEST_MONTH) == (second > _LATEST_MONTH):  # nobody can tell which of them is the month
        return None
    parts = ("DD", "MM", "YYYY") if first > _LATEST_MONTH else ("MM", "DD", "YYYY")
    return f"days like {between.join(parts)}"


def heard(before: Columns | None, now: Columns, *, is_full: bool) -> dict[str, str | None]:
    """Give of each column of a read what it tells: nothing of text where it is an increment.

    Its few rows may all be numbers where the column has both, so that only a full read says that text is so no more.
    """
    known = before or {}
    return {name: kind if is_full or known.get(name) != TEXT else None for name, kind in now.items()}


def drift(before: Columns | None, now: Columns, mapped: Collection[str], place: str) -> Iterator[Problem]:
    """Tell what a read has otherwise than the one before; nothing of the first. A mapped column that is gone fails it.

    place   what people call what was read
    """
    if before is None:
        return
    for name in now:
        if name not in before:
            yield _told("column_new", place, name, f"has a column '{name}' that it did not have before")
    for name in before:
        if name not in now:
            yield _told("column_lost", place, name, f"has no column '{name}' any more, which nothing reads")
    for name, kind in now.items():
        was = before.get(name)
        if was and kind and was != kind:
            look = "look whether its mapping still means it" if name in mapped else "nothing reads it"
            yield _told("type_changed", place, name, f"had {was} in column '{name}' and has {kind} now: {look}")


def known_by_now(before: Columns | None, now: Columns, *, is_full: bool) -> dict[str, str | None]:
    """Give what is known of each column after a read: what it does not tell is as it was.

    An increment leaves rows of before as they are: of what it has otherwise there are both, which together are text.
    """
    known = before or {}
    both = {name for name, kind in now.items() if not is_full and kind and known.get(name, kind) not in (None, kind)}
    return {name: TEXT if name in both else kind or known.get(name) for name, kind in now.items()}


def _told(code: str, place: str, column: str, message: str) -> Problem:
    return Problem(None, code, f"{place} {message}", Severity.WARNING, place, column=column)
