"""How columns of stages are written into the files of a calculation: at one scale each, whatever the plans count in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from calc import inputs
from engine.facts import type_of
from engine.few_values import PLACE, place_text
from engine.session import quoted
from formula.expression import ColumnType, Type
from formula.quantity import Quantity, count, rate

KINDS: Mapping[str, ColumnType] = {
    **dict.fromkeys(("person", "counting", "rule", "version", "exact", "exact_digits", "form", "tally"), Type.WHOLE),
    **dict.fromkeys(("day", "since", "earned_from", "earned_until", "segment_from", "segment_until"), Type.DAY),
    **dict.fromkeys(
        ("amount", "credit", "before", "after", "target", "counted", "to_date"), count(inputs.AMOUNT_SCALE)
    ),
    **dict.fromkeys(("before_cap", "plan_amount"), count(inputs.AMOUNT_SCALE)),
    "rate": rate(inputs.RATE_SCALE),
    "share": rate(inputs.SHARE_SCALE),
}


def written_columns(names: Iterable[str]) -> dict[str, ColumnType]:
    """Give columns of files with the types that they are written in."""
    return {one: KINDS.get(one, Type.TEXT) for one in names}


def picked(kinds: Mapping[str, ColumnType], names: Sequence[str]) -> dict[str, str]:
    """Write columns of a stage at the scales in which they are written: whole numbers of their last digit.

    What is exact has as many digits after the point as it needs, `exact_digits`. A column that is not there is null.
    """
    digits = {"exact_digits": f"{_scale(kinds.get('exact'))}::BIGINT"}
    return {name: digits.get(name) or _written(name, kinds.get(name)) for name in names}


def nothing(names: Sequence[str]) -> str:
    """Write the query of no rows with columns as they are written."""
    return f"SELECT {', '.join(f'{_written(one, None)} AS {quoted(one)}' for one in names)} WHERE false"


def rescaled(name: str, scale: ColumnType | None, wanted: ColumnType | None) -> str:
    """Write a column at another scale, where it has one that is told by its type."""
    if scale is Type.TEXT:
        return f"{quoted(name)}::VARCHAR"  # of few values it is a number to the engine
    if not isinstance(scale, Quantity) or not isinstance(wanted, Quantity):
        return quoted(name)
    return scaled(quoted(name), scale.scale, wanted.scale)


def scaled(number: str, scale: int, wanted: int) -> str:
    """Write a whole number of a last digit as one of another; what is cut off is nothing."""
    if wanted == scale:
        return number
    if wanted > scale:
        return f"{number} * {10 ** (wanted - scale)}"
    return f"{number} // {10 ** (scale - wanted)}"


def _written(name: str, kind: ColumnType | None) -> str:
    wanted = KINDS.get(name, Type.TEXT)
    if name == PLACE and kind is not None:
        return place_text(PLACE)
    return f"NULL::{type_of(wanted)}" if kind is None else rescaled(name, kind, wanted)


def _scale(kind: ColumnType | None) -> int:
    return kind.scale if isinstance(kind, Quantity) else 0
