"""A close that was begun and cannot go on is told, once, and again when it is mended and stuck anew."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout

import pytest

from store.outbox import HeldEffect
from syncd.cli import main
from syncd.outside import sending
from syncd.outside.message import Message, message_of
from syncd.world import World
from tests.scenarios.closing import PayWorld, corrected
from tests.scenarios.conftest import _companies, paid  # noqa: F401 - fixtures


@pytest.fixture
def got(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """What is sent, in place of sending it."""
    found: list[Message] = []

    def keep(world: World, held: HeldEffect) -> Callable[[], str]:
        def deliver() -> str:
            found.append(message_of(world, held))
            return "kept"

        return deliver

    monkeypatch.setattr(sending, "SENDERS", {"webhook": keep})
    return found


def work(paid: PayWorld) -> None:  # noqa: F811 - as the fixture is called
    """Let a worker have its turn; what it logs is no error."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        assert main(["--workspace", str(paid.folder), "--today", str(paid.today), "worker", "--once"]) == 0


def test_what_was_submitted_and_is_stale_is_told_once(
    paid: PayWorld,  # noqa: F811 - the fixture above
    got: list[Message],
) -> None:
    hook = {"url": "https://hooks.example.com", "secret": {"env": "HOOK"}}
    paid.settings["alerts"] = {"hook": {"webhook": hook}}
    paid.save()
    paid.calculate("2026-01")
    paid.submit("2026-01")
    work(paid)
    assert got == []
    paid.sell(*corrected(("X1", "2026-01-05", "E1", "500.00")))
    for _ in range(2):
        work(paid)
    (one,) = got
    assert (one.kind, one.about, one.title) == (
        "close_blocked",
        "main:2026-01",
        "the close of main:2026-01 is blocked",
    )
    assert one.facts["changed"]
    assert "500" not in one.text
    assert paid.act("return", "2026-01", reason="stale", as_="ben").code == 0
    paid.calculate("2026-01")
    paid.submit("2026-01")
    work(paid)
    paid.sell(*corrected(("X1", "2026-01-05", "E1", "600.00")))
    work(paid)
    assert len(got) == 2
