"""From text as sent to canonical text: the meaning of every reading function, one plain value at a time.

This is the reference that each engine repeats over columns. `None` is "nothing there" or "not readable as
this".
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from zoneinfo import ZoneInfo

from formula.dateformat import parse_format, read_format, read_iso
from formula.pattern import escaped

#: What is trimmed: every character that Unicode calls white space, and the four separators U+001C to U+001F.
SPACES = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
#: Inside a set these count as spaces, so that its JSON text needs no escapes an engine may write differently.
CONTROLS = "".join(map(chr, range(1, 32))) + "\x85\u2028\u2029"
#: Marks that stand for one another when people group digits.
GROUP_MARKS = {" ": " \u00a0\u2009\u202f", "'": "'\u2019"}
#: Digits before and after the point that can be compared and rounded.
WHOLE_DIGITS, FRACTION_DIGITS = 20, 18
LAST_DAY = "9999-12-31"
YES = ("true", "yes", "y", "1")
NO = ("false", "no", "n", "0")
#: An optional sign, digits, and a point that may end or begin them.
NUMERAL = r"[+-]?(?:\d+\.?\d*|\.\d+)"
#: A number of JSON with an exponent, as far as its digits stay within those that can be compared.
SCIENTIFIC = r"-?\d(?:\.\d{1,16})?[eE]\+?(?:0?\d|1[0-8])|-?\d(?:\.\d{1,9})?[eE]-0?\d"

_EXACT = Context(prec=WHOLE_DIGITS + FRACTION_DIGITS + 2, rounding=ROUND_HALF_EVEN)


def trim(text: str | None) -> str | None:
    """Give NFC without white space around it; nothing left is null."""
    return unicodedata.normalize("NFC", text.strip(SPACES)) or None if text is not None else None


def fold(text: str) -> str:
    """Give each letter as its small letter, one for one."""
    return "".join(letter.lower()[0] for letter in text)


def joined(separator: str, parts: tuple[str, ...]) -> str | None:
    """Put texts together, NFC; none is null."""
    return unicodedata.normalize("NFC", separator.join(parts)) or None


def key(parts: tuple[str, ...]) -> str:
    """Join the parts of a key so that different parts never give one key."""
    if len(parts) == 1:
        return parts[0]
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def day(text: str, form: str) -> str | None:
    """Give the day as written, by ISO where no format is given."""
    read = read_format(text, parse_format(form)) if form else read_iso(text)
    return read and read[0].date().isoformat()


def local_day(text: str, form: str, zone: str) -> str | None:
    """Give the day that it was on the zone's clock; of text without an offset the day as written."""
    read = read_format(text, parse_format(form)) if form else read_iso(text)
    if read is None or read[1] is None:
        return read and read[0].date().isoformat()
    try:
        return (read[0] - read[1]).replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date().isoformat()
    except OverflowError:
        return None


def instant(text: str, form: str, zone: str) -> str | None:
    """Give the instant in UTC.

    Text without an offset is local to the zone: an hour that comes twice is the later one, an hour that a
    change of clocks leaves out counts on from before it. Without a zone such text is no instant.
    """
    read = read_format(text, parse_format(form)) if form else read_iso(text)
    if read is None or (read[1] is None and not zone):
        return None
    at, offset = read
    try:
        moved = at - (_local_offset(at, zone) if offset is None else offset)
    except OverflowError:
        return None
    return moved.isoformat(timespec="microseconds" if moved.microsecond else "seconds") + "Z"


def _local_offset(at: datetime, zone: str) -> timedelta:
    offsets = (at.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1))
    return min(offset or timedelta() for offset in offsets)


def plain(text: str, thousands: str, mark: str, strip: str) -> str | None:
    """Give a number as people write it as digits and a point; null where its groups are not of three digits."""
    match = re.fullmatch(marked(thousands, mark, strip), text, re.ASCII)
    if match is None:
        return None
    groups = GROUP_MARKS.get(thousands, thousands)
    return match[1] + match[2].translate({ord(sign): None for sign in groups} | {ord(mark): "."})


def marked(thousands: str, mark: str, strip: str) -> str:
    """Give the pattern of a number as people write it; its groups are the sign, and the digits with their marks.

    The characters of `strip`, and spaces with them, may stand around the sign and behind the digits.
    """
    groups = "".join(map(escaped, GROUP_MARKS.get(thousands, thousands)))
    whole = rf"\d{{1,3}}(?:[{groups}]\d{{3}})+|\d*" if thousands else r"\d*"
    around = f"[{''.join(map(escaped, strip))} ]*" if strip else ""
    return rf"{around}([+-]?){around}((?:{whole})(?:{escaped(mark)}\d*)?){around}"


def expand(text: str) -> str:
    """Write a JSON number without its exponent; other text stays."""
    return decimal_text(Decimal(text)) if re.fullmatch(SCIENTIFIC, text, re.ASCII) else text


def decimal(text: str) -> str | None:
    """Give a numeral in canonical form, however long."""
    if re.fullmatch(NUMERAL, text, re.ASCII) is None:
        return None
    whole, _, fraction = text.lstrip("+-").partition(".")
    digits = whole.lstrip("0") or "0"
    if fraction := fraction.rstrip("0"):
        digits += "." + fraction
    return f"-{digits}" if text[0] == "-" and digits != "0" else digits


def whole(text: str) -> str | None:
    """Give a numeral in canonical form where it has no digits after the point."""
    exact = decimal(text)
    return None if exact is None or "." in exact else exact


def fits(text: str, before: int, after: int) -> bool:
    """Whether a canonical decimal has at most so many digits before the point (a lone 0 is none) and after it."""
    left, _, right = text.lstrip("-").partition(".")
    return len(left.lstrip("0")) <= before and len(right) <= after


def number(text: str) -> Decimal | None:
    """Give a canonical decimal as a number to compare; null beyond its digits."""
    return Decimal(text) if fits(text, WHOLE_DIGITS, FRACTION_DIGITS) else None


def rounded(text: str, scale: int) -> str | None:
    """Round a canonical decimal half-even to `scale` digits after the point."""
    exact = number(text)
    return None if exact is None else decimal_text(exact.quantize(Decimal(1).scaleb(-scale), context=_EXACT))


def decimal_text(exact: Decimal) -> str:
    """Write an exact number in canonical form."""
    return decimal(format(exact, "f")) or "0"


def yes_no(text: str) -> str | None:
    """Give `true` or `false`."""
    said = fold(text)
    return "true" if said in YES else "false" if said in NO else None


def members(text: str, separator: str) -> str | None:
    """Give the members between separators as the JSON text of a sorted list; none is null."""
    spaced = text.translate({ord(letter): " " for letter in spaced_out(separator)})
    found = {trim(part) for part in spaced.split(separator)} - {None}
    return json.dumps(sorted(map(str, found)), ensure_ascii=False, separators=(",", ":")) if found else None


def spaced_out(separator: str) -> str:
    """Give the characters that count as spaces inside a set whose members have this separator."""
    return "".join(letter for letter in CONTROLS if letter not in separator)


def next_day(text: str) -> str | None:
    """Give the day after a canonical date; the last day of the calendar has none."""
    return None if text == LAST_DAY else (date.fromisoformat(text) + timedelta(days=1)).isoformat()
