r"""How dates are written: the formats that mean the same to every evaluator.

A format is text with directives: `%Y` four digits, `%y` two (69..99 are 19xx), `%m` `%d` one or two, `%b`
Mar, `%B` March (English, any letters), `%H` `%I` one or two, `%M` `%S` two, `%f` one to six, `%p` AM or PM,
`%z` an offset (`Z`, `+02`, `+0200`, `+02:00`) at the end, `%%` a percent sign. Without a mark between them
digits are full: `%Y%m%d` reads 20260301 and not 202631. Everything else stands for itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from domain.problem import Mistake
from formula.pattern import escaped

#: An offset from UTC, as ISO writes it.
OFFSET = r"(?:Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)"
_YEAR = r"(?:000[1-9]|00[1-9]\d|0[1-9]\d{2}|[1-9]\d{3})"
_TIME = r"[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?"
#: An ISO day, then perhaps a time, then perhaps an offset.
ISO_DATE = rf"{_YEAR}-\d{{2}}-\d{{2}}(?:{_TIME}{OFFSET}?)?"
ISO_LOCAL = rf"{_YEAR}-\d{{2}}-\d{{2}}(?:{_TIME})?"
ISO_INSTANT = rf"{_YEAR}-\d{{2}}-\d{{2}}{_TIME}{OFFSET}"

_NAMES = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_WIDE = {
    "Y": _YEAR,
    "y": r"\d{2}",
    "m": r"0?[1-9]|1[0-2]",
    "d": r"0?[1-9]|[12]\d|3[01]",
    "H": r"[01]?\d|2[0-3]",
    "I": r"0?[1-9]|1[0-2]",
    "M": r"[0-5]\d",
    "S": r"[0-5]\d",
    "f": r"\d{1,6}",
    "b": "|".join(name[:3] for name in _NAMES),
    "B": "|".join(_NAMES),
    "p": "am|pm",
    "z": OFFSET,
}
#: The same where digits stand on one side without a mark between.
_FULL = _WIDE | {
    "m": r"0[1-9]|1[0-2]",
    "d": r"0[1-9]|[12]\d|3[01]",
    "H": r"[01]\d|2[0-3]",
    "I": r"0[1-9]|1[0-2]",
    "f": r"\d{6}",
}
_LETTERS = frozenset("bBp")
_SAME = {"Y": "year", "y": "year", "m": "month", "b": "month", "B": "month", "H": "hour", "I": "hour"}
_NEEDED = ("year", "month", "d")
_MEANT = {"-d": "%d", "-m": "%m", "e": "%d", "D": "%m/%d/%y", "F": "%Y-%m-%d", "T": "%H:%M:%S", "G": "%Y"}


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A format that means the same to every evaluator.

    shape    the texts it reads, as a pattern (RE2 and Python alike); one group for each directive
    letters  the directives, in order
    """

    text: str
    shape: str
    letters: tuple[str, ...]

    @property
    def has_offset(self) -> bool:
        """Whether the text says how far from UTC it is."""
        return "z" in self.letters


def check_format(text: str) -> tuple[Mistake, ...]:
    """Give everything wrong with a format, by offset."""
    found = list(_unknown(text))
    pieces = [(at, letter) for at, letter in _directives(text) if letter in _WIDE]
    seen: dict[str, str] = {}
    for at, letter in pieces:
        what = _SAME.get(letter, letter)
        if what in seen:
            found.append(_mistake(at, f"%{letter} says again what %{seen[what]} says; keep one of them"))
        seen[what] = letter
        if letter == "z" and at + 2 != len(text):
            found.append(_mistake(at, "an offset (%z) is read only at the end of a format"))
    missing = [what for what in _NEEDED if what not in seen]
    if missing and not found:
        found.append(_mistake(0, "a date needs year, month and day: %Y, %m (or %b, %B) and %d"))
    if ("I" in seen.values()) != ("p" in seen):
        found.append(_mistake(0, "%I (hour of twelve) and %p (AM, PM) go together; %H is the hour of the day"))
    return tuple(sorted(found, key=lambda mistake: mistake.offset))


@lru_cache(maxsize=256)
def parse_format(text: str) -> DateFormat:
    """Read a format without mistakes (`check_format`)."""
    shape, letters = "", []
    position = 0
    pieces = _directives(text)
    for index, (at, letter) in enumerate(pieces):
        shape += escaped(text[position:at])
        position = at + 2
        if letter == "%":
            shape += "%"
            continue
        before = text[at - 1 : at].isdigit() or (index > 0 and _touches(pieces[index - 1], at))
        after = text[at + 2 : at + 3].isdigit() or (
            index + 1 < len(pieces) and _touches((at, letter), pieces[index + 1][0], pieces[index + 1][1])
        )
        shape += f"({_caseless((_FULL if before or after else _WIDE)[letter], letter)})"
        letters.append(letter)
    return DateFormat(text, shape + escaped(text[position:]), tuple(letters))


def read_format(text: str, form: DateFormat) -> tuple[datetime, timedelta | None] | None:
    """Read a text as exactly the format: the time as written and its offset; None where it is none."""
    match = re.fullmatch(form.shape, text, re.ASCII)
    if match is None:
        return None
    said = dict(zip(form.letters, match.groups(), strict=True))
    return moment(
        _year(said),
        _month(said),
        int(said["d"]),
        (_hour(said), int(said.get("M", 0)), int(said.get("S", 0)), int(said.get("f", "").ljust(6, "0"))),
        said.get("z"),
    )


def read_iso(text: str) -> tuple[datetime, timedelta | None] | None:
    """Read an ISO day with or without a time and an offset; digits beyond microseconds are cut."""
    if re.fullmatch(ISO_DATE, text, re.ASCII) is None:
        return None
    offset = re.search(f"{OFFSET}$", text[10:], re.ASCII)
    time = text[11:] if offset is None else text[11 : 10 + offset.start()]
    seconds, _, fraction = time.partition(".")
    hour, minute, second = (*(int(part) for part in seconds.split(":") if part), 0, 0, 0)[:3]
    clock = (hour, minute, second, int(fraction[:6].ljust(6, "0")))
    return moment(int(text[:4]), int(text[5:7]), int(text[8:10]), clock, offset and offset[0])


def moment(
    year: int, month: int, day: int, clock: tuple[int, int, int, int], offset: str | None
) -> tuple[datetime, timedelta | None] | None:
    """Give a time of the calendar (years 1 to 9999) with its offset, None where the calendar has no such day."""
    try:
        at = datetime(year, month, day, *clock)  # noqa: DTZ001  as written; the offset stands beside it
    except ValueError:
        return None
    return at, None if offset is None else _offset(offset)


def _offset(text: str) -> timedelta:
    if text == "Z":
        return timedelta()
    digits = text[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -size if text[0] == "-" else size


def _directives(text: str) -> list[tuple[int, str]]:
    return [(match.start(), match[1]) for match in re.finditer(r"%(.?)", text, re.DOTALL)]


def _unknown(text: str) -> list[Mistake]:
    found = []
    for at, letter in _directives(text):
        if letter in _WIDE or letter == "%":
            continue
        longer = text[at + 1 : at + 3]
        meant = _MEANT.get(longer) or _MEANT.get(letter)
        hint = f"; write {meant}" if meant else f" (known: {', '.join('%' + known for known in _WIDE)})"
        written = f"%{longer if longer in _MEANT else letter}"
        found.append(_mistake(at, f"'{written}' is no part of a date that can be read{hint}"))
    return found


def _touches(left: tuple[int, str], at: int, right: str = "d") -> bool:
    """Whether a directive ends where the next begins, digits on both sides."""
    return left[0] + 2 == at and not {left[1], right} & (_LETTERS | {"%", "z"})


def _caseless(shape: str, letter: str) -> str:
    if letter not in _LETTERS:
        return shape
    return "".join(f"[{sign.upper()}{sign}]" if sign.isalpha() else sign for sign in shape)


def _year(said: dict[str, str]) -> int:
    if "Y" in said:
        return int(said["Y"])
    short = int(said["y"])
    return short + (1900 if short >= 69 else 2000)  # noqa: PLR2004  POSIX' own line between the centuries


def _month(said: dict[str, str]) -> int:
    if "m" in said:
        return int(said["m"])
    name = said.get("b", said.get("B", "")).lower()
    return next(number for number, full in enumerate(_NAMES, 1) if full.startswith(name))


def _hour(said: dict[str, str]) -> int:
    if "I" not in said:
        return int(said.get("H", 0))
    return int(said["I"]) % 12 + (12 if said["p"].lower() == "pm" else 0)


def _mistake(at: int, message: str) -> Mistake:
    return Mistake((), message, at)
