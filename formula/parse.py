"""The small languages: read as Python is written, never executed. Here what they share, and that of conditions.

    Department == 'Sales' and column('Grade Level') in ['5', '6'] and not Contractor == 'yes'
    number(Grade) >= 5 or date(Hired, '%m/%d/%Y') < date('2026-01-01')

A name is a column, as `column('Employee ID')` is for names that are no words. A column is text without white
space around it; `''` is the empty cell. `number(x)` and `date(x, format)` read text; what they cannot read
compares as empty: equal to nothing but another empty, before and after nothing. Names are checked where they
are known.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches

from domain.problem import Mistake
from formula import canonical
from formula.dateformat import check_format
from formula.expression import Call, Column, Expression, Function, Literal, call

_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Language:
    """What one of the languages has of its own.

    functions   what can be called, by name
    literal     gives a number as written, from its digits in canonical form; None where it has too many
    digits      says how many it may have
    more        reads what the others do not have; None where it is not of this language either
    outside     names what there is, for those who wrote something else
    """

    functions: Mapping[str, Callable[[Reader, ast.Call], Expression]]
    literal: Callable[[str, int], Literal | None]
    digits: str
    more: Callable[[Reader, ast.expr], Expression | None]
    outside: str


def parse(text: str, names: Collection[str] | None = None) -> tuple[Expression, tuple[Mistake, ...]]:
    """Read an expression; every mistake by its offset in the text, with what may have been meant.

    `names` are the columns that exist, None where that is not known yet. With mistakes the expression is not
    to be used.
    """
    return read_text(text, names, CONDITIONS)


def read_text(text: str, names: Collection[str] | None, language: Language) -> tuple[Expression, tuple[Mistake, ...]]:
    """Read an expression of a language, as `parse` does."""
    if len(text) > _LONGEST:
        return Literal(None), (Mistake((), f"longer than {_LONGEST} characters"),)
    flat = "".join(" " if sign in "\n\r\t" else sign for sign in text)
    start = len(flat) - len(flat.lstrip(" "))
    if start == len(flat):
        return Literal(None), (Mistake((), "there is nothing to read here"),)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(flat[start:], mode="eval")
    except SyntaxError as error:
        return Literal(None), (_syntax(flat, start, error),)
    except (ValueError, RecursionError, MemoryError):
        return Literal(None), (Mistake((), "cannot be read: nested too deeply, or with a null character"),)
    reader = Reader(flat[start:], start, names, language)
    try:
        read = reader.read(tree.body)
    except RecursionError:
        return Literal(None), (Mistake((), "nested too deeply"),)
    return read, tuple(sorted(reader.found, key=lambda mistake: mistake.offset))


def suggestion(name: str, known: Collection[str]) -> str:
    """Say what may have been meant by a name that is not known."""
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f" (known: {', '.join(sorted(known))})" if known else ""


def _syntax(text: str, start: int, error: SyntaxError) -> Mistake:
    offset = min(start + max((error.offset or 1) - 1, 0), len(text))
    message = (error.msg or "invalid syntax").removesuffix(". Perhaps you forgot a comma?")
    hint = "; compare with ==" if "==" in message or "=" in text[offset : offset + 1] else ""
    if "was never closed" in message:
        hint = "; between { and } a comma ends a text: put it in quotes"
    percent = re.search(r"\d\s*(%)\s*(?![\s\w(.])", text)
    if percent is not None:
        offset, hint = percent.start(1), "; write 5% as 0.05"
    return Mistake((), f"cannot be read here: {message.split('. ')[0]}{hint}", offset)


@dataclass(slots=True)
class Reader:
    """Reads the tree of one text, and gathers the mistakes."""

    text: str
    start: int
    names: Collection[str] | None
    language: Language
    found: list[Mistake] = field(default_factory=list)

    def read(self, node: ast.expr) -> Expression:
        """Read a node, whatever it is."""
        at = self.offset(node)
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as number):
                read = self._constant(number)
                if isinstance(read, Literal) and isinstance(read.value, Decimal):
                    return replace(read, value=-read.value, at=at)
                return self.wrong(node, "only a number can be negative")
            case ast.Name(id=name):
                return self.column(name, node)
            case ast.BoolOp(op=op, values=values):
                function = Function.AND if isinstance(op, ast.And) else Function.OR
                return Call(function, tuple(self.read(value) for value in values), at)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Call(Function.NOT, (self.read(operand),), at)
            case ast.Compare():
                return self._comparison(node)
            case ast.Call(func=ast.Name(id=name)):
                return self._called(name, node)
            case _:
                return self.language.more(self, node) or self.wrong(
                    node, f"is not part of this language ({self.language.outside})"
                )

    def column(self, name: str, node: ast.expr) -> Expression:
        """Read a name as a column."""
        if self.names is not None and name not in self.names:
            return self.wrong(node, f"is no column{suggestion(name, self.names)}")
        return Column(name, self.offset(node))

    def wrong(self, node: ast.expr, message: str) -> Expression:
        """Keep a mistake; a null stands in for what it is about."""
        source = ast.get_source_segment(self.text, node) or ""
        self.found.append(Mistake((), f"`{source}` {message}", self.offset(node)))
        return Literal(None, self.offset(node))

    def offset(self, node: ast.expr) -> int:
        """Give where a node stands in the text, in characters."""
        return self.start + len(self.text.encode()[: node.col_offset].decode())

    def _constant(self, node: ast.Constant) -> Expression:
        at = self.offset(node)
        source = ast.get_source_segment(self.text, node) or ""
        if isinstance(node.value, str):
            return Literal(canonical.trim(node.value) or "", at)
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            exact = canonical.decimal(source.replace("_", ""))
            literal = None if exact is None else self.language.literal(exact, at)
            return literal or self.wrong(
                node, f"is no number in digits with an optional point ({self.language.digits})"
            )
        if isinstance(node.value, bool):
            return self.wrong(node, f"is no value of a column; write the text as sent, such as '{source.lower()}'")
        return self.wrong(node, "is no value of a column; an empty cell is ''")

    def _comparison(self, node: ast.Compare) -> Expression:
        sides = [node.left, *node.comparators]
        pairs = [self._compared(op, left, right) for op, left, right in zip(node.ops, sides, sides[1:], strict=False)]
        return pairs[0] if len(pairs) == 1 else Call(Function.AND, tuple(pairs), self.offset(node))

    def _compared(self, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Expression:
        at = self.offset(left)
        if isinstance(op, ast.In | ast.NotIn):
            listed = self._listed(left, right)
            return Call(Function.NOT, (listed,), at) if isinstance(op, ast.NotIn) else listed
        one, two = self.read(left), self.read(right)
        match op:
            case ast.Eq():
                return _equal(one, two, at)
            case ast.NotEq():
                return Call(Function.NOT, (_equal(one, two, at),), at)
            case ast.Lt():
                return Call(Function.LESS, (one, two), at)
            case ast.LtE():
                return Call(Function.AT_MOST, (one, two), at)
            case ast.Gt():
                return Call(Function.LESS, (two, one), at)
            case ast.GtE():
                return Call(Function.AT_MOST, (two, one), at)
            case _:
                return self.wrong(right, "cannot be compared by `is`; write == or !=")

    def _listed(self, left: ast.expr, right: ast.expr) -> Expression:
        one, at = self.read(left), self.offset(left)
        if not isinstance(right, ast.List | ast.Tuple | ast.Set) or not right.elts:
            return self.wrong(right, "is no list; write in ['A', 'B']")
        items = [self.read(item) for item in right.elts]
        return Call(Function.OR, tuple(_equal(one, item, at) for item in items), at)

    def _called(self, name: str, node: ast.Call) -> Expression:
        functions = self.language.functions
        if name not in functions:
            return self.wrong(node, f"calls '{name}', which does not exist{suggestion(name, functions)}")
        return functions[name](self, node)


def _equal(one: Expression, two: Expression, at: int) -> Expression:
    for side, other in ((one, two), (two, one)):
        if isinstance(side, Literal) and side.value == "":
            return Call(Function.EMPTY, (other,), at)
    return Call(Function.EQUAL, (one, two), at)


def named_column(reader: Reader, node: ast.Call) -> Expression:
    """Read `column('Employee ID')`: a column whose name is no word."""
    if node.keywords or len(node.args) != 1:
        return reader.wrong(node, "takes one text")
    first = node.args[0]
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
        return reader.wrong(first, "is no name of a column; write it as text: column('Employee ID')")
    return reader.column(first.value, node)


def _number(reader: Reader, node: ast.Call) -> Expression:
    if node.keywords or len(node.args) != 1:
        return reader.wrong(node, "takes one text")
    return call(Function.NUMBER, Call(Function.DECIMAL, (reader.read(node.args[0]),), reader.offset(node)))


def _date(reader: Reader, node: ast.Call) -> Expression:
    if node.keywords or len(node.args) not in (1, 2):
        return reader.wrong(node, "takes a text and perhaps a format")
    read = reader.read(node.args[0])
    return Call(Function.DATE, (read, Literal(_format(reader, node))), reader.offset(node))


def _format(reader: Reader, node: ast.Call) -> str:
    if len(node.args) == 1:
        return ""
    given = node.args[1]
    if not (isinstance(given, ast.Constant) and isinstance(given.value, str)):
        reader.wrong(given, "is no format; write it as text: date(Hired, '%m/%d/%Y')")
        return ""
    for mistake in check_format(given.value):
        reader.found.append(Mistake((), mistake.message, reader.offset(given) + 1 + mistake.offset))
    return given.value


def _literal(digits: str, at: int) -> Literal | None:
    return None if canonical.number(digits) is None else Literal(Decimal(digits), at)


#: Of texts as sent.
CONDITIONS = Language(
    functions={"column": named_column, "date": _date, "number": _number},
    literal=_literal,
    digits="20 before it, 18 after",
    more=lambda _reader, _node: None,
    outside="compare, and, or, not, in, column, number, date",
)
