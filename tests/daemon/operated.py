"""A workspace that an operator lets run by itself, on a clock that stands still until a test moves it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syncd.cli import main
from tests.cursors.crm import Clock, Crm
from tests.scenarios.numbered import numbered
from tests.scenarios.world import ROOT, Answer, Document

#: No process in these tests goes on for longer, in seconds; one that does has failed.
AT_MOST = 60


class Operated(Crm):
    """A world whose feed `people` is due every hour; `log` is what its processes said last."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder)
        self.clock = clock
        self.log = ""
        self.feed["schedule"] = "hourly"
        self.save()
        self.says(100, "00001", title="Rep")
        self.script_is()

    def script_is(self, **script: Any) -> None:
        """Let the CRM behave so from now on."""
        self.write("crm.json", json.dumps({**self.script, "now": 1000, **script}))

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.clock.instant += timedelta(**time)

    def do(self, *arguments: str) -> Answer:
        """Run a command with `--json` in this process; what it logs is in `log`."""
        output, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(errors):
            code = main(self._argv(arguments))
        self.log = errors.getvalue()
        assert "Traceback" not in self.log, self.log
        return Answer(code, json.loads(output.getvalue()) if output.getvalue() else None)

    def tick(self) -> list[Document]:
        """Let the clock look once; gives what had come."""
        said = self.do("clock", "--once")
        assert said.code == 0, said.document
        return list(said["planned"])

    def work(self) -> list[Document]:
        """Let a worker do all there is; gives what it did."""
        return list(self.do("worker", "--once")["jobs"])

    def jobs(self) -> list[tuple[str, str]]:
        """Every job with its state."""
        return [(one["id"], one["state"]) for one in self.do("jobs").document]

    def job(self) -> Document:
        """The newest job."""
        found: Document = self.do("jobs")[-1]
        return found

    def schedule(self) -> Document:
        """When the feed runs."""
        (found,) = self.do("schedules").document
        return dict(found)

    def outcomes(self) -> list[str]:
        """What each run of the feed came to, the oldest first."""
        from store.runs import runs

        with self._reading() as tx:
            return [one.state.value for one in runs(tx, "people")]

    def everything(self) -> Document:
        """All that anybody can list, and whether it is as it was decided; without which run said it, and when."""
        found = self.kept()
        for one in (*found["changes"], *found["audit"], *found["links"]):
            for name in ("run", "at", "since", "since_at"):
                one.pop(name, None)
        return dict(numbered({**found, "verified": self.do("audit", "verify").code}))

    def files(self) -> set[Path]:
        """Every file that is there of what was landed."""
        return {one for one in (self.folder / "var" / "landing").rglob("*") if one.is_file()}

    @contextmanager
    def process(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:  # type: ignore[override] # one that goes on
        """Start a command as a process of its own, on the machine's clock; it is killed where a test leaves it."""
        line = [sys.executable, "-m", "syncd", "--workspace", str(self.folder), *arguments]
        with subprocess.Popen(line, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=os.environ.copy()) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def now_really(self) -> None:
        """Let the clock of this process be the machine's, as that of the others is."""
        self.clock.instant = datetime.now(UTC)

    def _argv(self, arguments: Any) -> list[str]:
        return ["--workspace", str(self.folder), *arguments, "--json"]


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait until a process has ended by itself; gives its exit code and what it said since it was last asked."""
    assert process.stderr is not None
    said = process.stderr.read()
    process.wait(AT_MOST)
    assert "Traceback" not in said, said
    return process.returncode, said


def told_to_stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Ask a process to end, as an operator's system does."""
    process.send_signal(signal.SIGTERM)
    return ended(process)


def until_said(process: subprocess.Popen[str], what: str) -> str:
    """Read what a process says until something is said."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if what in line:
            return "".join(said)
    raise AssertionError(f"it ended without saying {what}: {''.join(said)}")
