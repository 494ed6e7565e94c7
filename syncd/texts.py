"""What people read, in their language, with dates, numbers and money as their locale writes them.

The English text is the key of the catalogue (gettext); `syncd/locales/LANGUAGE.po` holds another language's. Codes have
their texts here: what a program reads is the code, whatever the language.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, localcontext
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent

from domain.currency import minor_digits

#: The languages that there are texts in.
LANGUAGES = ("en", "da")
_FOLDER = Path(__file__).parent / "locales"
#: More digits than any value has, before the point and after it.
_EXACT = 100
_ROOM = Context(prec=_EXACT)


def told(text: str) -> str:
    """Mark a text for the catalogue; it is translated where it is shown."""
    return text


#: Why somebody gets nothing, or less than was counted (`calc.reason`), and how far something has come.
CODES: Mapping[str, str] = {
    "not_a_participant": told("not a participant in that period"),
    "no_plan": told("on no plan in that period"),
    "no_pay_group": told("in no pay group, so no pay run pays it"),
    "other_pay_group": told("paid with another pay group"),
    "unknown_plan": told("the plan was never published"),
    "plan_not_in_force": told("the plan is not in force on those days"),
    "other_calendar": told("paid by another calendar"),
    "nothing_due": told("nothing of the plan is paid in that pay period"),
    "no_terms": told("the plan does not pay this on those days"),
    "no_transactions": told("no deal was credited"),
    "nets_to_nothing": told("what was credited takes itself back"),
    "below_threshold": told("less than the plan begins to pay on"),
    "not_reached": told("less than the bonus asks for"),
    "rounds_to_nothing": told("less than the smallest amount"),
    "capped": told("limited by a cap"),
    "no_quota": told("set aside: a quota is missing"),
    "quota_currency": told("set aside: the quota is in another currency than the plan"),
    "quota_not_positive": told("set aside: the quota is not above zero"),
    "no_rate": told("set aside: a rate of exchange is missing"),
    "rate_too_old": told("set aside: the rate of exchange is too old"),
    "overlapping_plans": told("set aside: on the same plan twice"),
    "paid_already": told("paid already by another pay run"),
    "open": told("open"),
    "calculated": told("calculated"),
    "submitted": told("submitted"),
    "returned": told("returned"),
    "approved": told("approved"),
    "committed": told("committed"),
    "proposed": told("proposed"),
    "rejected": told("rejected"),
    "earned": told("earned"),
    "retro": told("corrected later"),
    "manual": told("adjusted by hand"),
    "held": told("held"),
    "due": told("due"),
    "paid": told("paid"),
    "forfeited": told("forfeited"),
    "brought_forward": told("brought forward"),
    "cut_by_caps": told("cut by caps"),
    "adjusted": told("adjusted"),
    "carried_forward": told("carried forward"),
}

#: How steps of an explanation read (`calc.explanation`, `calc.wording`); `{}` stands for a name, a day or a number.
RULES = (
    told("rounded once, {}, to {} digits"),
    told("what the cap leaves, rounded once, {}, to {} digits"),
    told("converted once, at the rate of the last day, to {} digits"),
    told("the sum of {} lines"),
    told("{} of {} lines"),
    told("amount as given"),
    told("all that is counted"),
    told("counted before it"),
    told("counted so far, with this one"),
    told("nothing is earned"),
    told("the amount, once as much is counted as is asked for"),
    told("what is asked for"),
    told("the target"),
    told("what is credited"),
    told("what {} pays, V{}"),
    told("where tier {} of {} ends, V{}"),
    told("where tier {} ends"),
    told("where {} is reached, V{}"),
    told("rate of tier {} of {}, V{}"),
    told("rate of {}, V{}"),
    told("cap of {}, V{}"),
    told("one {} in {} on the last day of {}"),
    told("one {} in {} from {} on"),
    told("in {}, to {} digits"),
    told("share of {}"),
    told("quota of {} for {} to {}"),
    told("plan {} V{}, in force from {}, published by {}, approved by {}"),
    told("on plan {} from {}"),
    told("steps of days that are not yours to see: {}"),
    told("booked before"),
    told("booked before, under {}"),
    told("their part: whole split by share, the last digits to the largest remainders"),
)
_ROUNDED = (told("half-even"), told("half-up"), told("half-down"), told("up"), told("down"))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIDED = told("{}; {}, approved by {} on {} ({})")
_OF = told("{} of {}")
_PRODUCT = re.compile(r"(-?[0-9.]+)% of (-?[0-9.]+)")


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

    def rule(self, rule: str) -> str | None:
        """Say a step of an explanation; None where it has no text in the reader's language, and is told in English."""
        if self.language == "en":
            return rule
        if found := _pattern(_DECIDED).fullmatch(rule):
            about, *decided = found.groups()
            said = self.rule(about)
            return self.get(_DECIDED).format(said, *decided[:2], self.day(decided[2]), decided[3]) if said else None
        if _PRODUCT.search(rule) and not re.search(r"[a-z]", _PRODUCT.sub("", rule)):
            return _PRODUCT.sub(self._product, rule)
        for one in RULES:
            if found := _pattern(one).fullmatch(rule):
                return self.get(one).format(*map(self._named, found.groups()))
        return None

    def _product(self, found: re.Match[str]) -> str:
        digits = len(found[2].partition(".")[2])
        with localcontext(_ROOM):
            amount = format_decimal(Decimal(found[2]), f"#,##0.{'0' * digits}".rstrip("."), self.locale)
        return self.get(_OF).format(self.share(Decimal(found[1]).scaleb(-2, _ROOM)), amount)

    def _named(self, name: str) -> str:
        return self.day(name) if _DAY.fullmatch(name) else self.get(name) if name in _ROUNDED else name

    def day(self, day: date | str | None) -> str:
        """Write a day."""
        if day is None:
            return ""
        return format_date(date.fromisoformat(day) if isinstance(day, str) else day, locale=self.locale)

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
    return re.compile("(.+?)".join(re.escape(part) for part in text.split("{}")))


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
