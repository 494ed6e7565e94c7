"""Random formulas and the rows that they are of."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from formula.check import checked, type_of
from formula.expression import Call, Column, ColumnType, Expression, Function, Literal, Type, call
from formula.meaning import Cell
from formula.quantity import LARGEST, Quantity, Unit, count, money, rate, unscaled

F = Function
Types = Mapping[str, ColumnType]


#: What makes an amount that stays within the numbers of a formula and one that does not.
WIDEST = 2**127 - 1


# --- formulas -----------------------------------------------------------------------------------------

COLUMNS: Types = {
    "id": Type.WHOLE,
    "amount": money("USD", 4),
    "cost": money("USD", 2),
    "fx": rate(10),
    "share": rate(3),
    "pieces": count(0),
    "score": Quantity(Unit.POINTS, 1),
    "kind": Type.TEXT,
    "day": Type.DAY,
    "due": Type.DAY,
}
SMALL = st.one_of(st.integers(-30, 30), st.sampled_from([5, -5, 15, -15, 25, -25, 50, -50, 500, 1500]))
LARGE = st.one_of(
    st.sampled_from([2**53 + 1, -(2**53) - 1, LARGEST, -LARGEST - 1, LARGEST - 1, 10**18, -(10**18) - 5]),
    st.integers(-LARGEST - 1, LARGEST),
)
WHOLES = st.one_of(st.none(), SMALL, SMALL, st.integers(-(10**12), 10**12))
ANY_WHOLES = st.one_of(WHOLES, LARGE)
DAYS = st.one_of(
    st.none(),
    st.dates(date(2025, 12, 28), date(2026, 1, 8)),
    st.sampled_from([date(1, 1, 1), date(9999, 12, 31), date(9999, 12, 30), date(2024, 2, 29)]),
)
TEXTS = st.sampled_from([None, "a", "b", "B", "é"])


def cells(kind: ColumnType, wholes: st.SearchStrategy[int | None] = ANY_WHOLES) -> st.SearchStrategy[Cell]:
    """Values of a type."""
    if isinstance(kind, Quantity):
        return wholes.map(lambda whole: None if whole is None else unscaled(whole, kind.scale))
    return {Type.TEXT: TEXTS, Type.DAY: DAYS, Type.WHOLE: st.one_of(st.none(), st.integers(0, 3))}[kind]


def rows(types: Types, wholes: st.SearchStrategy[int | None] = ANY_WHOLES, size: int = 8) -> Any:
    """Rows of a table, told apart by `id`."""
    one = st.fixed_dictionaries({name: cells(kind, wholes) for name, kind in types.items() if name != "id"})
    return st.lists(one, min_size=1, max_size=size).map(
        lambda found: [{"id": number, **row} for number, row in enumerate(found)]
    )


NUMBERS = st.sampled_from(["0", "1", "2", "-1", "0.5", "0.05", "100", "1.0525", "-0.005"])


@st.composite
def formulas(draw: Any, types: Types = COLUMNS, depth: int = 3) -> Expression:
    """A well-typed formula of a quantity, a day, a text or a condition that fits a column."""
    unit = draw(st.sampled_from(["money", "rate", "count", "points", "day", "text", "condition"]))
    made = _made(draw, unit, types, depth)
    kind = type_of(made, types)
    if isinstance(kind, Quantity) and kind.scale > 10:
        made = call(draw(st.sampled_from([F.ROUND_TO, F.ROUND_HALF_UP])), made, draw(st.integers(0, 10)))
    return made


def _made(draw: Any, unit: str, types: Types, depth: int) -> Expression:
    leaves: list[Expression] = [Column(name) for name, kind in types.items() if name != "id" and _unit(kind) == unit]
    if unit == "condition":
        return _condition(draw, types, depth)
    leaves.append({"text": Literal("b"), "day": Literal(date(2026, 1, 3))}.get(unit) or _written(draw, unit))
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        leaf: Expression = draw(st.sampled_from(leaves))
        return leaf
    if unit == "text":
        return _choice(draw, unit, types, depth)
    if unit == "day":
        return _day(draw, types, depth)
    return _quantity(draw, unit, types, depth)


def _quantity(draw: Any, unit: str, types: Types, depth: int) -> Expression:
    how = draw(
        st.sampled_from(["add", "subtract", "negative", "times", "edge", "edge", "round", "choice", "first", "special"])
    )

    def more(of: str = unit) -> Expression:
        return _made(draw, of, types, depth - 1)

    match how:
        case "add":
            return _typed(Call(F.ADD, tuple(more() for _ in range(draw(st.integers(2, 3))))), types)
        case "subtract":
            return _typed(call(F.SUBTRACT, more(), more()), types)
        case "negative":
            return call(F.NEGATIVE, more())
        case "times":
            other = draw(st.sampled_from(["rate", "count"])) if unit in ("money", "points") else unit
            return _within(draw, F.TIMES, [more(), more(other)], types)
        case "edge":
            function = draw(st.sampled_from([F.LEAST, F.GREATEST]))
            return _typed(Call(function, tuple(more() for _ in range(draw(st.integers(2, 3))))), types)
        case "round":
            return call(draw(st.sampled_from([F.ROUND_TO, F.ROUND_HALF_UP])), more(), draw(st.integers(0, 6)))
        case "choice":
            return _choice(draw, unit, types, depth)
        case "first":
            return _typed(call(F.FIRST, more(), more()), types)
        case _ if unit == "rate":
            of = draw(st.sampled_from(["money", "rate", "count"]))
            return call(F.RATIO, more(of), more(of), draw(st.integers(0, 6)))
        case _ if unit == "count":
            return call(F.DAYS, more("day"), more("day"))
        case _:
            return more()


def _day(draw: Any, types: Types, depth: int) -> Expression:
    how = draw(st.sampled_from(["edge", "later", "next", "choice", "first"]))
    one = _made(draw, "day", types, depth - 1)
    match how:
        case "edge":
            return call(draw(st.sampled_from([F.LEAST, F.GREATEST])), one, _made(draw, "day", types, depth - 1))
        case "later":
            days = Literal(Decimal(draw(st.sampled_from([0, 1, -1, 31, 10**9, -(10**9)]))), quantity=count())
            return call(F.LATER, one, draw(st.sampled_from([days, Column("pieces")])) if "pieces" in types else days)
        case "next":
            return call(F.NEXT_DAY, one)
        case "first":
            return call(F.FIRST, one, Literal(date(2026, 1, 1)))
        case _:
            return _choice(draw, "day", types, depth)


def _choice(draw: Any, unit: str, types: Types, depth: int) -> Expression:
    condition = _condition(draw, types, depth - 1)
    one, other = (_made(draw, unit, types, depth - 1) for _ in range(2))
    if draw(st.integers(0, 4)) == 0:
        other = Literal(None)
    return _typed(call(F.IF, condition, one, other), types)


def _condition(draw: Any, types: Types, depth: int) -> Expression:
    how = draw(st.sampled_from(["equal", "less", "at_most", "empty", "and", "or", "not"]))
    if how in ("and", "or", "not") and depth > 0:
        parts = [_condition(draw, types, depth - 1) for _ in range(1 if how == "not" else 2)]
        return Call({"and": F.AND, "or": F.OR, "not": F.NOT}[how], tuple(parts))
    units = ["money", "rate", "count", "points", "day"]
    unit = draw(st.sampled_from([*units, "text"] if how in ("equal", "empty") else units))
    one = _made(draw, unit, types, max(depth - 1, 0))
    if how == "empty":
        return call(F.EMPTY, one)
    two = _made(draw, unit, types, max(depth - 1, 0)) if unit != "text" else Literal(draw(st.sampled_from(["a", "é"])))
    function = {"equal": F.EQUAL, "less": F.LESS}.get(how, F.AT_MOST)
    return _typed(call(function, one, two), types, call(F.EMPTY, one))


def _written(draw: Any, unit: str) -> Literal:
    number = Decimal(draw(NUMBERS))
    scale = max(0, -int(number.as_tuple().exponent))
    return Literal(number, quantity=money("USD", scale) if unit == "money" else count(scale))


def _typed(made: Call, types: Types, otherwise: Expression | None = None) -> Expression:
    """The call where its parts mix; else one of them. (A bare number beside money, for one, does not.)"""
    if not checked(made, types)[1]:
        return made
    return otherwise or made.args[1 if made.function is F.IF else 0]


def _within(draw: Any, function: Function, args: list[Expression], types: Types) -> Expression:
    """A product of no more digits than there may be between two roundings."""
    while checked(Call(function, tuple(args)), types)[1]:
        args = [call(F.ROUND_TO, arg, draw(st.integers(0, 6))) for arg in args]
        if checked(Call(function, tuple(args)), types)[1]:
            return args[0]
    return Call(function, tuple(args))


def _unit(kind: ColumnType) -> str:
    return kind.unit.value if isinstance(kind, Quantity) else kind.value


# --- agreeing -----------------------------------------------------------------------------------------

Rows = Sequence[Mapping[str, Cell]]
