"""How one attribute runs through the stages of a mapping: what is read, why it may not hold, what is given.

The stages are those of `mapping.compile`: `plain` (a number without its marks), `read`, `judged` (the note),
`mapped` (the value). Nulls run through; a note is null where the value holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.attributes import AttributeType
from formula import canonical
from formula.expression import Call, Column, Expression, Function, Literal, call
from formula.pattern import canonical_pattern
from mapping.rules import DEFAULT_SEPARATOR, KEY, NUMBERS, WHERE, Resolved, currency_of, sources_of
from mapping.spec import Empty, FieldRule

#: The note of a value about which the source has no opinion.
SILENT = "silent"
#: The code of an empty cell where a value must be.
MISSING = "missing"
#: The code of a cell whose formula failed, and what stands before its column's name among those that are no text.
FAILED, FAILED_MARK = "error_cell", " "
#: The code of a number where a text of a certain look is wanted, and what a number looks like.
NOT_TEXT, A_NUMBER = "not_text", r"-?[0-9]+(\.[0-9]+)?"
F = Function
_NULL = Literal(None)
#: A number with a scale is kept as whole units of it in 64 bits.
DIGITS = 18


@dataclass(frozen=True, slots=True)
class AttributeForm:
    """What each stage derives for an attribute.

    plain     for `read` to read, None where the cell will do
    read      the value as canonical text, null where there is none or it cannot be read
    note      over `read` and the columns as sent; None where every cell can be read
    value     over the columns of `judged`, without what has a note
    currency  beside `read`, of money with a currency of its own
    """

    name: str
    read: Expression
    value: Expression
    note: Expression | None = None
    plain: Expression | None = None
    currency: Expression | None = None


def key_form(columns: tuple[str, ...]) -> AttributeForm:
    """Give the form of the key; a row with an empty part of it has none."""
    parts = tuple(map(trimmed, columns))
    read = parts[0] if len(parts) == 1 else Call(F.KEY, parts)
    note = call(F.IF, failed(columns), FAILED, call(F.IF, _empty(KEY), "missing_key", _NULL))
    return AttributeForm(KEY, read, held(KEY, Column(KEY)), note)


def scope_form(columns: tuple[str, ...]) -> AttributeForm:
    """Give the form of `where`: a cell that failed leaves nobody out, and its row cannot be used."""
    return AttributeForm(WHERE, _NULL, _NULL, call(F.IF, failed(columns), FAILED, _NULL))


def attribute_form(one: Resolved) -> AttributeForm:
    """Give the form of a rule without mistakes."""
    rule, name = one.rule, one.name
    if rule.value is not None:
        return AttributeForm(name, Literal(canonical_value(one, rule.value)), Column(name))
    if rule.lookup is not None:
        return _looked_up(name, _form(one, Column(found_column(name))))
    form = _form(one, put_together(rule))
    if rule.values is not None:  # which may list what a failed formula shows
        return form
    note = call(F.IF, failed(one.sources), FAILED, form.note or _NULL)
    return replace(form, note=note, value=form.value if form.note is not None else held(name, form.value))


def _form(one: Resolved, text: Expression) -> AttributeForm:
    rule, name = one.rule, one.name
    if rule.values is not None:
        return _listed(one, text, rule.values)
    if one.type in NUMBERS:
        return _number(one, text)
    if one.type in (AttributeType.DATE, AttributeType.INSTANT):
        return _moment(one, text)
    if one.type is AttributeType.YES_NO:
        return AttributeForm(name, call(F.YES_NO, text), Column(name), _unread(one, text, "not_yes_no"))
    if one.type is AttributeType.SET:
        members = call(F.MEMBERS, text, rule.separator or DEFAULT_SEPARATOR)
        return AttributeForm(name, members, Column(name), _silence(one))
    return _plain_text(one, text)


def _looked_up(name: str, form: AttributeForm) -> AttributeForm:
    """What is looked up and not there has a note of its own."""
    asked, hit = Column(asked_column(name)), Column(hit_column(name))
    missed = call(F.AND, call(F.NOT, call(F.EMPTY, asked)), call(F.EMPTY, hit))
    note = call(F.IF, missed, "not_found", form.note or _NULL)
    return replace(form, note=note, value=form.value if form.note is not None else held(name, form.value))


def _plain_text(one: Resolved, text: Expression) -> AttributeForm:
    name = one.name
    is_email = name == "email" or (one.kind is not None and one.rule.by == "email")
    read = call(F.FOLD, text) if is_email else text
    refused: tuple[Expression, str] | None = None
    if one.rule.pattern is not None:
        refused = call(F.MATCHES, Column(name), canonical_pattern(one.rule.pattern)), "pattern"
    elif one.closed:
        refused = call(F.ONE_OF, Column(name), *sorted(one.closed)), "not_listed"
    if refused is None:
        return AttributeForm(name, read, Column(name), _silence(one))
    fits = call(F.IF, refused[0], _NULL, refused[1])
    if one.rule.pattern is not None and _is_cell(one):
        is_number = call(F.AND, _is_native(one), call(F.MATCHES, text, A_NUMBER))
        fits = call(F.IF, is_number, NOT_TEXT, fits)
    note = call(F.IF, _empty(name), _blank(one), fits)
    return AttributeForm(name, read, held(name, Column(name)), note)


def _listed(one: Resolved, text: Expression, values: dict[str, str]) -> AttributeForm:
    listed = {canonical.trim(sent) or "": canonical_value(one, given) for sent, given in sorted(values.items())}
    has_blank, blank = "" in listed, listed.pop("", None)
    pairs_of = (Literal(cell) for pair in listed.items() for cell in pair)
    picked: Expression = call(F.PICK, text, *pairs_of) if listed else _NULL
    if has_blank:
        picked = call(F.IF, call(F.EMPTY, text), Literal(blank), picked)
    known = call(F.IF, call(F.ONE_OF, text, *listed), _NULL, "not_listed") if listed else Literal("not_listed")
    note = call(F.IF, call(F.EMPTY, text), _NULL if has_blank else _blank(one), known)
    return AttributeForm(one.name, picked, Column(one.name), note)


def _moment(one: Resolved, text: Expression) -> AttributeForm:
    rule, name = one.rule, one.name
    function, zone = _clock(one)
    read = call(function, text, rule.format or "", *zone)
    if rule.format and _is_cell(one):
        read = call(F.IF, _is_native(one), call(function, text, "", *zone), read)
    note = _unread(one, text, "not_a_date" if one.type is AttributeType.DATE else "not_an_instant")
    value = call(F.NEXT_DAY, Column(name)) if rule.inclusive else Column(name)
    return AttributeForm(name, read, value, note)


def _clock(one: Resolved) -> tuple[Function, tuple[str, ...]]:
    """Give by what a day or an instant is read, and on whose clock."""
    zone = one.rule.timezone
    if one.type is AttributeType.INSTANT:
        return F.INSTANT, (zone or "",)
    return (F.DATE, ()) if zone is None else (F.LOCAL_DAY, (zone,))


def _number(one: Resolved, text: Expression) -> AttributeForm:
    rule, name = one.rule, one.name
    function = F.WHOLE if one.type is AttributeType.WHOLE else F.DECIMAL
    native = call(F.EXPAND, text)
    plain: Expression | None = None
    if rule.thousands or rule.strip or (rule.decimal_mark or ".") != ".":
        plain = call(F.PLAIN, text, rule.thousands or "", rule.decimal_mark or ".", rule.strip or "")
        if _is_cell(one):
            plain = call(F.IF, _is_native(one), native, plain)
        digits: Expression = Column(plain_column(name))
        read: Expression = call(function, digits)
    else:
        digits = text
        read = call(function, text)
        if _is_cell(one):
            digits = call(F.IF, _is_native(one), native, text)
            read = call(function, digits)
    code: Expression = Literal("not_a_number")
    if one.type is AttributeType.WHOLE:
        code = call(F.IF, call(F.EMPTY, call(F.DECIMAL, digits)), code, "not_whole")
    note = call(F.IF, _empty(name), call(F.IF, call(F.EMPTY, text), _blank(one), code), _NULL)
    form = AttributeForm(name, read, Column(name), note, plain)
    return form if one.scale is None else _scaled(one, form, one.scale)


def _scaled(one: Resolved, amount: AttributeForm, scale: int) -> AttributeForm:
    """A number whose digits are counted; of a fact what is wrong with its currency is for the whole fact to say."""
    rule, name = one.rule, one.name
    digits = canonical.FRACTION_DIGITS if rule.round is not None else scale
    value = call(F.ROUND, Column(name), scale) if rule.round is not None else Column(name)
    currency_rule, currency = currency_of(rule), None
    fine: Expression = _NULL
    if currency_rule is not None:
        given = currency_rule.value
        currency = Literal(canonical.trim(given)) if given is not None else put_together(currency_rule)
        if one.kind is None:
            fine = call(F.IF, call(F.MATCHES, Column(currency_column(name)), "[A-Z]{3}"), _NULL, "currency_missing")
    fits = call(F.FITS, Column(name), DIGITS - scale, digits)
    judged = call(F.IF, fits, fine, "too_many_digits")
    note = call(F.IF, _empty(name), amount.note or _NULL, judged)
    return AttributeForm(name, amount.read, held(name, value), note, amount.plain, currency)


def canonical_value(one: Resolved, text: str) -> str | None:
    """Give a value written in the mapping itself in canonical form; null where it is none of that type."""
    said, rule = canonical.trim(text), one.rule
    if said is None:
        return None
    match one.type:
        case AttributeType.DATE:
            return canonical.day(said, "")
        case AttributeType.INSTANT:
            return canonical.instant(said, "", rule.timezone or "")
        case AttributeType.WHOLE:
            return canonical.whole(said)
        case AttributeType.DECIMAL | AttributeType.MONEY:
            return canonical.decimal(said)
        case AttributeType.YES_NO:
            return canonical.yes_no(said)
        case AttributeType.SET:
            return canonical.members(said, rule.separator or DEFAULT_SEPARATOR)
        case _:
            return canonical.fold(said) if one.name == "email" else said


def put_together(rule: FieldRule) -> Expression:
    """Give the text of a rule: one column, or several put together."""
    sources = sources_of(rule)
    if len(sources) == 1:
        return trimmed(sources[0])
    separator = " " if rule.join is None else rule.join
    return call(F.JOIN, separator, *map(trimmed, sources))


def _unread(one: Resolved, text: Expression, code: str) -> Expression:
    return call(F.IF, _empty(one.name), call(F.IF, call(F.EMPTY, text), _blank(one), code), _NULL)


def _silence(one: Resolved) -> Expression | None:
    """The note of what can always be read."""
    return None if one.rule.empty is Empty.NULL else call(F.IF, _empty(one.name), _blank(one), _NULL)


def _blank(one: Resolved) -> Expression:
    return {Empty.ABSENT: Literal(SILENT), Empty.PROBLEM: Literal(MISSING)}.get(one.rule.empty, _NULL)


def held(name: str, value: Expression) -> Expression:
    """Give a value where it has no note."""
    return call(F.IF, call(F.EMPTY, Column(note_column(name))), value, _NULL)


def _is_cell(one: Resolved) -> bool:
    """Tell whether the text is one cell as sent, which may be of a type of its own."""
    return len(one.sources) == 1 and one.rule.lookup is None


def _is_native(one: Resolved) -> Expression:
    return call(F.IS_NATIVE, Column("_native"), one.sources[0])


def failed(columns: tuple[str, ...]) -> Expression:
    """Tell whether a cell of any of these columns shows an error in place of a value."""
    shows = [call(F.IS_NATIVE, Column("_native"), FAILED_MARK + one) for one in columns]
    return shows[0] if len(shows) == 1 else Call(F.OR, tuple(shows))


def trimmed(column: str) -> Expression:
    """Give a column of the source as every rule sees it."""
    return call(F.TRIM, Column(sent_column(column)))


def _empty(name: str) -> Expression:
    return call(F.EMPTY, Column(name))


def sent_column(column: str) -> str:
    """Name a column as sent."""
    return f"sent:{column}"


def plain_column(name: str) -> str:
    """Name a number without its marks."""
    return f"plain:{name}"


def asked_column(name: str) -> str:
    """Name what is looked up."""
    return f"asked:{name}"


def hit_column(name: str) -> str:
    """Name the key of what was found."""
    return f"hit:{name}"


def found_column(name: str) -> str:
    """Name what was found."""
    return f"found:{name}"


def note_column(name: str) -> str:
    """Name a note."""
    return f"{name}__note"


def currency_column(name: str) -> str:
    """Name the currency of money."""
    return f"{name}__currency"
