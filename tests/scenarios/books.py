"""What is booked, and how a refusal reads."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from store.database import open_database, reading
from store.ledger import LedgerEntry, ledger_entries
from syncd.cli import main
from tests.scenarios.closing import PayWorld
from tests.scenarios.world import Answer

JANUARY = {
    ("P1", "earned", "2026-01"): "140.00",
    ("P2", "earned", "2026-01"): "50.00",
    ("P3", "earned", "2026-01"): "70.00",
}


def entries(books: Engine) -> list[LedgerEntry]:
    with reading(books) as tx:
        return ledger_entries(tx)


def refused(said: Answer, *words: str) -> None:
    """Say that it was refused, and why."""
    assert said.code == 5, said.document
    for word in words:
        assert word in said.error["message"], said.error


def digests(world: PayWorld) -> dict[str, str]:
    opened = open_database(world.database_url)
    with reading(opened) as tx:
        found = {f"R{run}": digest for run, digest in tx.execute(text("SELECT run, digest FROM calculation"))}
    opened.dispose()
    return found


def files(world: PayWorld, run: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (world.folder / "var" / "results" / run[1:]).glob("*.parquet")}


def shown(world: PayWorld, capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """What a command says to a person."""
    capsys.readouterr()
    assert main(["--workspace", str(world.folder), "--today", str(world.today), *command]) in (0, 1)
    return capsys.readouterr().out
