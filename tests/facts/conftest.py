"""A workspace in which 00001 and 00002 are known, on each database."""

from __future__ import annotations

import pytest

from tests.facts.world import Sold
from tests.scenarios.conftest import _migrated, world  # noqa: F401 - fixtures
from tests.scenarios.world import World


@pytest.fixture
def sold(world: World) -> Sold:  # noqa: F811 - the fixture above
    """Two people are known, nothing was sold yet."""
    found = Sold(world)
    found.people("00001", "00002")
    return found
