"""docs/web.md runs as it is written, with the real server."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from domain.rights import Right, Role
from syncd.cli import main
from tests.test_docs import first_column, section, sessions
from tests.web.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "web.md").read_text(encoding="utf-8")


def test_every_role_and_every_scope_is_explained() -> None:
    assert set(first_column(section(PAGE, "Who may do what"))) == {role.value for role in Role}
    assert all(f"`{right.value}`" in section(PAGE, "Programs") for right in Right)


def test_the_page_runs_as_it_is_written(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "syncd"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m syncd "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    folder, served = tmp_path, 0
    for command, expected in sessions(PAGE):
        words = shlex.split(command)
        if words[0] == "cd":
            folder /= words[1]
        elif words[:2] == ["syncd", "web"]:
            served += _is_served(folder, environment)
        else:
            done = subprocess.run(
                ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, check=False
            )
            assert done.returncode == expected, (command, done.stderr)
    assert served == 1


def test_up_is_all_in_one_where_people_log_in(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--workspace", str(tmp_path / "all"), "init"]) == 0
    folder = tmp_path / "all"
    with (folder / "syncd.yaml").open("a") as file:
        file.write("log_in: {address: 'http://127.0.0.1:8000'}\n")
    assert _is_served(folder, {**os.environ, "PYTHONPATH": str(ROOT)}, "up")
    capfd.readouterr()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        line = [sys.executable, "-m", "syncd", "up", "--bind", f"127.0.0.1:{taken.getsockname()[1]}"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(line, cwd=folder, env=environment, stderr=subprocess.PIPE) as process:
            try:
                said = next(one for one in process.stderr or () if b"pages.ended" in one)
                assert process.poll() is None, "feeds are read, pages or not"
            finally:
                process.terminate()
                process.communicate()
    assert (b"again_in=30.0" in said, process.returncode) == (True, 0)


def _is_served(folder: Path, environment: dict[str, str], command: str = "web") -> bool:
    """Whether a command answers with a page, and ends when it is told to."""
    port = free_port()
    line = [sys.executable, "-m", "syncd", command, "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(line, cwd=folder, env=environment, stderr=subprocess.PIPE) as process:
        try:
            page = _page(f"http://127.0.0.1:{port}/log-in", process)
        finally:
            process.terminate()
            process.communicate(timeout=60)
    assert process.returncode == 0
    return b"Log in" in page


def _page(address: str, process: subprocess.Popen[bytes]) -> bytes:
    for _ in range(600):
        if process.poll() is not None:
            pytest.fail("the server ended")
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - our own, on this machine
                return bytes(answer.read())
        except OSError:  # it does not listen yet, or is not done beginning
            time.sleep(0.1)
    pytest.fail("the server did not answer")
