"""The conformance probe: before an engine pays anybody, it shows on the live connection that it computes exactly.

A small fixed form over numbers that engines get wrong is run by the engine and by the reference: ties and negative
ties, signs of a ratio, nulls, 2^53 + 1, products that need 128 bits, shares, sums in a window. Then forms that do not
fit 64 bits, which must raise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import duckdb

from domain.errors import SyncError
from engine.session import Session, quoted
from engine.stages import run_stages
from formula.evaluate import TooLarge, evaluate
from formula.expression import Column, ColumnType, Expression, Function, Literal, Type, call
from formula.meaning import Cell
from formula.quantity import LARGEST, Quantity, count, money, rate, scaled, unscaled
from formula.relation import Aggregate, Aggregation, Derive, Running, Scan, Share, Stage

F = Function
_INPUT, _TABLE, _RESULT = "probe", "probe:rows", "probe:result"
_TYPES: Mapping[str, ColumnType] = {
    "number": Type.WHOLE,
    "family": Type.WHOLE,
    "amount": money("USD", 4),
    "other": money("USD", 2),
    "share": rate(1),
    "rate": rate(10),
    "day": Type.DAY,
}
_AMOUNTS = (0, 5, -5, 15, -15, 25, -25, 7, -7, 2**53 + 1, -(2**53) - 1, 10**15 + 3, None)
_SHARES = (1, -1, 3, 0, -7, 10, None)
_RATES = (5 * 10**9, -5 * 10**9, 10**10 + 1, 1)


class EngineDiffers(SyncError):
    """Install the engine version that this program was made for: this one computes something else."""

    code = "engine_differs"


#: What was probed in this process: the same engine with the same settings computes the same.
_PROBED: set[tuple[object, ...]] = set()
#: All settings but those that name folders and files.
_COMPUTES = "name NOT LIKE '%director%' AND name <> 'allowed_paths'"


def must_be_exact(session: Session) -> None:
    """Probe the engine, unless this process did with this version of it and all these settings. As `probe`."""
    version = session.rows("SELECT version()")
    settings = session.rows(f"SELECT name, value FROM duckdb_settings() WHERE {_COMPUTES} ORDER BY name")
    engine = (*version, *settings)
    if engine not in _PROBED:
        probe(session)
        _PROBED.add(engine)


def probe(session: Session) -> None:
    """Compare the engine with the reference on numbers that engines get wrong; leave nothing behind.

    Errors: `EngineDiffers`, with what it found.
    """
    try:
        _compare(session)
        for what, stages in _OVERFLOWS.items():
            _must_raise(session, what, stages)
    except (duckdb.Error, TooLarge) as error:
        raise _differs(session, str(error)) from error
    finally:
        for name in (_TABLE, _RESULT):
            session.run(f"DROP TABLE IF EXISTS {quoted(name)}")


def _compare(session: Session) -> None:
    rows = [
        (number, number % 5, amount, _SHARES[number % 7], _RATES[number % 4], number % 7)
        for number, amount in enumerate(_AMOUNTS * 7)
    ]
    _make(session, rows)
    given: list[dict[str, Cell]] = [
        {
            "number": number,
            "family": family,
            "amount": _decimal(amount, 4),
            "other": _decimal(amount and amount // 7, 2),
            "share": _decimal(share, 1),
            "rate": _decimal(rate_, 10),
            "day": date(9999, 12, 25 + day),
        }
        for number, family, amount, share, rate_, day in rows
    ]
    run_stages(session, _FORM, {_INPUT: _TABLE}, {_INPUT: _TYPES}, {_FORM[-1].name: _RESULT})
    ours = evaluate(_FORM, {_INPUT: given}, {_INPUT: _TYPES})
    names = list(ours[0])
    columns = ", ".join(map(quoted, names))
    theirs = session.rows(f"SELECT {columns} FROM {quoted(_RESULT)} ORDER BY number")
    for mine, other in zip(sorted(ours, key=lambda row: str(row["number"]).zfill(9)), theirs, strict=True):
        for name, cell in zip(names, other, strict=True):
            wanted = _held(mine[name], _KINDS.get(name))
            if cell != wanted:
                raise _differs(session, f"'{name}' is {cell}, and should be {wanted}, for {dict(mine)}")


def _make(session: Session, rows: Sequence[tuple[int | None, ...]]) -> None:
    number, family, amount, share, rate_, day = (list(column) for column in zip(*rows, strict=True))
    other = [None if value is None else value // 7 for value in amount]
    session.run(
        f"""CREATE OR REPLACE TABLE {quoted(_TABLE)} AS
            SELECT unnest($1::BIGINT[]) AS number, unnest($2::BIGINT[]) AS family, unnest($3::BIGINT[]) AS amount,
                   unnest($4::BIGINT[]) AS other, unnest($5::BIGINT[]) AS share, unnest($6::BIGINT[]) AS rate,
                   DATE '9999-12-25' + unnest($7::INTEGER[]) AS day""",
        [number, family, amount, other, share, rate_, day],
    )


def _must_raise(session: Session, what: str, stages: Sequence[Stage]) -> None:
    try:
        run_stages(session, stages, {_INPUT: _TABLE}, {_INPUT: _TYPES}, {stages[-1].name: _RESULT})
    except TooLarge:
        return
    raise _differs(session, f"{what} that does not fit gives a number")


def _differs(session: Session, what: str) -> EngineDiffers:
    version = session.rows("SELECT version()")[0][0]
    return EngineDiffers(f"DuckDB {version} does not compute as pay must: {what}; install the version in requirements")


def _decimal(whole: int | None, scale: int) -> Decimal | None:
    return None if whole is None else unscaled(whole, scale)


def _held(cell: Cell, kind: ColumnType | None) -> Cell:
    """Give a value as the engine holds it."""
    return scaled(cell, kind.scale) if isinstance(cell, Decimal) and isinstance(kind, Quantity) else cell


def _col(name: str) -> Column:
    return Column(name)


_PRODUCT = call(F.TIMES, _col("amount"), _col("share"))
_WIDE = call(F.TIMES, _col("amount"), _col("rate"))
_SCANNED = Stage("scanned", Scan(_INPUT, tuple((name, name) for name in _TYPES)))
_DERIVED: Mapping[str, tuple[Expression, ColumnType]] = {
    "half_even": (call(F.ROUND_TO, _PRODUCT, 4), money("USD", 4)),
    "half_up": (call(F.ROUND_HALF_UP, _PRODUCT, 4), money("USD", 4)),
    "wide": (call(F.ROUND_TO, _WIDE, 4), money("USD", 4)),
    "wide_half_up": (call(F.ROUND_HALF_UP, _WIDE, 2), money("USD", 2)),
    "ratio": (call(F.RATIO, _col("other"), _col("amount"), 3), rate(3)),
    "inverse": (call(F.RATIO, _col("share"), _col("rate"), 0), rate(0)),
    "sum": (call(F.ADD, _col("amount"), _col("other")), money("USD", 4)),
    "less": (call(F.SUBTRACT, _col("other"), _col("amount")), money("USD", 4)),
    "least": (call(F.LEAST, _col("amount"), _col("other")), money("USD", 4)),
    "greatest": (call(F.GREATEST, _col("share"), Literal(Decimal(0), quantity=count())), rate(1)),
    "later": (call(F.LATER, _col("day"), Literal(Decimal(3), quantity=count())), Type.DAY),
    "days": (call(F.DAYS, _col("day"), Literal(date(2026, 1, 1))), count()),
}
_KINDS: Mapping[str, ColumnType] = {
    **_TYPES,
    **{name: kind for name, (_, kind) in _DERIVED.items()},
    "running": money("USD", 4),
    "part": money("USD", 4),
}
_FORM = (
    _SCANNED,
    Stage(
        "derived",
        Derive(
            "scanned",
            (
                *((name, Column(name)) for name in ("number", "family", "amount", "share")),
                *((name, how) for name, (how, _) in _DERIVED.items()),
            ),
        ),
    ),
    Stage("running", Running("derived", ("family",), ("number",), (("running", "amount"),))),
    Stage("shared", Share("running", ("family",), ("number",), "running", "share", "part")),
)


def _large(expression: Expression) -> tuple[Stage, ...]:
    return (_SCANNED, Stage("large", Derive("scanned", (("large", expression),))))


_LARGE = Literal(unscaled(LARGEST, 4), quantity=money("USD", 4))
_LARGER = call(F.ADD, _LARGE, _col("amount"))
_SUMMED = Stage("each", Derive("scanned", (("number", Column("number")), ("large", _LARGE))))
#: What must raise, by what it is.
_OVERFLOWS: Mapping[str, tuple[Stage, ...]] = {
    "a sum": _large(_LARGER),
    "a difference": _large(call(F.SUBTRACT, call(F.NEGATIVE, _LARGE), call(F.ADD, _LARGE, _col("amount")))),
    "a product": _large(call(F.ROUND_TO, call(F.TIMES, _LARGE, _col("rate"), _col("rate")), 4)),
    "a running sum": (_SCANNED, _SUMMED, Stage("large", Running("each", (), ("number",), (("sum", "large"),)))),
    "a sum of many": (
        _SCANNED,
        _SUMMED,
        Stage("large", Aggregate("each", (), (("sum", Aggregation.SUM, "large"),))),
    ),
}
