"""The same as processes of their own: the program as it is installed, its exit codes, nothing but JSON printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.people import COMPANY, someone, with_cells
from tests.scenarios.world import ROOT, World


def test_a_change_from_its_arrival_to_the_roster(company: World):
    """run, changes, approve, participants, audit verify."""
    company.send(with_cells(COMPANY, "01001", title="Lead"))
    said = company.process("run")
    assert (said.code, said["runs"][0]["pending"]) == (0, 1)
    (change,) = company.process("changes", "--state", "pending").document
    assert company.process("approve", change["id"]).code == 0
    found = company.process("participants", "--history", "01001")
    assert [one["attributes"]["title"] for one in found.document] == ["Rep", "Lead"]
    assert company.process("audit", "verify")["whole"] is True


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_way_to_end_has_its_exit_code(company: World):
    """1 problems in the data, 3 held, 4 cannot be read, 5 refused, 2 a mistake."""
    company.send([*with_cells(COMPANY, "01001", hired="soon"), someone("02001")])
    assert company.process("run").code == 1
    company.send(COMPANY[:10])
    assert company.process("run").code == 3
    company.write("inbox/people.csv", "id,na")
    assert company.process("run").code == 4
    assert company.process("approve", "C999").code == 5
    company.write("syncd.yaml", "version: 2\n")
    broken = company.process("run")
    assert (broken.code, broken.error["code"]) == (2, "mistake")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_could_not_be_written_is_not_said_to_be_done(company: World):
    """The disk is full: an empty file beside exit code 0 would pass for an answer."""
    line = [sys.executable, "-m", "syncd", "--workspace", str(company.folder), "hold", "list", "--json"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(line, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=buffered)
    assert done.returncode != 0
    assert "No space left" in done.stderr


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_new_workspace_is_ready_to_run(company: World):
    """`init`, then a file, then `run`: what the starting files map is what the reader is told to send."""
    folder = company.folder / "new"
    line = [sys.executable, "-m", "syncd", "--workspace", str(folder)]
    made = subprocess.run([*line, "init"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "check" in made.stdout
    (folder / "inbox" / "people.csv").write_text(
        "Employee ID,Name,Email,Title,Hired,Last Day\n00001,Ann,ann@example.com,Rep,2026-01-05,\n"
    )
    ran = subprocess.run([*line, "run"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "completed" in ran.stdout
    again = subprocess.run([*line, "init"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert again.returncode == 2
