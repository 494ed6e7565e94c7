"""A statement as files: a PDF to print, and a spreadsheet to calculate with; both say what the page says."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from domain.currency import minor_digits
from domain.errors import FixFile
from syncd.documents import Document
from syncd.texts import Texts

_FORM = Path(__file__).with_name("statement.typ")
#: What a statement adds up, in this order; what is told of it always; and what it takes off.
_SUMS = ("brought_forward", "earned", "cut_by_caps", "adjusted", "paid", "carried_forward")
#: What the command's document has not: it leaves nothing out.
_WHOLE: Document = {"hidden": 0, "known_at": None}
_ALWAYS = ("earned", "paid")
_TAKEN = "cut_by_caps"
#: As many digits as a spreadsheet keeps of a number; a longer one is written as text.
_KEPT = 15
#: What nobody sees and a PDF may not hold: control characters, halves of pairs, what is no character.
_UNSEEN = ("Cc", "Cs", "Cn")
_MARK = "\ufeff"
#: A fixed day, so that the same statement is the same bytes.
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - spreadsheets know no zone


def statement_pdf(document: Document, texts: Texts) -> bytes:
    """Give a statement (the document of `statement`) as a PDF that is tagged for readers of the screen.

    `FixFile` where the program that sets it is not installed.
    """
    try:
        import typst  # noqa: PLC0415 - an extra: 85 MB that only this needs
    except ImportError:
        raise FixFile("a PDF needs the extra `pdf`: pip install 'syncd[pdf]'") from None
    data = json.dumps(_printable(_laid_out({**_WHOLE, **document}, texts)), ensure_ascii=False)
    try:
        made: Any = typst.compile(_FORM.read_bytes(), sys_inputs={"data": data}, pdf_standards=["ua-1"])
    except (
        typst.TypstError
    ):  # a character that no installed font has: the standard refuses it, a plain PDF prints a box
        made = typst.compile(_FORM.read_bytes(), sys_inputs={"data": data})
    return bytes(made)


def _printable(given: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """Leave out of all texts what nobody sees and a PDF may not hold."""
    if isinstance(given, str):
        return "".join(one for one in given if one != _MARK and unicodedata.category(one) not in _UNSEEN)
    if isinstance(given, dict):
        return {name: _printable(one) for name, one in given.items()}
    return [_printable(one) for one in given] if isinstance(given, list) else given


def statement_sheet(document: Document, texts: Texts) -> bytes:
    """Give a statement as a workbook: what it is, its lines, what they add up to, and every step.

    What caps cut is below zero: every column adds up as it stands.
    """
    document = {**_WHOLE, **document}
    file = io.BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, safe) as book:
        book.set_properties({"created": _MADE, "title": _title(document, texts)})
        bold = book.add_format({"bold": True})
        _write(book, texts.get("About"), _about(document, texts), bold)
        _write(book, texts.get("Statement"), _lines(document, texts), bold)
        _write(book, texts.get("Sums"), _sums(document, texts), bold)
        _write(book, texts.get("Steps"), _steps(document, texts), bold)
    return file.getvalue()


def _write(book: Any, name: str, rows: Iterator[list[object]], bold: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
    sheet = book.add_worksheet(name)
    formats: dict[str, Any] = {}
    for nth, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, Decimal) and len(cell.as_tuple().digits) <= _KEPT:
                digits = max(0, -int(cell.as_tuple().exponent))
                shown = "#,##0" + (f".{'0' * digits}" if digits else "")
                if shown not in formats:
                    formats[shown] = book.add_format({"num_format": shown})
                sheet.write_number(nth, column, cell, formats[shown])
            elif cell not in (None, ""):
                sheet.write_string(nth, column, str(cell), bold if nth == 0 else None)
    sheet.freeze_panes(1, 0)
    sheet.autofit()


def _lines(document: Document, texts: Texts) -> Iterator[list[object]]:
    _ = texts.get
    yield [_("For"), _("Plan"), _("What"), _("Earned in"), _("Counted"), _("Target"), _("Reached"), _("Cut by caps"),
           _("Amount"), _("Currency"), _("Legal entity"), _("Why")]  # fmt: skip
    for one in document["lines"]:
        yield [
            one["component"], one["plan"], texts.code(one["kind"]), one["earned_period"], _number(one["counted"]),
            _number(one["target"]), one["attainment"], _cut(one),
            _amount(one["amount"], one["currency"]), one["currency"], one["legal_entity"], _why(one, texts),
        ]  # fmt: skip


def _about(document: Document, texts: Texts) -> Iterator[list[object]]:
    yield [_title(document, texts), document["name"]]
    for one in (*_what(document, texts), *((note,) for note in _notes(document, texts))):
        yield [*one]


def _sums(document: Document, texts: Texts) -> Iterator[list[object]]:
    yield [texts.get("Legal entity"), texts.get("Currency"), *(texts.code(name).capitalize() for name in _SUMS)]
    for one in document["payouts"]:
        yield [
            one["legal_entity"], one["currency"], *(_amount(str(sum_), one["currency"]) for _, sum_ in _signed(one))
        ]  # fmt: skip


def sums_of(payout: Document) -> list[tuple[str, Decimal]]:
    """Give what a payout adds up, in order, with the sign with which it counts; what is nothing only where it is told.

    Told always: what was earned, and what is paid.
    """
    return [(name, amount) for name, amount in _signed(payout) if amount or name in _ALWAYS]


def hidden_note(document: Document, texts: Texts) -> str:
    """Say how many amounts are left out of a statement; nothing where none is."""
    count = document["hidden"]
    said = texts.several(
        "%(num)d amount is for days that are not yours to see.",
        "%(num)d amounts are for days that are not yours to see.",
        count,
    )
    return said % {"num": count} if count else ""


def _signed(payout: Document) -> list[tuple[str, Decimal]]:
    return [(name, Decimal(payout[name]) * (-1 if name == _TAKEN else 1)) for name in _SUMS]


def _steps(document: Document, texts: Texts) -> Iterator[list[object]]:
    _ = texts.get
    yield [_("For"), _("Depth"), _("Value"), _("Unit"), _("Step"), _("Why"), _("From")]
    for one in document["lines"]:
        for depth, node in _each(one["steps"]):
            value = _number(node["value"]) if node["unit"] else node["value"]
            why = texts.code(node["code"]) if node["code"] else None
            rule = texts.rule(node["rule"]) or node["rule"]
            yield [one["component"], Decimal(depth), value, node["unit"], rule, why, _places(node)]


def _laid_out(document: Document, texts: Texts) -> Document:
    """Give everything that the PDF prints, as texts."""
    _ = texts.get
    return {
        "language": texts.language,
        "title": _title(document, texts),
        "name": document["name"] or document["participant"],
        "about": [[name, told] for name, told in _what(document, texts)],
        "notes": _notes(document, texts),
        "nothing": texts.code(document["code"]) if document["code"] else "",
        "heads": [_("For"), _("Earned in"), _("Counted"), _("Reached"), _("Amount")],
        "lines": [
            [
                f"{one['plan']} {one['component']}"
                + ("" if one["kind"] == "earned" else f", {texts.code(one['kind'])}"),
                one["earned_period"] or "",
                texts.number(one["counted"]) if one["counted"] else "",
                reached(one, texts),
                texts.money(one["amount"], one["currency"]),
                _why(one, texts) or "",
            ]
            for one in document["lines"]
        ],
        "sums": [
            {
                "title": f"{one['legal_entity'] or _('No legal entity')}, {one['currency']}",
                "rows": [
                    [texts.code(name).capitalize(), texts.money(amount, one["currency"])]
                    for name, amount in sums_of(one)
                ],
            }
            for one in document["payouts"]
        ],
        "steps_title": _("How it came about"),
        "steps": [
            {
                "title": f"{one['plan']} {one['component']}",
                "rows": [
                    [depth, node_value(node, texts), texts.rule(node["rule"]) or node["rule"], _places(node)]
                    for depth, node in _each(one["steps"])
                ],
            }
            for one in document["lines"]
        ],
    }


def _what(document: Document, texts: Texts) -> Iterator[tuple[str, str]]:
    """Tell what a statement is: of whom, of when, how far it has come, and what was known then."""
    _ = texts.get
    yield _("Participant"), document["participant"]
    yield _("Pay period"), document["period"]
    yield _("State"), texts.code(document["state"])
    yield _("Calculation"), _("{}, as known at revision {}").format(document["run"], document["revision"])
    if document["known_at"] is not None:
        yield _("Revision of"), texts.moment(datetime.fromisoformat(document["known_at"]))


def _notes(document: Document, texts: Texts) -> list[str]:
    """Tell what must be known of a statement before it is read."""
    draft = texts.get("Not approved yet: it may change.") if document["state"] not in ("approved", "committed") else ""
    return [one for one in (draft, hidden_note(document, texts)) if one]


def reached(line: Document, texts: Texts) -> str:
    """Write which part of the target a line reaches; nothing where it has none."""
    told = line["attainment"]
    return texts.share(Decimal(told.removesuffix("%")) / 100) if told else ""


def node_value(node: Document, texts: Texts) -> str:
    """Write the value of a step."""
    value, unit = node["value"], node["unit"]
    if value is None or unit is None:
        return str(value or "")
    if unit == "share":
        return texts.share(value)
    try:
        return texts.money(value, unit) if len(unit) == len("USD") and unit.isupper() else texts.number(value)
    except ArithmeticError:
        return str(value)


def _title(document: Document, texts: Texts) -> str:
    return f"{texts.get('Statement')} {document['period']}"


def _each(node: Document, depth: int = 0) -> Iterator[tuple[int, Document]]:
    yield depth, node
    for one in node["inputs"]:
        yield from _each(one, depth + 1)


def _why(line: Document, texts: Texts) -> str | None:
    if line["reason"]:
        return texts.code(line["reason"])
    return texts.cause(line["cause"]) if line["cause"] else None


def _places(node: Document) -> str:
    return ", ".join(one["place"] or f"{one['feed']} {one['key']}" for one in node["rows"])


def _number(text: str | None) -> Decimal | str | None:
    try:
        return Decimal(text) if text is not None else None
    except ArithmeticError:
        return text


def _cut(line: Document) -> Decimal | None:
    """Give what a cap took off a line; nothing where it took nothing."""
    cut = line["cut_by_caps"]
    return -_amount(cut, line["currency"]) if cut is not None and Decimal(cut) else None


def _amount(text: str, currency: str | None) -> Decimal:
    """Give an amount with as many digits as its currency is paid in, at least."""
    value = Decimal(text)
    return value.quantize(Decimal(1).scaleb(-minor_digits(currency))) if currency is not None else value
