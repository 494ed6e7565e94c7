"""Problems of single cells of a spreadsheet name the cell as a person sees it: `inbox/people.xlsx!Sheet1!B7`.

A row's own place stays as it is (`inbox/people.xlsx!Sheet1!7`): rows are told apart by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from domain.problem import Problem
from mapping.rules import Resolved

#: Of each page with letters (`connectors.base.Page`), by its name: the letters of each column.
Letters = Mapping[str, Mapping[str, str]]


def with_cells(problems: Sequence[Problem], letters: Letters, rules: Mapping[str, Resolved]) -> list[Problem]:
    """Give the same problems, those about certain cells with their cells as their places; several as `A7,B7`."""
    if not letters:
        return list(problems)
    return [_with_cells(one, letters, rules) for one in problems]


def _with_cells(problem: Problem, letters: Letters, rules: Mapping[str, Resolved]) -> Problem:
    row, place = problem.row, problem.place or ""
    if row is None or not place.endswith(f"!{row}"):
        return problem
    page = max((name for name in letters if place.startswith(f"{name}!")), key=len, default=None)
    if page is None:
        return problem
    cells = [f"{letter}{row}" for letter in _letters(problem, letters[page], rules)]
    return replace(problem, place=place.removesuffix(str(row)) + ",".join(cells)) if cells else problem


def _letters(problem: Problem, letters: Mapping[str, str], rules: Mapping[str, Resolved]) -> Iterator[str]:
    rule = rules.get(problem.field or "") or rules.get(f"_{problem.field}")
    columns = rule.sources if rule else (problem.column or "",)
    return (letters[one] for one in columns if one in letters)
