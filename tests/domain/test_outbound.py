"""When what was told is looked at, and when who was told nothing looks all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.outbound import AGAIN, GIVEN_UP, PACE, SETTLING, looks_at, must_catch_up

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=2)))
def test_a_read_is_soon_and_not_too_soon_after_the_last_one(ago: timedelta) -> None:
    at = looks_at(NOW, NOW - ago)
    assert at >= NOW + SETTLING
    assert at - (NOW - ago) >= PACE
    assert at <= NOW + max(SETTLING, PACE)


def test_what_was_never_read_is_read_soon() -> None:
    assert looks_at(NOW, None) == NOW + SETTLING


@pytest.mark.parametrize(
    ("ago", "has_failed", "due"),
    [
        (GIVEN_UP - timedelta(seconds=1), False, False),
        (GIVEN_UP, False, True),
        (AGAIN - timedelta(seconds=1), True, False),
        (AGAIN, True, True),
    ],
)
def test_a_day_without_a_read_and_an_hour_after_a_failed_one_are_too_long(
    ago: timedelta, has_failed: bool, due: bool
) -> None:
    assert must_catch_up(NOW, NOW - ago, has_failed=has_failed) is due
