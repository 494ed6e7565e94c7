r"""What a text looks like: the patterns that mean the same to every evaluator.

A subset of RE2, always about the whole text: literals, `.`, `\d \w \s` and their capitals (ASCII), escaped
marks, classes `[A-Z_]` and `[^...]`, groups `(...)` and `(?:...)`, `|`, and `? * + {2} {2,} {2,5}` (at most
1000), also followed by `?`. No look-around, no references, no flags. `^` at the start and `$` at the end are
allowed and say nothing.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

from domain.problem import Mistake

_LONGEST = 1000
_SPACE = r"\t\n\v\f\r "
_CLASS = re.compile(
    r"\[\^?(?:\\[dws]|\\[!-/:-@\[-`{-~]|\\[tnr]|[^\[\]\\])(?:\\[dws]|\\[!-/:-@\[-`{-~]|\\[tnr]|[^\[\]\\])*\]"
)
_TOKEN = re.compile(
    rf"(?P<class>{_CLASS.pattern})"
    r"|(?P<space>\\[sS])|\\[dDwW]|\\[!-/:-@\[-`{-~]|\\[tnr]"
    r"|\(\?:|\((?!\?)|\)|\|"
    r"|(?P<count>\{(\d+)(?:(,)(\d*))?\}\??)(?![*+?{])|(?P<many>[*+?]\??)(?![*+?{])"
    r"|[^\\\[\]{}()|*+?^$]"
)
_REFUSED = (
    ("(?=", "looks ahead, which is not supported"),
    ("(?!", "looks ahead, which is not supported"),
    ("(?<=", "looks behind, which is not supported"),
    ("(?<!", "looks behind, which is not supported"),
    ("(?", "is not supported; write a plain group (...) or (?:...), and [Aa] for letters of both sizes"),
    ("^", "stands at the start only: a pattern is always about the whole text"),
    ("$", "stands at the end only: a pattern is always about the whole text"),
    (
        "[",
        "opens a class that is not closed, is empty, or holds what classes do not (write \\[ for the mark)",
    ),
    ("{", "is no count such as {5} or {2,5}, or follows another one (write \\{ for the mark)"),
)


def check_pattern(text: str) -> tuple[Mistake, ...]:
    """Give everything wrong with a pattern, by offset."""
    found: list[Mistake] = []
    position, end = _bounds(text)
    while position < end:
        match = _TOKEN.match(text, position, end)
        if match is None:
            found.append(Mistake((), _refusal(text, position), position))
            position += 2 if text[position] == "\\" else 1
            continue
        position = match.end()
    if found:
        return tuple(found)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            re.compile(canonical_pattern(text), re.ASCII)
    except re.error as error:
        at = min(error.pos or 0, len(text))
        return (Mistake((), f"'{text}' is no pattern: {error.msg}", at),)
    except FutureWarning:
        return (Mistake((), f"'{text}' doubles a mark in a class (--, &&, ||, ~~): write each with a \\ before it"),)
    return tuple(_counts_too_far(text))


def _counts_too_far(text: str) -> Iterator[Mistake]:
    """Counts multiply where one stands inside another."""
    outer: list[int] = []
    most, last = 1, 1  # in the group at hand, and of what stands before the token
    for match in _TOKEN.finditer(text, *_bounds(text)):
        if match[0] in ("(", "(?:"):
            outer.append(most)
            most, last = 1, 1
        elif match[0] == ")":
            last, most = most, max(most, outer.pop())
        elif match["count"]:
            last *= max(int(digits) for digits in re.findall(r"\d+", match[0]))
            most = max(most, last)
            if last > _LONGEST:
                yield Mistake((), f"'{match[0]}' counts further than {_LONGEST}", match.start())
        elif not match["many"]:
            last = 1


def canonical_pattern(text: str) -> str:
    r"""Write a pattern so that every engine reads it alike: without anchors, `\s` as its characters."""
    start, end = _bounds(text)
    written = ""
    for match in _TOKEN.finditer(text, start, end):
        token = match[0]
        if match["space"]:
            token = f"[{'^' if token[1] == 'S' else ''}{_SPACE}]"
        elif match["class"]:
            token = re.sub(r"\\(.)", lambda part: _SPACE if part[1] == "s" else part[0], token)
        written += token
    return written


def escaped(text: str) -> str:
    """Write a text as the pattern that it alone fits."""
    return "".join(f"\\{sign}" if sign.isascii() and not sign.isalnum() else sign for sign in text)


def _bounds(text: str) -> tuple[int, int]:
    end = len(text)
    if text.endswith("$") and (len(text) - len(text[:-1].rstrip("\\"))) % 2 == 1:
        end -= 1
    return int(text.startswith("^")), end


def _refusal(text: str, position: int) -> str:
    rest = text[position:]
    for start, why in _REFUSED:
        if rest.startswith(start):
            return f"'{start}' {why}"
    if re.match(r"\\[1-9]", rest):
        return f"'{rest[:2]}' refers back to a group, which is not supported"
    if rest.startswith("\\"):
        return f"'{rest[:2]}' is not supported; escape marks only, and write \\d, \\w or \\s for classes"
    return f"'{rest[0]}' has nothing to work on, or stands alone; write \\{rest[0]} for the mark"
