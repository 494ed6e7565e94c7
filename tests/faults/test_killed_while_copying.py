"""Killed while a copy is put back, or what need not be kept is removed: the same command goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import faults
from tests.cursors.conftest import clock  # noqa: F401 - a fixture
from tests.daemon.conftest import world  # noqa: F401 - a fixture
from tests.daemon.operated import Operated
from tests.faults.story import Killed, killing, points
from tests.operation.test_copies import closed  # noqa: F401 - a fixture
from tests.operation.test_tidying import landed, old  # noqa: F401 - a fixture
from tests.scenarios.closing import PayWorld
from tests.scenarios.conftest import _companies, _migrated, paid  # noqa: F401 - fixtures

PUT_BACK = ("epochs.begin", "open_form.clear", "open_form.finish", "open_form.put", "outbox.doubt")
WRITES = (*PUT_BACK, "retention.remove")

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize("point", points(PUT_BACK))
def test_what_is_put_back_is_whole_or_not_there(
    closed: PayWorld,  # noqa: F811 - the fixture above
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    kept, copy, folder = closed.kept(), tmp_path / "copy", tmp_path / "elsewhere"
    assert closed.call("backup", str(copy)).code == 0
    folder.mkdir()
    monkeypatch.setenv("SYNCD_DATABASE_URL", f"sqlite:///{folder / 'var' / 'syncd.db'}")
    other = object.__new__(PayWorld)
    other.__dict__.update({**closed.__dict__, "folder": folder})
    faults.arm(killing(point))
    with pytest.raises(Killed):
        other.call("restore", str(copy))
    faults.disarm()
    assert other.call("restore", str(copy)).code == 0
    assert other.kept() | {"audit": []} == kept | {"audit": []}


@pytest.mark.parametrize("point", points(["retention.remove"]))
def test_what_is_tidied_goes_at_once_or_not_at_all(old: Operated, point: str) -> None:  # noqa: F811 - as above
    faults.arm(killing(point))
    with pytest.raises(Killed):
        old.do("tidy")
    faults.disarm()
    assert landed(old) == [1, 2, 3]
    assert old.do("tidy")["segments"] == 2
    assert landed(old) == [3]
