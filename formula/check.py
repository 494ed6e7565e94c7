"""Types of expressions: what every function takes and gives, and everything that mixes what does not mix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from domain.problem import Mistake
from formula.expression import Call, Column, ColumnType, Expression, Function, Literal, Type
from formula.quantity import LARGEST_SCALE, Quantity, Unit, count, money
from formula.units import Unmixed, digits_of, named, product, ratio, shared_unit

F = Function
#: Kinds of values that an argument may be of; `Quantity` stands for every one of them.
Kinds = frozenset[Type | type[Quantity]]

_TEXT: Kinds = frozenset((Type.TEXT, Type.DATE, Type.INSTANT, Type.DECIMAL))
_ORDERED: Kinds = frozenset((Type.DATE, Type.INSTANT, Type.NUMBER, Type.WHOLE, Type.DAY, Quantity))
_ANY: Kinds = frozenset((*Type, Quantity))
_BOOL: Kinds = frozenset((Type.BOOL,))
_NUMBER: Kinds = frozenset((Quantity,))
_EDGES: Kinds = frozenset((Quantity, Type.DAY))
_DAYS: Kinds = frozenset((Type.DATE, Type.DAY))
_DIGITS: Kinds = frozenset((Type.WHOLE,))


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and gives; `rest` may follow, `alike` arguments share one type and give it or `gives`."""

    takes: tuple[Kinds, ...]
    gives: Type | None
    rest: Kinds | None = None
    alike: bool = False


def _one(takes: Kinds | Type, gives: Type, *more: Type) -> Signature:
    first: Kinds = frozenset((takes,)) if isinstance(takes, Type) else takes
    return Signature((first, *(frozenset((kind,)) for kind in more)), gives)


SIGNATURES: dict[Function, Signature] = {
    F.AND: Signature((_BOOL,), Type.BOOL, _BOOL),
    F.OR: Signature((_BOOL,), Type.BOOL, _BOOL),
    F.NOT: Signature((_BOOL,), Type.BOOL),
    F.EQUAL: Signature((_ANY, _ANY), Type.BOOL, alike=True),
    F.LESS: Signature((_ORDERED, _ORDERED), Type.BOOL, alike=True),
    F.AT_MOST: Signature((_ORDERED, _ORDERED), Type.BOOL, alike=True),
    F.ONE_OF: Signature((_TEXT,), Type.BOOL, _TEXT),
    F.EMPTY: _one(_ANY, Type.BOOL),
    F.MATCHES: _one(_TEXT, Type.BOOL, Type.TEXT),
    F.FITS: _one(Type.DECIMAL, Type.BOOL, Type.WHOLE, Type.WHOLE),
    F.IS_NATIVE: _one(_TEXT, Type.BOOL, Type.TEXT),
    F.IF: Signature((_BOOL, _ANY, _ANY), None, alike=True),
    F.FIRST: Signature((_ANY,), None, _ANY, alike=True),
    F.PICK: Signature((_TEXT,), Type.TEXT, _TEXT),
    F.TRIM: _one(_TEXT, Type.TEXT),
    F.FOLD: _one(_TEXT, Type.TEXT),
    F.JOIN: Signature((_TEXT,), Type.TEXT, _TEXT),
    F.KEY: Signature((_TEXT,), Type.TEXT, _TEXT),
    F.DATE: _one(_TEXT, Type.DATE, Type.TEXT),
    F.LOCAL_DAY: _one(_TEXT, Type.DATE, Type.TEXT, Type.TEXT),
    F.INSTANT: _one(_TEXT, Type.INSTANT, Type.TEXT, Type.TEXT),
    F.PLAIN: _one(_TEXT, Type.TEXT, Type.TEXT, Type.TEXT, Type.TEXT),
    F.EXPAND: _one(_TEXT, Type.TEXT),
    F.DECIMAL: _one(_TEXT, Type.DECIMAL),
    F.WHOLE: _one(_TEXT, Type.DECIMAL),
    F.ROUND: _one(Type.DECIMAL, Type.DECIMAL, Type.WHOLE),
    F.YES_NO: _one(_TEXT, Type.TEXT),
    F.MEMBERS: _one(_TEXT, Type.TEXT, Type.TEXT),
    F.NEXT_DAY: Signature((_DAYS,), None, alike=True),
    F.AS_DAY: _one(Type.DATE, Type.DAY),
    F.NUMBER: _one(Type.DECIMAL, Type.NUMBER),
    F.ADD: Signature((_NUMBER,), None, _NUMBER, alike=True),
    F.SUBTRACT: Signature((_NUMBER, _NUMBER), None, alike=True),
    F.NEGATIVE: Signature((_NUMBER,), None, alike=True),
    F.TIMES: Signature((_NUMBER, _NUMBER), None, _NUMBER),
    F.LEAST: Signature((_EDGES,), None, _EDGES, alike=True),
    F.GREATEST: Signature((_EDGES,), None, _EDGES, alike=True),
    F.ROUND_TO: Signature((_NUMBER, _DIGITS), None),
    F.ROUND_HALF_UP: Signature((_NUMBER, _DIGITS), None),
    F.RATIO: Signature((_NUMBER, _NUMBER, _DIGITS), None),
    F.IN_CURRENCY: Signature((_NUMBER, _TEXT), None),
    F.DAYS: Signature((frozenset((Type.DAY,)), frozenset((Type.DAY,))), None),
    F.LATER: Signature((frozenset((Type.DAY,)), _NUMBER), Type.DAY),
}


def check(expression: Expression, columns: Mapping[str, ColumnType] | None, wanted: ColumnType) -> tuple[Mistake, ...]:
    """Give everything in an expression that does not mix, by offset. Without `columns` every column is text.

    A quantity that is wanted may come with fewer digits after the point, never with more.
    """
    checker = _Checker(columns)
    given = checker.type_of(expression)
    if given is not None and not _is_wanted(given, wanted):
        checker.wrong(expression, f"is {named(given)}, where {named(wanted)} is needed{_hint(given, wanted)}")
    elif isinstance(given, Quantity) and isinstance(wanted, Quantity) and given.scale > wanted.scale:
        message = f"has {given.scale} digits after the point, at most {wanted.scale}"
        checker.wrong(expression, f"{message}: wrap it in round(..., {wanted.scale})")
    return tuple(sorted(checker.found, key=lambda mistake: mistake.offset))


def checked(expression: Expression, columns: Mapping[str, ColumnType]) -> tuple[ColumnType | None, tuple[Mistake, ...]]:
    """Give the type of an expression, whatever it is, and everything in it that does not mix, by offset."""
    checker = _Checker(columns)
    given = checker.type_of(expression)
    return given, tuple(sorted(checker.found, key=lambda mistake: mistake.offset))


def type_of(expression: Expression, columns: Mapping[str, ColumnType]) -> ColumnType | None:
    """Give the type of an expression without mistakes; None is the type of null."""
    return _Checker(columns).type_of(expression)


@dataclass(slots=True)
class _Checker:
    columns: Mapping[str, ColumnType] | None
    found: list[Mistake] = field(default_factory=list)

    def type_of(self, expression: Expression) -> ColumnType | None:
        match expression:
            case Literal(quantity=Quantity() as quantity):
                return quantity
            case Literal(value=value):
                return _literal(value)
            case Column(name=name):
                return Type.TEXT if self.columns is None else self.columns[name]
            case Call():
                return self.call(expression)

    def call(self, expression: Call) -> ColumnType | None:
        function, args = expression.function, expression.args
        signature = SIGNATURES[function]
        kinds = [self.type_of(arg) for arg in args]
        missing = len(kinds) - len(signature.takes)
        if missing < 0 or (missing > 0 and signature.rest is None):
            self.wrong(expression, f"takes {len(signature.takes)} values, not {len(kinds)}")
            return signature.gives
        if signature.alike and self.clash(expression, kinds):
            return signature.gives
        takes = (*signature.takes, *([signature.rest] * missing if signature.rest else ()))
        refused = [
            (arg, _refusal(kind, allowed, sent=self.columns is None))
            for arg, kind, allowed in zip(args, kinds, takes, strict=True)
            if kind is not None and _kind(kind) not in allowed
        ]
        for arg, message in refused:
            self.wrong(arg, message)
        if refused:
            return signature.gives
        try:
            found = _GIVES[function](args, kinds) if function in _GIVES else _shared(signature, expression, kinds)
        except Unmixed as reason:
            self.wrong(expression if reason.argument is None else args[reason.argument], reason.message)
            found = None
        return signature.gives or found

    def clash(self, expression: Call, kinds: list[ColumnType | None]) -> bool:
        """Tell of arguments that must be alike and are of different kinds, all quantities being of one kind."""
        pairs = [(arg, kind) for arg, kind in _alike(expression, kinds) if kind is not None]
        for arg, kind in pairs[1:]:
            first = pairs[0][1]
            if _kind(kind) is not _kind(first):
                self.wrong(arg, f"is {named(kind)} beside {named(first)}, and the two do not mix{_hint(kind, first)}")
                return True
        return False

    def wrong(self, at: Expression, message: str) -> None:
        self.found.append(Mistake((), f"{_shown(at)} {message}", at.at))


_Args = Sequence[Expression]
_Of = Sequence[ColumnType | None]


def _rounded(args: _Args, kinds: _Of) -> ColumnType | None:
    digits = _digits(args[1], 1)
    return replace(kinds[0], scale=min(kinds[0].scale, digits)) if isinstance(kinds[0], Quantity) else None


def _ratio(args: _Args, kinds: _Of) -> ColumnType:
    return ratio(args[:2], kinds[:2], _digits(args[2], 2))


def _in_currency(args: _Args, kinds: _Of) -> ColumnType | None:
    kind, currency = kinds[0], args[1]
    if not isinstance(kind, Quantity):
        return None
    if kind.unit not in (Unit.MONEY, Unit.COUNT):
        raise Unmixed(0, f"is {kind}, where an amount is needed")
    return money(str(currency.value), kind.scale) if isinstance(currency, Literal) else None


def _days(args: _Args, kinds: _Of) -> ColumnType:  # noqa: ARG001  as its like
    return count(0)


def _later(args: _Args, kinds: _Of) -> ColumnType:  # noqa: ARG001  as its like
    days = kinds[1]
    if isinstance(days, Quantity) and days != count(0):
        raise Unmixed(1, f"is {days}, where a whole number of days is needed")
    return Type.DAY


def _digits(argument: Expression, place: int) -> int:
    digits = digits_of(argument)
    if not 0 <= digits <= LARGEST_SCALE:
        raise Unmixed(place, f"says how many digits after the point: from 0 to {LARGEST_SCALE}")
    return digits


#: Functions of quantities whose type is more than that of their arguments.
_GIVES: dict[Function, Callable[[_Args, _Of], ColumnType | None]] = {
    F.TIMES: product,
    F.ROUND_TO: _rounded,
    F.ROUND_HALF_UP: _rounded,
    F.RATIO: _ratio,
    F.IN_CURRENCY: _in_currency,
    F.DAYS: _days,
    F.LATER: _later,
}


def _shared(signature: Signature, expression: Call, kinds: _Of) -> ColumnType | None:
    """The one type of arguments that are alike."""
    if not signature.alike:
        return None
    pairs = _alike(expression, kinds)
    quantity = shared_unit([arg for arg, _ in pairs], [kind for _, kind in pairs], len(kinds) - len(pairs))
    return quantity or next((kind for _, kind in pairs if kind is not None), None)


def _alike(expression: Call, kinds: _Of) -> list[tuple[Expression, ColumnType | None]]:
    """The arguments that must share a type, with those they have."""
    pairs = list(zip(expression.args, kinds, strict=True))
    return pairs[1:] if expression.function is F.IF else pairs


def _kind(kind: ColumnType) -> Type | type[Quantity]:
    return Quantity if isinstance(kind, Quantity) else kind


def _is_wanted(given: ColumnType, wanted: ColumnType) -> bool:
    if isinstance(given, Quantity) and isinstance(wanted, Quantity):
        return given.is_like(wanted)
    return given == wanted


def _literal(value: str | bool | int | Decimal | date | None) -> Type | None:  # noqa: FBT001  may be a condition
    match value:
        case None:
            return None
        case bool():
            return Type.BOOL
        case int():
            return Type.WHOLE
        case Decimal():
            return Type.NUMBER
        case date():
            return Type.DAY
        case _:
            return Type.TEXT


def _hint(given: ColumnType, wanted: ColumnType) -> str:
    if wanted is Type.BOOL and given is Type.TEXT:
        return "; compare it: == 'yes'"
    pair = (given, wanted)
    if Type.NUMBER in pair and Type.TEXT in pair:
        return "; write number(...) around the text, or quotes around the number"
    if Type.TEXT in pair and any(isinstance(kind, Quantity) for kind in pair):
        return "; write quotes around the number to compare it as text" if given is not Type.TEXT else ""
    if Type.DATE in pair and Type.TEXT in pair:
        return "; write date(...) around the text"
    if Type.DAY in pair and Type.TEXT in pair:
        return "; write a day as date('2026-01-31')"
    return ""


def _refusal(kind: ColumnType, allowed: Kinds, *, sent: bool) -> str:
    if allowed is _ORDERED:
        hint = "; write number(...) or date(...) around it" if sent else ""
        return f"is {named(kind)}, which has no order here{hint}"
    if allowed is _BOOL:
        return f"is {named(kind)}, where a condition is needed{_hint(kind, Type.BOOL)}"
    needed = sorted("a number" if isinstance(one, type) else named(one) for one in allowed)
    return f"is {named(kind)}, where {' or '.join(needed)} is needed"


def _shown(expression: Expression) -> str:
    match expression:
        case Column(name=name):
            return f"`{name}`" if name.isidentifier() else f"`column({name!r})`"
        case Literal(value=str(value)):
            return f"`{value!r}`"
        case Literal(value=value):
            return f"`{value}`"
        case _:
            return "this"
