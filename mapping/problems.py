"""What a note means to a person: where, what, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from domain.problem import Problem
from formula.parse import suggestion
from mapping.compile import MappingForm
from mapping.rules import DEFAULT_SCALE, Resolved


@dataclass(frozen=True, slots=True)
class Note:
    """Why one value of one row could not be used.

    `field` is an attribute, or `key`, `effective`, `until`, `engagement`, `primary`; `value` is what was sent
    in `column` (several columns: their names and values put together).
    """

    row: int
    place: str
    key: str | None
    field: str
    code: str
    value: str | None
    column: str | None


def problem_of(note: Note, form: MappingForm) -> Problem:
    """Say a note in plain words, with what to do about it."""
    rule = form.rules.get(note.field) or form.rules[f"_{note.field}"]
    return Problem(
        row=note.row,
        code=note.code,
        message=f"{_what(note, rule)}; {_remedy(note, rule)}",
        place=note.place,
        key=note.key,
        field=note.field,
        column=note.column,
        value=note.value,
    )


def _what(note: Note, one: Resolved) -> str:
    said, rule = f"'{note.value}'", one.rule
    written = f" written as {rule.format}" if rule.format else " written as 2026-03-31"
    match note.code:
        case "missing":
            return f"{note.field} is empty"
        case "missing_key":
            return f"the key is empty ({note.column})"
        case "not_a_date":
            return f"{said} is not a date{written}"
        case "not_an_instant":
            zone = "" if rule.timezone or rule.format else " with an offset"
            return f"{said} is not a date and time{written if rule.format else ' written as ISO'}{zone}"
        case "not_a_number":
            return f"{said} is not a number{_written(one)}"
        case "not_whole":
            return f"{said} is not a whole number"
        case "not_yes_no":
            return f"{said} is not yes or no (true, false, yes, no, y, n, 1, 0)"
        case "pattern":
            return f"{said} does not look like {rule.pattern}"
        case "not_text":
            return f"{said} is a number there, and {rule.pattern} is about a text: zeros before it may be lost"
        case "error_cell":
            return f"{said} is what a cell shows whose formula failed"
        case "too_many_digits":
            scale = DEFAULT_SCALE if one.scale is None else one.scale
            return f"{said} has more than {scale} digits after the point, or more than {18 - scale} before it"
        case "not_found":
            return f"{said} is not in the table {rule.lookup}"
        case "currency_missing":
            return f"{said} has no currency of three capital letters beside it"
        case _:
            return f"{said} is none of the values of {note.field}{_meant(note, one)}"


def _remedy(note: Note, one: Resolved) -> str:
    match note.code:
        case "missing":
            return "fill it in at the source, or leave out `empty: problem`"
        case "missing_key":
            return "give the record its key in the source"
        case "not_a_date":
            return "correct it in the source or change `format`"
        case "not_an_instant":
            return "correct it in the source, or say `timezone` or `format`"
        case "not_a_number":
            return "correct it in the source or say `thousands`, `strip` or `decimal_mark`"
        case "too_many_digits":
            return "correct it in the source or say `round: half_even` or another `scale`"
        case "pattern":
            zeros = " (a spreadsheet may have dropped leading zeros)" if (note.value or "").isdigit() else ""
            return f"correct it in the source{zeros} or change `pattern`"
        case "not_text":
            return "make the column text in the spreadsheet, and write it there anew"
        case "error_cell":
            return "correct the formula, let it be calculated, and save it anew"
        case "not_listed":
            return "correct it in the source or list it under `values`" if one.rule.values else "map it with `values`"
        case "not_found":
            return "correct it in the source, or add it to the table"
        case "currency_missing":
            return "correct it in the source or say `currency: {value: USD}`"
        case _:
            return "correct it in the source"


def _written(one: Resolved) -> str:
    marks = [f"'{one.rule.thousands}' between thousands"] if one.rule.thousands else []
    marks += [f"'{one.rule.decimal_mark}' before the decimals"] if one.rule.decimal_mark else []
    return f" with {' and '.join(marks)}" if marks else ""


def _meant(note: Note, one: Resolved) -> str:
    known = tuple(one.rule.values or one.closed)
    return suggestion(note.value or "", known)
