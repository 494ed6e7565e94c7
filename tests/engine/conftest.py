"""What the tests of the engine have in common."""

import pytest

from engine.stages import planned


@pytest.fixture(autouse=True)
def _printed_anew():
    """What was printed before a test breaks the printer, or while it is broken, is of no use to another."""
    planned.cache_clear()
    yield
    planned.cache_clear()
