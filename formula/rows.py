"""Rows of an evaluation: by what they are joined, grouped and ordered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from formula.meaning import Cell


@dataclass(slots=True, eq=False)  # nobody changes one; a frozen one takes five times as long to make
class Row:
    """One row of a stage, or of an input.

    sources   the rows it was made from, by what made it: one; of a join the left and the right (only the left where
              none agrees); of a sum up to here this one and the sum before; of a share this one and the others of
              its group; of an aggregate every row of the group. None of an input.
    """

    stage: str
    values: Mapping[str, Cell]
    sources: tuple[Row, ...] = ()


def by_key(rows: Sequence[Row], names: Sequence[str]) -> Mapping[tuple[Cell, ...], Sequence[Row]]:
    """Rows by what they are joined by; what is null joins nothing."""
    found: dict[tuple[Cell, ...], list[Row]] = defaultdict(list)
    pick = picking(names)
    for row in rows:
        key = pick(row.values)
        if None not in key:
            found[key].append(row)
    return found


def picking(names: Sequence[str]) -> Callable[[Mapping[str, Cell]], tuple[Cell, ...]]:
    """Give what picks some columns of a row."""
    match tuple(names):
        case ():
            return lambda _: ()
        case (name,):
            return lambda values: (values[name],)
        case several:
            return itemgetter(*several)


def groups(rows: Sequence[Row], by: tuple[str, ...]) -> Iterable[Sequence[Row]]:
    """Rows of one group each, in the order of their first ones; nulls are of one group."""
    found: dict[tuple[Cell, ...], list[Row]] = defaultdict(list)
    pick = picking(by)
    for row in rows:
        found[pick(row.values)].append(row)
    return found.values()


def ordered(rows: Sequence[Row], order: tuple[str, ...]) -> list[Row]:
    """Rows of a group in an order that tells any two apart; nulls come last."""
    pick = picking(order)
    places: list[tuple[Any, ...]] = [pick(row.values) for row in rows]
    if any(None in place for place in places):
        places = [tuple((cell is None, cell) for cell in place) for place in places]
    found = dict(zip(places, rows, strict=True))
    if len(found) < len(rows):
        raise ValueError(f"rows that {', '.join(order)} do not tell apart have no order")
    return [found[place] for place in sorted(found)]
