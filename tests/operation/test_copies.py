"""A copy put back is what it was, on either database: every list, every proof, every byte of a committed period."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from store.calculations import newest_calculation
from store.database import open_database, reading
from syncd.cli import main
from syncd.operation import copying
from tests.scenarios.closing import DEALS, PEOPLE, PayWorld
from tests.scenarios.conftest import _companies, paid  # noqa: F401 - fixtures

#: What an import itself writes: that it happened.
ITS_OWN = {"head", "revision", "audit", "counter"}


@pytest.fixture
def closed(paid: PayWorld) -> PayWorld:  # noqa: F811 - the fixture above
    """January is committed, and a deal of January has turned out otherwise since."""
    paid.close("2026-01")
    paid.call("reject", "--all", "--reason", "x")
    return paid


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def elsewhere(request: pytest.FixtureRequest, closed: PayWorld, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """An empty place: a folder, and the address of a database that nothing was ever in."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if request.param == "sqlite":
        yield folder, f"sqlite:///{folder / 'var' / 'syncd.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    yield folder, server.create_database("elsewhere")
    server.drop_database("elsewhere")


def digest(world: PayWorld, period: str = "2026-01") -> tuple[str, int]:
    """The fingerprint of all files of the newest calculation, and what it knew."""
    opened = open_database(world.database_url)
    with reading(opened) as tx:
        found = newest_calculation(tx, "main", period)
    opened.dispose()
    assert found is not None
    return found.digest, found.revision


def put(
    world: PayWorld, elsewhere: tuple[Path, str], command: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[PayWorld, dict[str, object]]:
    folder, url = elsewhere
    copy = world.folder.parent / f"copy-{command}"
    if not copy.exists():
        assert world.call("backup" if command == "restore" else "export", str(copy)).code == 0
    monkeypatch.setenv("SYNCD_DATABASE_URL", url)
    other = object.__new__(PayWorld)
    other.__dict__.update({**world.__dict__, "folder": folder})
    said = other.call(command, str(copy), "--as", "ana")
    assert said.code == 0, said.document
    return other, said.document


def test_a_committed_period_replays_equal_to_the_byte(
    closed: PayWorld, elsewhere: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, results, (before, revision) = closed.kept(), closed.results("2026-01"), digest(closed)
    other, said = put(closed, elsewhere, "restore", monkeypatch)
    assert (other.results("2026-01"), other.kept() | {"audit": []}) == (results, kept | {"audit": []})
    assert other.call("audit", "verify").code == 0
    other.calculate("2026-01", known_at=str(revision))
    assert digest(other) == (before, revision)
    assert said["epoch"] == 1
    assert said["jobs"] == ["T1", "T2"]
    cursors = said["cursors"]
    assert isinstance(cursors, list)
    assert {one["feed"] for one in cursors} > {"people", "sales"}
    assert said["unsure_effects"] == 0
    assert other.call("audit")[-1]["act"] == "restore"


def test_the_jobs_of_a_restore_read_what_the_copy_does_not_know_of(
    closed: PayWorld, elsewhere: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was decided and read after the copy is proposed and loaded again, by the worker of the new place."""
    copy = closed.folder.parent / "copy-restore"
    assert closed.call("backup", str(copy)).code == 0
    closed.send_people([*PEOPLE, {**PEOPLE[0], "id": "E4", "name": "Dot"}])
    closed.sell(*DEALS, ("X9", "2026-02-20", "E2", "300.00"))
    assert closed.call("run", "people").code == 0
    assert closed.approve(as_="ana").code == 0, "decided, and lost with the old place"
    other, _ = put(closed, elsewhere, "restore", monkeypatch)
    assert [one["participant"] for one in other.call("participants").document] == ["P1", "P2", "P3"]
    shutil.copytree(closed.folder / "inbox", other.folder / "inbox", dirs_exist_ok=True)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):  # it logs what it does
        main(["--workspace", str(other.folder), "--today", str(other.today), "worker", "--once"])
    jobs = {one["about"]: (one["state"], one["outcome"]) for one in other.call("jobs").document}
    assert jobs == {"people": ("done", "completed"), "sales": ("done", "completed")}
    assert [(one["kind"], one["name"]) for one in other.pending()] == [("add", "Dot")]
    assert other.approve(as_="ana").code == 0
    said = other.calculate("2026-02")
    assert said["transactions"]["credited"] == len(DEALS) + 1, "X9 is known again"
    assert other.call("audit", "verify").code == 0


def test_an_export_is_the_same_after_it_was_imported_elsewhere(
    closed: PayWorld, elsewhere: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, revision = digest(closed)
    other, said = put(closed, elsewhere, "import", monkeypatch)
    assert (said["epoch"], said["jobs"]) == (None, [])
    first, second = closed.folder.parent / "copy-import", closed.folder.parent / "again"
    assert other.call("export", str(second)).code == 0
    texts = {
        path.name: (path.read_bytes(), (second / "tables" / path.name).read_bytes())
        for path in (first / "tables").iterdir()
        if path.stem not in ITS_OWN
    }
    assert len(texts) > 20
    assert [name for name, (one, another) in texts.items() if one != another] == []
    files = [{one["path"]: one["sha256"] for one in manifest(folder)["files"]} for folder in (first, second)]
    assert files[0] == files[1]
    assert any(path.startswith("var/results/") for path in files[0])
    other.calculate("2026-01", known_at=str(revision))
    assert digest(other) == (before, revision), "it recomputes equal"
    other.close("2026-02")
    assert other.call("audit", "verify").code == 0


def manifest(folder: Path) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = json.loads((folder / "manifest.json").read_text())
    return found


def test_a_copy_is_put_into_an_empty_place_alone(closed: PayWorld, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert closed.call("backup", str(copy)).code == 0
    assert closed.call("backup", str(copy)).code == 2
    said = closed.call("restore", str(copy))
    assert said.code == 5
    assert "not empty" in said.error["message"] or "is there already" in said.error["message"]


@pytest.mark.parametrize("part", ["tables/person.jsonl", "manifest.json", "var"])
def test_a_copy_that_was_changed_or_is_not_whole_is_refused(
    closed: PayWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    copy, folder = tmp_path / "copy", tmp_path / "elsewhere"
    assert closed.call("backup", str(copy)).code == 0
    path = next(one for one in (copy / "var").rglob("*.parquet")) if part == "var" else copy / part
    path.write_bytes(path.read_bytes()[:-2])
    monkeypatch.setenv("SYNCD_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    folder.mkdir()
    other = object.__new__(PayWorld)
    other.__dict__.update({**closed.__dict__, "folder": folder})
    assert other.call("restore", str(copy)).code == 2
    assert list(folder.iterdir()) == []


def test_a_file_that_is_not_what_was_written_fails_the_backup(closed: PayWorld, tmp_path: Path) -> None:
    damaged = next((closed.folder / "var" / "landing").rglob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes() + b"x")
    said = closed.call("backup", str(tmp_path / "copy"))
    assert (said.code, "is not what was written" in said.error["message"]) == (5, True)
    assert not (tmp_path / "copy" / "manifest.json").exists()
    damaged.unlink()
    assert "is gone" in closed.call("backup", str(tmp_path / "other")).error["message"]


def test_older_tables_are_put_back_by_the_program_that_made_them(
    closed: PayWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    assert closed.call("backup", str(copy)).code == 0
    monkeypatch.setattr(copying, "HEAD", "9999")
    assert "put it back with the program" in closed.call("restore", str(copy)).error["message"]
