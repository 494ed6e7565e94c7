"""Results as columns: what is written is read back, in one order, whatever the order it came in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.ledger import order
from calc.result import LedgerKey, Result, ResultKind
from domain.currency import from_minor_units
from engine.results import add_results, begin_results, each_result, in_order
from engine.session import Session, open_session, write_whole

WORDS = st.sampled_from(("a", "b, c", 'd "e"', "é\nf"))
UNITS = st.integers(-(2**62), 2**62)


@st.composite
def results(draw: st.DrawFn) -> Result:
    currency, plan_currency = draw(st.sampled_from(("USD", "JPY", "KWD"))), draw(st.sampled_from(("EUR", "JPY")))
    return Result(
        draw(st.sampled_from(ResultKind)),
        LedgerKey(draw(st.integers(1, 4)), "main", draw(WORDS), draw(WORDS), draw(WORDS), currency),
        "2026-03",
        draw(st.dates(date(2026, 1, 1), date(2026, 1, 3))),
        date(2026, 4, 1),
        from_minor_units(draw(UNITS), currency),
        from_minor_units(draw(UNITS), plan_currency),
        plan_currency,
        "V1",
        draw(st.none() | st.integers(1, 10**12).map(lambda whole: Decimal(whole).scaleb(-10))),
        payee=draw(st.none() | WORDS),
        legal_entity=draw(st.none() | WORDS),
        pay_group=draw(st.none() | WORDS),
        segment=draw(st.none() | WORDS),
        reason=draw(st.none() | WORDS),
        cause=draw(st.none() | WORDS),
    )


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> Iterator[Session]:
    with open_session(tmp_path_factory.mktemp("var"), keeps_order=False) as opened:
        yield opened


def written(session: Session, found: list[Result]) -> Path:
    folder = Path(mkdtemp(dir=session.folder))
    begin_results(session)
    add_results(session, found, folder)
    write_whole(session, in_order(), folder / "results.parquet")
    return folder / "results.parquet"


@given(found=st.lists(results(), max_size=8, unique_by=order), some=st.sets(st.integers(1, 5)))
def test_what_is_written_is_read_back_in_order(session: Session, found: list[Result], some: set[int]):
    path = written(session, found)
    read = [one for batch in each_result(session, path) for one in batch]
    assert sorted(map(repr, read)) == sorted(map(repr, found))
    assert [one.key.person for one in read] == sorted(one.key.person for one in found)
    chosen = [one for batch in each_result(session, path, some) for one in batch]
    assert chosen == [one for one in read if one.key.person in some]


@given(found=st.lists(results(), max_size=8, unique_by=order), shuffled=st.randoms())
def test_the_same_results_are_the_same_bytes(session: Session, found: list[Result], shuffled):
    again = list(found)
    shuffled.shuffle(again)
    assert written(session, found).read_bytes() == written(session, again).read_bytes()
