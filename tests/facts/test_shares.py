"""How a share is written has one meaning, in the engine and in the reference."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calc import inputs
from domain import facts
from domain.facts import part_of, share_of
from engine.session import open_session
from engine.typed import share

WRITTEN = st.one_of(
    st.from_regex(r"\A[0-9]{0,4}(\.[0-9]{0,10})?[ \u00a0]{0,2}%?\Z"),
    st.sampled_from(
        ["60%", "0.6", "1", "100 %", "100.0001%", "0", "-1%", "1e-1", "33.3333%", "33.33333%", "%", ".", ""]
    ),
)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory):
    with open_session(tmp_path_factory.mktemp("engine")) as opened:
        yield opened


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=WRITTEN)
def test_the_engine_reads_a_share_as_the_reference_does(session, said: str):
    (found,) = session.rows(f"SELECT {share('$1::VARCHAR')}", [said])[0]
    exact = share_of(said)
    assert found == (None if exact is None else int(exact.scaleb(facts.SHARE_SCALE)))


@pytest.mark.parametrize(
    ("member", "part"),
    [
        ("00123=60%", ("00123", Decimal("0.60"))),
        (" a=b = 0.5", ("a=b", Decimal("0.5"))),
        ("00123", None),
        ("=60%", None),
        ("00123=", None),
        ("00123=101%", None),
    ],
)
def test_a_part_is_whose_and_how_much(member: str, part: object):
    assert part_of(member) == part


def test_facts_are_kept_at_the_scales_that_calculations_read():
    assert (facts.AMOUNT_SCALE, facts.SHARE_SCALE, facts.RATE_SCALE) == (
        inputs.AMOUNT_SCALE, inputs.SHARE_SCALE, inputs.RATE_SCALE,
    )  # fmt: skip
