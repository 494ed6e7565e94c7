"""Which delivery forbids another one."""

from __future__ import annotations

import pytest

from domain.delivery import DeliveryState, stands_in_the_way

APPROVED, DONE, DROPPED = DeliveryState.APPROVED, DeliveryState.DONE, DeliveryState.DROPPED


@pytest.mark.parametrize(
    ("approved", "way"),
    [
        ({}, None),
        ({1: DONE}, None),
        ({1: DROPPED}, None),  # what it wrote is older
        ({1: APPROVED}, 1),  # it is on its way
        ({2: APPROVED}, None),  # that is it itself
        ({3: APPROVED}, 3),
        ({3: DONE}, 3),
        ({3: DROPPED}, 3),  # some of it may be there
        ({1: APPROVED, 3: DONE}, 3),
    ],
)
def test_one_is_approved_after_all_older_ones_and_before_no_newer_one(
    approved: dict[int, DeliveryState], way: int | None
) -> None:
    assert stands_in_the_way(2, approved) == way
