"""What every story needs: a clock on which leases end, and nothing armed afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store import faults
from tests.faults.story import let_leases_end


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    let_leases_end(monkeypatch)
    yield
    faults.disarm()
