"""The bundled example from its first file to its last payout, as `./dev run` plays it, and played once more."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from syncd.cli import main as syncd
from syncd.commands.workspace import EXAMPLES
from syncd.configuration.workspace import read_plain
from syncd.demo import EXAMPLE, main
from syncd.demo_pay import compared_pay
from syncd.world import open_world

FILES = EXAMPLES / EXAMPLE


@dataclass(frozen=True, slots=True)
class Played:
    """A workspace in which the example was played, with the exit code and what was said."""

    folder: Path
    code: int
    said: str


def play(folder: Path) -> Played:
    with redirect_stdout(io.StringIO()) as said, redirect_stderr(io.StringIO()):
        code = main(["--workspace", str(folder)])
    return Played(folder, code, said.getvalue())


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(tmp_path_factory.mktemp("example") / "demo")


@pytest.fixture
def copy(played: Played, tmp_path: Path) -> Path:
    """The played workspace, to do something else to."""
    return shutil.copytree(played.folder, tmp_path / "demo")


def test_everything_is_as_the_example_declares(played: Played) -> None:
    assert (played.code, [line for line in played.said.splitlines() if "NOT AS" in line]) == (0, [])
    assert played.said.rstrip().endswith("A second ./dev run finds that nothing changed.")


def test_the_tables_show_what_a_person_wants_to_see(played: Played) -> None:
    """The cap, the only bonus, somebody who earned nothing, the adjustment with its cause, a line's way to its pay."""
    lines = played.said.splitlines()
    linda, david, syed = (
        [line.split() for line in lines if line.startswith(f"│{key} ")] for key in ("00276", "00283", "00285")
    )
    assert ["commission:", "capped│"] in [line[-2:] for line in linda]
    assert any("2,500.00" in line for line in david)
    assert any("0.00" in line and "not_reached│" in line for line in syed)
    adjusted = [line for line in lines if "│ retro" in line]
    for amount, line in zip(("-33.35", "-17.36", "6.01"), adjusted, strict=True):
        assert f"│ {amount} " in line
        assert "sales SO63241|20 corrected" in line
    assert any("114.4352 USD" in line for line in lines)
    assert any("quota of revenue for 2020-01-01" in line and "approved by dana" in line for line in lines)


@pytest.mark.parametrize("seller", ["00276", "00281", "00283"])
def test_a_statement_says_how_much_of_the_quota_was_reached(played: Played, seller: str) -> None:
    with redirect_stdout(io.StringIO()) as said:
        assert syncd(["--workspace", str(played.folder), "statement", seller, "2020-03", "--json"]) == 0
    (line,) = (one for one in json.loads(said.getvalue())["lines"] if one["component"] == "commission")
    (told,) = (
        one
        for one in read_plain(FILES / "expected_pay.yaml")["attainment"]
        if (one["employee_id"], one["quarter"]) == (seller, "2020-Q1")
    )
    assert f"{Decimal(line['attainment'].rstrip('%')):.1f} %" == told["share"]


def test_played_once_more_nothing_changes(copy: Path) -> None:
    again = play(copy)
    assert (again.code, [line for line in again.said.splitlines() if "NOT AS" in line]) == (0, [])
    assert again.said.count("Nothing changed.") == 4
    assert "34 results, 0 adjustments" in again.said


def test_a_payout_that_is_not_as_declared_is_noticed(played: Played) -> None:
    expected = read_plain(FILES / "expected_pay.yaml")
    expected["months"][1]["results"].pop(0)
    expected["correction"]["retro"][0]["amount"] = "-33.36"
    expected["facts"]["lines"] += 1
    assert list(compared_pay(open_world(played.folder, date(2020, 6, 22)), expected)) == [
        "2020-02: 00275 commission 2020-02 is ('3185.44', '3185.44', 'USD'), declared nothing",
        "2020-04: 00282 commission 2020-02 is ('-42.91', '-33.35', 'GBP'), declared ('-42.91', '-33.36', 'GBP')",
        "sales: 57851, declared 57852",
    ]


def test_a_correction_that_comes_after_the_story_is_noticed(copy: Path) -> None:
    """The first sales.csv again: its line of February is another one than the newest."""
    shutil.copyfile(copy / "deliveries" / "2020-06-01" / "sales.csv", copy / "inbox" / "sales.csv")
    again = play(copy)
    assert again.code == 1
    assert [line for line in again.said.splitlines() if "NOT AS" in line] == [
        "NOT AS BEFORE: sales: loaded again",
        "NOT AS BEFORE: adjusted again",
    ]
