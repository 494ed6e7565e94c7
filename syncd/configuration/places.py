"""Where in a text the characters of a YAML value stand: an offset in a scalar becomes a line and a column.

A scalar's value is not its source: quotes are doubled or escaped, lines are folded, indentation is taken
away. But all that is no white space stands in the source in the same order, so that is what is counted.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_ESCAPED = re.compile(r"\\(?:x..|u.{4}|U.{8}|\r\n|.)|.", re.DOTALL)
_DOUBLED = re.compile(r"''|.", re.DOTALL)
_PLAIN = re.compile(r".", re.DOTALL)
_WHITE_ESCAPES = frozenset("tnvfrNLP_ \t\n\r\x85\u2028\u2029")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar's value and the part of the text it was read from.

    style  how it is written: `'`, `"`, `|`, `>`, or None for plain
    """

    value: str
    start: int
    end: int
    style: str | None


class Lines:
    """The lines of a text."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def place(self, index: int) -> tuple[int, int]:
        """Give line and column of a character, both from 1."""
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1


def index_of(text: str, scalar: Scalar, offset: int) -> int:
    """Give the index in the text of the character at an offset of a scalar's value, which may be its end."""
    if offset <= 0 and scalar.style not in ("|", ">"):
        return scalar.start
    before = scalar.value[:offset]
    solid = sum(not character.isspace() for character in before)
    blanks = len(before) - len(before.rstrip())
    is_solid = offset < len(scalar.value) and not scalar.value[offset].isspace()
    after = scalar.start
    for index, length, is_white in _units(text, scalar):
        if is_white:
            continue
        if solid == 0 and is_solid:
            return index
        if solid == 0:
            break
        solid -= 1
        after = index + length
    return min(after + blanks, scalar.end)


def _units(text: str, scalar: Scalar) -> Iterator[tuple[int, int, bool]]:
    """Yield what stands for one character each: index, length, whether it is white space."""
    start, end, form = scalar.start, scalar.end, _PLAIN
    if scalar.style in ("'", '"'):
        start, end, form = start + 1, end - 1, _DOUBLED if scalar.style == "'" else _ESCAPED
    elif scalar.style in ("|", ">"):
        header = _LINE_END.search(text, start, end)
        start = header.end() if header else end
    for match in form.finditer(text, start, end):
        yield match.start(), len(match[0]), _is_white(match[0])


def _is_white(unit: str) -> bool:
    if len(unit) == 1 or unit == "''":
        return unit.isspace()
    if unit[1] in "xuU":
        return chr(int(f"0x{unit[2:]}", 0)).isspace()
    return unit[1] in _WHITE_ESCAPES
