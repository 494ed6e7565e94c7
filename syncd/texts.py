"""What people read, in their language, with dates, numbers and money as their locale writes them.

The English text is the key of the catalogue (gettext); `syncd/locales/LANGUAGE.po` holds another language's. Codes have
their texts in `syncd.catalogue`: what a program reads is the code, whatever the language.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal, localcontext
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent

from domain.attributes import CLOSED, STANDARD, AttributeType
from domain.currency import minor_digits
from syncd.catalogue import ATTRIBUTES, CODES, MEMBER_OF, QUOTA_OF, Said, told
from syncd.sentences import (
    ASKED,
    CAUSES,
    NO_RIGHT,
    NOT_DECIDED,
    OF_GROUP,
    RECOMPUTED,
    RIGHTS,
    ROUNDINGS,
    RULES,
    SAYS,
    SENTENCES,
)

#: The languages that there are texts in.
LANGUAGES = ("en", "da")
_FOLDER = Path(__file__).parent / "locales"
#: More digits than any value has, before the point and after it.
_EXACT = 100
_ROOM = Context(prec=_EXACT)


_ROUNDED = (told("half-even"), told("half-up"), told("half-down"), told("up"), told("down"))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIDED = told("{}; {}, approved by {} on {} ({})")
_WHY = re.compile("((?>.+?; C[0-9]+, approved by )(?>.+? on [0-9-]{10} [(]B[0-9]+[)]))(?:: (.*))?", re.DOTALL)
#: Between two sources, and what one says: each looks at the text once, however long it is.
_BETWEEN, _SAYING = (
    re.compile("(?:(?<=')|(?<= says nothing)); (?=[^ ]+ says )"),
    re.compile("([^ ]+) says ('.*'|nothing)", re.DOTALL),
)
_OF = told("{} of {}")
_NOTHING, _NOTHING_SAID = told("none"), told("nothing")
_AMOUNT, _SHARE, _NUMBER = (re.compile(f"(-?[0-9]+(?:[.][0-9]+)?){unit}") for unit in (" ([A-Z]{3})", " %", ""))
_COUNT = "{:,}"
_HOLES = {"{}": "(.+?)", _COUNT: "([0-9]{1,3}(?:,[0-9]{3})*)"}
_HOLE = re.compile(f"({'|'.join(map(re.escape, _HOLES))})")
_ABOUT, _ID = re.compile("[A-Z][0-9]+: "), re.compile("[A-Z][0-9]+")
_PRODUCT = re.compile(r"(-?[0-9]+(?:[.][0-9]+)?)% of (-?[0-9]+(?:[.][0-9]+)?)")


@dataclass(frozen=True, slots=True)
class Texts:
    """How one reader is written to: in a language, with the numbers and dates of a locale."""

    language: str
    locale: Locale

    def get(self, text: str) -> str:
        """Give a text of the catalogue."""
        return _catalogue(self.language).gettext(text)

    def several(self, one: str, more: str, count: int) -> str:
        """Give a text that depends on a number."""
        return _catalogue(self.language).ngettext(one, more, count)

    def code(self, code: object) -> str:
        """Say a code in words; one without any as it is, readable."""
        plain = str(getattr(code, "value", code))
        return self.get(CODES[plain]) if plain in CODES else plain.replace("_", " ")

    def attribute(self, name: str) -> str:
        """Name an attribute."""
        kind, _, rest = name.partition(":")
        if kind == "quota":
            return self.get(QUOTA_OF).format(rest)
        if kind == "member":
            unit, _, called = rest.partition(":")
            return self.get(MEMBER_OF).format(self.attribute(unit), called)
        return self.get(ATTRIBUTES[name]) if name in ATTRIBUTES else name.replace("_", " ")

    def value(self, name: str, value: str) -> str | None:
        """Say a value that is a word, a day or a number; None where it is text as somebody wrote it."""
        match STANDARD.get(name):
            case AttributeType.DATE:
                return self.day(value)
            case AttributeType.DECIMAL | AttributeType.WHOLE | AttributeType.MONEY:
                return self.number(value)
        is_word = name in (*CLOSED, "ended_by") or STANDARD.get(name) is AttributeType.YES_NO
        return self.attribute(value) if is_word and value in ATTRIBUTES else None

    def moved(self, told: str) -> str:
        """Say what differs since a rejection (`domain.rejection`): an attribute, what it was, and what it is now."""
        name, _, values = told.partition(" ")
        was, arrow, now = values.partition(" -> ")
        said = [self.get(one) if one == _NOTHING_SAID else self.value(name, one) or one for one in (was, now)]
        return f"{self.attribute(name)} " + ("\xa0→ ".join(said) if arrow else values)

    def say(self, said: Said) -> str:
        """Say a text with what stands in its holes: numbers and days as the reader writes them."""
        return self._filled(said.text, [one if isinstance(one, str) else self._written(one) for one in said.named])

    def sentence(self, text: str, among: Sequence[str] = SENTENCES) -> str | None:
        """Say a sentence of syncd; None where it is told in English, as it has no text in the reader's language.

        One about something begins with its id (`Q12: `), and may end with a full stop that its text has not.
        """
        if self.language == "en" or not text:
            return text
        about = _ABOUT.match(text)
        begin, rest = (about[0], text[about.end() :]) if about else ("", text)
        for frame in NOT_DECIDED:
            if (found := _pattern(frame).fullmatch(rest)) and _ID.fullmatch(found[1]):
                why = self._sentence(found[2], among)
                return self.get(frame).format(found[1], why) if why is not None else None
        said = self._sentence(rest, among)
        return begin + said if said is not None else None

    def _sentence(self, text: str, among: Sequence[str]) -> str | None:
        for one, end in ((text, ""), (text.removesuffix("."), ".")):
            for known in among:
                if found := _pattern(known).fullmatch(one):
                    return self._filled(known, self._meant(known, found.groups())) + end
        return None

    def rule(self, rule: str) -> str | None:
        """Say a step of an explanation; None where it has no text in the reader's language, and is told in English."""
        said = self._step(rule)
        return rule if said is None and self.language == "en" else said

    def _step(self, rule: str) -> str | None:
        if (decided := _WHY.fullmatch(rule)) and (found := _pattern(_DECIDED).fullmatch(decided[1])):
            said = self._rule(found[1])
            step = self.get(_DECIDED).format(said, *map(self._named, found.groups()[1:])) if said else None
            return f"{step}: {decided[2]}" if step and decided[2] else step
        for one in RECOMPUTED:
            if found := _pattern(one).fullmatch(rule):
                return self.get(one).format(found[1], self.cause(found[2]))
        return self._rule(rule)

    def _rule(self, rule: str) -> str | None:
        if _PRODUCT.search(rule) and not re.search(r"[a-z]", _PRODUCT.sub("", rule)):
            return _PRODUCT.sub(self._product, rule)
        for one in RULES:
            if found := _pattern(one).fullmatch(rule):
                named = [self._named(value) for value in found.groups()]
                if one in ROUNDINGS and named[0] in _ROUNDED:
                    named[0] = self.get(named[0])
                return self.get(one).format(*named)
        return None

    def cause(self, cause: str) -> str:
        """Say what made the difference of a retroactive amount; what has no text, as changes by their ids, as it is."""
        return "; ".join(map(self._cause, cause.split("; ")))

    def _cause(self, part: str) -> str:
        for one in CAUSES:
            if found := _pattern(one).fullmatch(part):
                return self.get(one).format(*map(self._found, found.groups()))
        return part

    def _filled(self, text: str, values: Sequence[str]) -> str:
        return self.get(text).replace(_COUNT, "{}").format(*values)

    def _written(self, value: int | date) -> str:
        return self.number(value) if isinstance(value, int) else self.day(value)

    def _meant(self, known: str, values: Sequence[str]) -> list[str]:
        """Write what a sentence names as the reader does: counts, days and a right; a name stays as it is."""
        holes = _HOLE.findall(known)
        meant = [
            self.number(value.replace(",", "")) if hole == _COUNT else self._called(value)
            for hole, value in zip(holes, values, strict=True)
        ]
        if known == NO_RIGHT and values[0] in RIGHTS:
            meant[0] = self.get(RIGHTS[values[0]])
        if known in ASKED:
            attribute, space, value = values[0].partition(" ")
            meant[0] = f"{self.attribute(attribute)}{space}{value}"
            meant[2:3] = map(self._sayings, meant[2:3])
        return meant

    def _sayings(self, said: str) -> str:
        """Say what each source says; where a value reads so much like it that they cannot be told apart, as it is."""
        found = [_SAYING.fullmatch(one) for one in _BETWEEN.split(said)]
        each = [
            self.get(SAYS).format(one[1], self.get(one[2]) if one[2] == _NOTHING_SAID else one[2])
            for one in found if one is not None
        ]  # fmt: skip
        return "; ".join(each) if len(each) == len(found) else said

    def _called(self, value: str) -> str:
        if found := _pattern(OF_GROUP).fullmatch(value):
            return self._filled(OF_GROUP, found.groups())
        return self._named(value)

    def _found(self, value: str) -> str:
        """Write a value that a cause names as the reader does; a name stays as it is."""
        if found := _AMOUNT.fullmatch(value):
            return self.money(found[1], found[2])
        if found := _SHARE.fullmatch(value):
            return self.share(Decimal(found[1]).scaleb(-2, _ROOM))
        if _NUMBER.fullmatch(value):
            return self.number(value)
        return self.get(value) if value == _NOTHING else self._named(value)

    def _product(self, found: re.Match[str]) -> str:
        digits = len(found[2].partition(".")[2])
        with localcontext(_ROOM):
            amount = format_decimal(Decimal(found[2]), f"#,##0.{'0' * digits}".rstrip("."), self.locale)
        return self.get(_OF).format(self.share(Decimal(found[1]).scaleb(-2, _ROOM)), amount)

    def _named(self, name: str) -> str:
        """Write a day as the reader does; what is called otherwise, or like no day that there is, stays as it is."""
        try:
            return self.day(name) if _DAY.fullmatch(name) else name
        except ValueError:
            return name

    def day(self, day: date | str | None) -> str:
        """Write a day."""
        if day is None:
            return ""
        return format_date(date.fromisoformat(day) if isinstance(day, str) else day, locale=self.locale)

    def moment(self, moment: datetime | None) -> str:
        """Write a moment as it is by the clock of its zone, to the minute."""
        return f"{self.day(moment.date())} {moment:%H:%M}" if moment is not None else ""

    def money(self, amount: Decimal | str, currency: str) -> str:
        """Write an amount with the digits its currency is paid in, unless it has more."""
        value = Decimal(amount)
        if _after_point(value.normalize(_ROOM)) > minor_digits(currency):
            return f"{self.number(value)}\xa0{currency}"
        pattern = f"#,##0.{'0' * minor_digits(currency)}".rstrip(".") + "\xa0¤¤"
        with localcontext(_ROOM):
            return format_currency(value, currency, pattern, self.locale, currency_digits=False)

    def number(self, value: Decimal | int | str) -> str:
        """Write a number with all its digits."""
        exact = Decimal(value)
        with localcontext(_ROOM):
            return format_decimal(exact, f"#,##0.{'#' * _after_point(exact)}".rstrip("."), self.locale)

    def share(self, value: Decimal | str) -> str:
        """Write a share as a percentage, with all its digits: as it stands, it multiplies out."""
        exact = Decimal(value)
        pattern = f"#,##0.{'#' * max(0, _after_point(exact) - 2)}".rstrip(".")
        with localcontext(_ROOM):
            return format_percent(exact, f"{pattern} %" if self.language == "da" else f"{pattern}%", self.locale)


def texts_for(wanted: Sequence[str]) -> Texts:
    """Give how to write to somebody who reads these languages best, the best first (`da`, `en-GB`); else English."""
    for tag in wanted:
        try:
            locale = Locale.parse(tag, sep="-" if "-" in tag else "_")
        except (UnknownLocaleError, ValueError):
            continue
        if locale.language in LANGUAGES:
            return Texts(locale.language, locale)
    return Texts("en", Locale("en"))


def _after_point(value: Decimal) -> int:
    return max(0, -int(value.as_tuple().exponent))


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Give what a text looks like when it is filled.

    A hole ends where what follows it comes first, and is never made longer (`(?>`): long text is read once.
    """
    first, *parts = _HOLE.split(text)
    pairs = [_HOLES[hole] + re.escape(after) for hole, after in zip(parts[::2], parts[1::2], strict=True)]
    return re.compile(re.escape(first) + "".join(f"(?>{one})" for one in pairs[:-1]) + "".join(pairs[-1:]))


@cache
def _catalogue(language: str) -> NullTranslations:
    """Give the catalogue of a language; English is its own."""
    path = _FOLDER / f"{language}.po"
    if not path.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
