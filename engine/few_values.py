"""Texts of transactions as numbers, while a calculation goes on: there are very many rows, and few different values.

A feed and a currency are one of few. A place is one of many, but `file:row` of few files: one number here, the file's
times `_ROWS` and the row: a text costs more at every join and sort it is carried through. They are read as the texts
they stand for: a feed and a currency by `::VARCHAR`, a place by the macros that `few_valued` makes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from calc.inputs import TRANSACTIONS
from engine.facts import LANDED
from engine.session import Session, text

PLACE = "place"

_FEW, _FEW_VALUED = ("feed", "currency"), "few_valued"
#: A row has a smaller number; of more files than so many, places stay texts.
_ROWS, _FILES = 10**12, 1_000
#: The file of what stands nowhere: of a place it ends with a colon, or is empty.
_NOWHERE = "-"
_LAST = f"split_part({PLACE}, ':', -1)"
_FILE = f"left({PLACE}, length({PLACE}) - length({_LAST}))"


def few_valued(session: Session, *, asks_for_places: bool = False) -> str:
    """Make the view of transactions in which texts that have few values are numbers; give its name.

    Who `asks_for_places`, what they say, has them as texts; they are numbers to who only hands them on. Feeds and
    currencies are ordered as the texts. In: the views `transactions` and `landed` of `engine.facts`.
    """
    file = f"""CASE WHEN {PLACE} IS NULL THEN {text(_NOWHERE)}
                    WHEN regexp_full_match({_LAST}, '[1-9][0-9]{{0,11}}') THEN {_FILE} END"""
    found = session.rows(f"SELECT DISTINCT {', '.join(_FEW)}, {file} FROM {LANDED}")
    shown = [_as_number(name, {row[nth] for row in found}) for nth, name in enumerate(_FEW)]
    files = _values(row[-1] for row in found)
    is_file_and_row = not asks_for_places and all(row[-1] is not None for row in found) and 0 < len(files) <= _FILES
    if is_file_and_row:
        several = f"enum_code({_FILE}::{_enum(files)})::BIGINT * {_ROWS} + {_LAST}::BIGINT"
        shown.append(f"{f'{PLACE}[{len(files[0]) + 1}:]::BIGINT' if _is_one(files) else several} AS {PLACE}")
    _say_what_places_are(session, files if is_file_and_row else None)
    replaced = f"REPLACE ({', '.join(filter(None, shown))})" if any(shown) else ""
    session.run(f"CREATE OR REPLACE VIEW {_FEW_VALUED} AS SELECT * {replaced} FROM {TRANSACTIONS}")
    return _FEW_VALUED


def place_text(place: str) -> str:
    """Write a place of such a transaction as the text it stands for."""
    return as_text(place_file(place), place_row(place))


def place_file(place: str) -> str:
    """Write the file of it, up to the colon; or the whole text, where places are no files and rows."""
    return f"place_file({place})"


def place_row(place: str) -> str:
    """Write the row of it; null where places are no files and rows."""
    return f"place_row({place})"


def place_of(file: str, row: str) -> str:
    """Write the place that has such a file and row."""
    return f"place_of({file}, {row})"


def as_text(file: str, row: str) -> str:
    """Write a place from its file and row."""
    return f"{file} || coalesce({row}::VARCHAR, '')"


def _as_number(name: str, found: Collection[object]) -> str | None:
    """Write a column as a number that is ordered as its texts; it is one and the same where all rows have one text."""
    values = _values(found)
    return f"{text(values[0]) if len(found) == 1 else name}::{_enum(values)} AS {name}" if values else None


def _say_what_places_are(session: Session, files: list[str] | None) -> None:
    """Make the macros that read places: numbers, where their files are given."""
    if files is None:
        file, row, place = "place", "NULL::BIGINT", "file"
    elif _is_one(files):  # of every row; to look it up for each would take a twentieth of the time of all lines
        file, row, place = f"{text(files[0])}::{_enum(files)}", "place", "row"
    else:
        names = f"[{', '.join(map(text, files))}]"
        file, row = f"list_extract({names}::{_enum(files)}[], place // {_ROWS} + 1)", f"place % {_ROWS}"
        place = f"(list_position({names}, file) - 1) * {_ROWS} + row"
    session.run(f"CREATE OR REPLACE MACRO place_file(place) AS {file}")
    session.run(f"CREATE OR REPLACE MACRO place_row(place) AS {row}")
    session.run(f"CREATE OR REPLACE MACRO place_of(file, row) AS {place}")


def _is_one(files: list[str]) -> bool:
    return len(files) == 1 and files != [_NOWHERE]


def _values(found: Iterable[object]) -> list[str]:
    return sorted({str(value) for value in found if value is not None})


def _enum(values: list[str]) -> str:
    return f"ENUM({', '.join(map(text, values))})"
