"""The small language of conditions: read as Python is written, never executed.

    Department == 'Sales' and column('Grade Level') in ['5', '6'] and not Contractor == 'yes'
    number(Grade) >= 5 or date(Hired, '%m/%d/%Y') < date('2026-01-01')

A name is a column, as `column('Employee ID')` is for names that are no words. A column is text without white
space around it; `''` is the empty cell. `number(x)` and `date(x, format)` read text; what they cannot read
compares as empty: equal to nothing but another empty, before and after nothing. Names are checked where they
are known.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches

from domain.problem import Mistake
from formula import canonical
from formula.dateformat import check_format
from formula.expression import Call, Column, Expression, Function, Literal, call

_LONGEST = 4_000
_FUNCTIONS = ("column", "date", "number")


def parse(text: str, names: Collection[str] | None = None) -> tuple[Expression, tuple[Mistake, ...]]:
    """Read an expression; every mistake by its offset in the text, with what may have been meant.

    `names` are the columns that exist, None where that is not known yet. With mistakes the expression is not
    to be used.
    """
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
    reader = _Reader(flat[start:], start, names)
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
    return Mistake((), f"cannot be read here: {message.split('. ')[0]}{hint}", offset)


@dataclass(slots=True)
class _Reader:
    text: str
    start: int
    names: Collection[str] | None
    found: list[Mistake] = field(default_factory=list)

    def read(self, node: ast.expr) -> Expression:
        at = self.offset(node)
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as number):
                read = self.constant(number)
                if isinstance(read, Literal) and isinstance(read.value, Decimal):
                    return Literal(-read.value, at)
                return self.wrong(node, "only a number can be negative")
            case ast.Name(id=name):
                return self.column(name, node)
            case ast.BoolOp(op=op, values=values):
                function = Function.AND if isinstance(op, ast.And) else Function.OR
                return Call(function, tuple(self.read(value) for value in values), at)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Call(Function.NOT, (self.read(operand),), at)
            case ast.Compare():
                return self.comparison(node)
            case ast.Call(func=ast.Name(id=name)):
                return self.called(name, node)
            case _:
                return self.wrong(
                    node, "is not part of this language (compare, and, or, not, in, column, number, date)"
                )

    def constant(self, node: ast.Constant) -> Expression:
        at = self.offset(node)
        source = ast.get_source_segment(self.text, node) or ""
        if isinstance(node.value, str):
            return Literal(canonical.trim(node.value) or "", at)
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            exact = canonical.decimal(source.replace("_", ""))
            if exact is not None and canonical.number(exact) is not None:
                return Literal(Decimal(exact), at)
            return self.wrong(node, "is no number in digits with an optional point (20 before it, 18 after)")
        if isinstance(node.value, bool):
            return self.wrong(node, f"is no value of a column; write the text as sent, such as '{source.lower()}'")
        return self.wrong(node, "is no value of a column; an empty cell is ''")

    def column(self, name: str, node: ast.expr) -> Expression:
        if self.names is not None and name not in self.names:
            return self.wrong(node, f"is no column{suggestion(name, self.names)}")
        return Column(name, self.offset(node))

    def comparison(self, node: ast.Compare) -> Expression:
        sides = [node.left, *node.comparators]
        pairs = [self.compared(op, left, right) for op, left, right in zip(node.ops, sides, sides[1:], strict=False)]
        return pairs[0] if len(pairs) == 1 else Call(Function.AND, tuple(pairs), self.offset(node))

    def compared(self, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Expression:
        at = self.offset(left)
        if isinstance(op, ast.In | ast.NotIn):
            listed = self.listed(left, right)
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

    def listed(self, left: ast.expr, right: ast.expr) -> Expression:
        one, at = self.read(left), self.offset(left)
        if not isinstance(right, ast.List | ast.Tuple | ast.Set) or not right.elts:
            return self.wrong(right, "is no list; write in ['A', 'B']")
        items = [self.read(item) for item in right.elts]
        return Call(Function.OR, tuple(_equal(one, item, at) for item in items), at)

    def called(self, name: str, node: ast.Call) -> Expression:
        if name not in _FUNCTIONS:
            return self.wrong(node, f"calls '{name}', which does not exist{suggestion(name, _FUNCTIONS)}")
        if node.keywords or not node.args or len(node.args) > 1 + (name == "date"):
            return self.wrong(node, "takes " + ("a text and perhaps a format" if name == "date" else "one text"))
        first, at = node.args[0], self.offset(node)
        if name == "column":
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                return self.wrong(first, "is no name of a column; write it as text: column('Employee ID')")
            return self.column(first.value, node)
        read = self.read(first)
        if name == "number":
            return call(Function.NUMBER, Call(Function.DECIMAL, (read,), at))
        return Call(Function.DATE, (read, Literal(self.format(node))), at)

    def format(self, node: ast.Call) -> str:
        if len(node.args) == 1:
            return ""
        given = node.args[1]
        if not (isinstance(given, ast.Constant) and isinstance(given.value, str)):
            self.wrong(given, "is no format; write it as text: date(Hired, '%m/%d/%Y')")
            return ""
        for mistake in check_format(given.value):
            self.found.append(Mistake((), mistake.message, self.offset(given) + 1 + mistake.offset))
        return given.value

    def wrong(self, node: ast.expr, message: str) -> Expression:
        source = ast.get_source_segment(self.text, node) or ""
        self.found.append(Mistake((), f"`{source}` {message}", self.offset(node)))
        return Literal(None, self.offset(node))

    def offset(self, node: ast.expr) -> int:
        return self.start + len(self.text.encode()[: node.col_offset].decode())


def _equal(one: Expression, two: Expression, at: int) -> Expression:
    for side, other in ((one, two), (two, one)):
        if isinstance(side, Literal) and side.value == "":
            return Call(Function.EMPTY, (other,), at)
    return Call(Function.EQUAL, (one, two), at)
