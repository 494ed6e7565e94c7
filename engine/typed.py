"""Mapped rows of facts become typed ones: days are days, numbers whole numbers of their last digit.

In: the view `mapped` (`mapping.compile`). Out: the view `typed` of the table `typed_rows`, which is of the connection
alone, in memory as long as it fits: to keep a million rows compressed costs more than to map them. What the mapping
itself says of every row stands in the view only. There is one row for each row of the read, whose `rowid` is what the
other tables name it by:

    _row, _place, key, _in_scope
    _gone       it says that the fact of its key is no more
    _faulty     a value of it cannot be read; `_undated`: that is the day, and nothing else
    _two        its amounts are in several currencies
    _shares     the shares it says, as text, where facts of this form say any
    the columns of the fact; `splits` where it has parts, those that cannot be read with a null in it
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.facts import CREDITED, DELETED, SHARE, SHARE_SCALE, FactKind
from engine.facts import PARTS_TYPE
from engine.session import Session, quoted, text
from formula.expression import ColumnType, Type
from formula.quantity import Quantity
from mapping.attribute import SILENT, note_column
from mapping.facts import CURRENCY, LOOKED_UP, SPLITS, FactForm

_DATE = "date"
#: Digits of a decimal in 64 bits.
_NARROW = 18


def type_rows(session: Session, form: FactForm, columns: Mapping[str, ColumnType]) -> None:
    """Fill `typed`; `columns` are those of the form, perhaps with more digits."""
    notes = [name for name in form.mapping.notes if name != _DATE]
    faulty = " OR ".join(f"coalesce(m.{quoted(note_column(name))} <> '{SILENT}', false)" for name in notes)
    undated = f"m.{quoted(note_column(_DATE))} IS NOT NULL" if _DATE in form.mapping.notes else "false"
    named = [f"{_typed(form, name, kind)} AS {quoted(name)}" for name, kind in columns.items() if name not in form.said]
    select = [
        "m._row", "m._place", "m._key AS key", "m._in_scope",
        f"m._op = {text(DELETED)} AS _gone",
        f"({faulty or 'false'}) AS _faulty",
        f"{undated} AS _undated",
        f"{_several(form)} AS _two",
        *([f"{_shares(form)} AS _shares"] if form.has_splits or form.kind is FactKind.CREDITS else []),
        *named,
        *([f"{_splits(form)} AS {SPLITS}"] if form.has_splits else []),
    ]  # fmt: skip
    session.run(f"CREATE OR REPLACE TEMP TABLE typed_rows AS SELECT {', '.join(select)} FROM mapped m")
    said = "".join(f", {text(value)} AS {quoted(name)}" for name, value in form.said.items())
    session.run(f"CREATE OR REPLACE TEMP VIEW typed AS SELECT rowid, *{said} FROM typed_rows")


def share(said: str) -> str:
    """Write a share as whole millionths, as `domain.facts.share_of` reads it: null where a text is none."""
    digits, mark = (f"regexp_extract({said}, '^{SHARE}$', {group})" for group in (1, 2))
    nano = f"CAST(CAST('0' || {digits} AS DECIMAL(38, 9)) * CAST({10**9} AS DECIMAL(38, 0)) AS HUGEINT)"
    unit = f"CASE WHEN {mark} = '%' THEN {10 ** (11 - SHARE_SCALE)} ELSE {10 ** (9 - SHARE_SCALE)} END"
    is_share = f"{nano} % {unit} = 0 AND {nano} // {unit} BETWEEN 1 AND {10**SHARE_SCALE}"
    return f"CASE WHEN regexp_full_match({said}, '{SHARE}') AND {is_share} THEN CAST({nano} // {unit} AS BIGINT) END"


def _typed(form: FactForm, name: str, kind: ColumnType) -> str:
    if name == CURRENCY and form.kind in CREDITED:
        return f"coalesce({', '.join((*_present(form), *_currencies(form)))})"
    if name == LOOKED_UP and form.kind is FactKind.TABLES:
        return f"m.{quoted('key' if 'key' in form.mapping.attributes else '_key')}"
    column = f"m.{quoted(name)}"
    if name in form.named_by:
        return f"{text(form.named_by[name] + ':')} || {column}"
    if form.kind is FactKind.CREDITS and name == "share":
        return share(column)
    if isinstance(kind, Quantity):
        return whole_number(column, kind.scale)
    return f"CAST({column} AS DATE)" if kind is Type.DAY else column


def whole_number(column: str, scale: int) -> str:
    """Write a decimal as a whole number of its last digit: of 64 bits where it is far from filling them.

    With 128 bits it takes five times as long.
    """
    exact = f"CAST({column} AS DECIMAL(38, {scale}))"
    whole = f"CAST({exact} * CAST({10**scale} AS DECIMAL(38, 0)) AS BIGINT)"
    if (room := _NARROW - 2 * scale) <= 0:
        return whole
    narrow = f"TRY_CAST({column} AS DECIMAL({_NARROW}, {scale}))"
    return f"CASE WHEN abs({narrow}) < {10**room} THEN CAST({narrow} * {10**scale} AS BIGINT) ELSE {whole} END"


def _currencies(form: FactForm) -> list[str]:
    return [f"m.{quoted(name)}" for name in form.currencies]


def _present(form: FactForm) -> list[str]:
    """The currencies of amounts that are there."""
    amounts = [name.removesuffix("__currency") for name in form.currencies]
    return [
        f"CASE WHEN m.{quoted(amount)} IS NOT NULL THEN m.{quoted(name)} END"
        for amount, name in zip(amounts, form.currencies, strict=True)
    ]


def _several(form: FactForm) -> str:
    present = _present(form)
    if len(present) < 2:  # noqa: PLR2004  two to differ
        return "false"
    return f"len(list_distinct([{', '.join(present)}])) > 1"


def _shares(form: FactForm) -> str:
    return f"m.{quoted(SPLITS)}" if form.has_splits else "m.share"


def _splits(form: FactForm) -> str:
    """The parts as owner and share, either of them null where it cannot be read (`domain.facts.part_of`)."""
    members = f"CAST(CAST(m.{quoted(SPLITS)} AS JSON) AS VARCHAR[])"
    name, said = (f"trim(regexp_extract(one, '^(.*)=([^=]*)$', {group}), ' ')" for group in (1, 2))
    prefix = text(form.named_by[SPLITS] + ":")
    folded = f"lower({name})" if form.named_by[SPLITS] == "email" else name
    owner = f"CASE WHEN {name} <> '' THEN {prefix} || {folded} END"
    part = f"struct_pack(owner := {owner}, share := {share(said)})"
    return f"CAST(list_transform({members}, lambda one: {part}) AS {PARTS_TYPE})"
