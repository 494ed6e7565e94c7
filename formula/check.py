"""Types of expressions: what every function takes and gives, and everything that mixes what does not mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from domain.problem import Mistake
from formula.expression import Call, Column, Expression, Function, Literal, Type

F = Function
_TEXT = frozenset((Type.TEXT, Type.DATE, Type.INSTANT, Type.DECIMAL))
_ORDERED = frozenset((Type.DATE, Type.INSTANT, Type.NUMBER, Type.WHOLE))
_ANY = frozenset(Type)
_BOOL = frozenset((Type.BOOL,))


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and gives; `rest` may follow, `alike` arguments share one type and give it or `gives`."""

    takes: tuple[frozenset[Type], ...]
    gives: Type | None
    rest: frozenset[Type] | None = None
    alike: bool = False


def _one(takes: frozenset[Type] | Type, gives: Type, *more: Type) -> Signature:
    first = frozenset((takes,)) if isinstance(takes, Type) else takes
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
    F.INSTANT: _one(_TEXT, Type.INSTANT, Type.TEXT, Type.TEXT),
    F.PLAIN: _one(_TEXT, Type.TEXT, Type.TEXT, Type.TEXT, Type.TEXT),
    F.EXPAND: _one(_TEXT, Type.TEXT),
    F.DECIMAL: _one(_TEXT, Type.DECIMAL),
    F.WHOLE: _one(_TEXT, Type.DECIMAL),
    F.ROUND: _one(Type.DECIMAL, Type.DECIMAL, Type.WHOLE),
    F.YES_NO: _one(_TEXT, Type.TEXT),
    F.MEMBERS: _one(_TEXT, Type.TEXT, Type.TEXT),
    F.NEXT_DAY: _one(Type.DATE, Type.DATE),
    F.NUMBER: _one(Type.DECIMAL, Type.NUMBER),
}


def check(expression: Expression, columns: Mapping[str, Type] | None, wanted: Type) -> tuple[Mistake, ...]:
    """Give everything in an expression that does not mix, by offset. Without `columns` every column is text."""
    checker = _Checker(columns)
    given = checker.type_of(expression)
    if given is not None and given is not wanted:
        checker.wrong(expression, f"is {_NAMED[given]}, where {_NAMED[wanted]} is needed{_hint(given, wanted)}")
    return tuple(sorted(checker.found, key=lambda mistake: mistake.offset))


def type_of(expression: Expression, columns: Mapping[str, Type]) -> Type | None:
    """Give the type of an expression without mistakes; None is the type of null."""
    return _Checker(columns).type_of(expression)


@dataclass(slots=True)
class _Checker:
    columns: Mapping[str, Type] | None
    found: list[Mistake] = field(default_factory=list)

    def type_of(self, expression: Expression) -> Type | None:
        match expression:
            case Literal(value=value):
                return _literal(value)
            case Column(name=name):
                return Type.TEXT if self.columns is None else self.columns[name]
            case Call():
                return self.call(expression)

    def call(self, expression: Call) -> Type | None:
        signature = SIGNATURES[expression.function]
        kinds = [self.type_of(arg) for arg in expression.args]
        missing = len(kinds) - len(signature.takes)
        if missing < 0 or (missing > 0 and signature.rest is None):
            self.wrong(expression, f"takes {len(signature.takes)} values, not {len(kinds)}")
            return signature.gives
        takes = (*signature.takes, *([signature.rest] * missing if signature.rest else ()))
        for arg, kind, allowed in zip(expression.args, kinds, takes, strict=True):
            if kind is not None and kind not in allowed and not self.mixed(expression, signature, kinds):
                self.wrong(arg, _refusal(kind, allowed))
        if not signature.alike:
            return signature.gives
        if self.mixed(expression, signature, kinds):
            one, two = _alike(expression.function, kinds)[:2]
            at = next(arg for arg, kind in zip(expression.args, kinds, strict=True) if kind is two)
            self.wrong(at, f"is {_NAMED[two]} beside {_NAMED[one]}, and the two do not mix{_hint(two, one)}")
        same = _alike(expression.function, kinds)
        return signature.gives or (same[0] if same else None)

    @staticmethod
    def mixed(expression: Call, signature: Signature, kinds: list[Type | None]) -> bool:
        return signature.alike and len(_alike(expression.function, kinds)) > 1

    def wrong(self, at: Expression, message: str) -> None:
        self.found.append(Mistake((), f"{_shown(at)} {message}", at.at))


_NAMED = {
    Type.TEXT: "text",
    Type.DATE: "a date",
    Type.INSTANT: "an instant",
    Type.DECIMAL: "a decimal as text",
    Type.NUMBER: "a number",
    Type.BOOL: "a condition",
    Type.WHOLE: "a count",
}


def _alike(function: Function, kinds: list[Type | None]) -> list[Type]:
    """The different types of the arguments that must share one."""
    shared = kinds[1:] if function is F.IF else kinds
    return list(dict.fromkeys(kind for kind in shared if kind is not None))


def _literal(value: str | bool | int | Decimal | None) -> Type | None:  # noqa: FBT001  a literal may be a condition
    match value:
        case None:
            return None
        case bool():
            return Type.BOOL
        case int():
            return Type.WHOLE
        case Decimal():
            return Type.NUMBER
        case _:
            return Type.TEXT


def _hint(given: Type, wanted: Type) -> str:
    if wanted is Type.BOOL and given is Type.TEXT:
        return "; compare it: == 'yes'"
    if Type.NUMBER in (given, wanted) and Type.TEXT in (given, wanted):
        return "; write number(...) around the text, or quotes around the number"
    if Type.DATE in (given, wanted) and Type.TEXT in (given, wanted):
        return "; write date(...) around the text"
    return ""


def _refusal(kind: Type, allowed: frozenset[Type]) -> str:
    if allowed is _ORDERED:
        return f"is {_NAMED[kind]}, which has no order here; write number(...) or date(...) around it"
    if allowed is _BOOL:
        return f"is {_NAMED[kind]}, where a condition is needed{_hint(kind, Type.BOOL)}"
    return f"is {_NAMED[kind]}, where {' or '.join(sorted(_NAMED[one] for one in allowed))} is needed"


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
