"""A workspace in a folder, spoken to as a comp admin does: a file arrives, a day passes, changes are decided.

Everything goes through the command line, in this process: `syncd.cli.main`, with `--json`, its standard output
caught. What comes back are the documents of the contract.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

from syncd.cli import main

Document = dict[str, Any]
Row = Mapping[str, str]

ROOT = Path(__file__).parents[2]
START = "2026-01-05"

#: The columns of the people file, and the attribute that each is mapped to. A file always has all of them.
COLUMNS: dict[str, tuple[str, Document]] = {
    "id": ("employee_id", {}),
    "name": ("name", {}),
    "email": ("email", {"pattern": r"[^@\s]+@[^@\s]+"}),
    "title": ("title", {}),
    "team": ("team", {}),
    "hired": ("hire_date", {"type": "date", "format": "%Y-%m-%d"}),
    "left": ("termination_date", {"type": "date", "format": "%Y-%m-%d"}),
    "manager": ("manager", {"type": "participant", "by": "employee_id"}),
    "ote": ("ote", {"type": "decimal"}),
    "phone": ("phone", {}),
    "plans": ("plans", {"type": "set", "separator": ";"}),
    "seen": ("seen", {"type": "instant"}),
    "status": ("status", {"values": {"active": "active", "leave": "on_leave", "left": "terminated"}}),
}

#: Those that are mapped in every scenario; the others where `World.use` says so.
USUAL = ("id", "name", "email", "title", "team", "hired", "left")

#: The column with the day from which a row holds; empty: it does not say.
DATED = "from"


def settings() -> Document:
    """`syncd.yaml` as every scenario begins with it (JSON is YAML)."""
    return {
        "version": 1,
        "calendars": {"main": {"timezone": "UTC"}},
        "allow_today": True,
        "sources": {"hr": {"kind": "file", "path": "inbox/people.csv"}},
        "feeds": {
            "people": {
                "source": "hr",
                "into": "participants",
                "mapping": "mappings/people.yaml",
                "owns_roster": True,
                "full": True,
            }
        },
        "custom_attributes": {"phone": {"type": "text"}, "seen": {"type": "instant"}},
    }


def mapping(columns: Sequence[str] = USUAL) -> Document:
    """`mappings/people.yaml` for some columns."""
    return {
        "key": "id",
        "fields": {COLUMNS[name][0]: {"from": name, **COLUMNS[name][1]} for name in columns},
        "effective": {"from": DATED, "type": "date", "format": "%Y-%m-%d"},
    }


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered: its exit code, and its document; `answer["pending"]` reads in that."""

    code: int
    document: Any

    def __getitem__(self, name: str | int) -> Any:
        return self.document[name]

    @property
    def error(self) -> Document:
        """The error a command answered with."""
        found: Document = self.document["error"]
        return found


class World:
    """One workspace on one day. `settings` and `mapping` are its files; `save()` writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.today = date.fromisoformat(START)
        self.settings = settings()
        self.mapping = mapping()
        for name in ("inbox", "mappings"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.save()

    # --- what arrives, and when

    def save(self) -> None:
        """Write the configuration as it stands."""
        self.write("syncd.yaml", json.dumps(self.settings))
        self.write("mappings/people.yaml", json.dumps(self.mapping))

    def use(self, *columns: str) -> None:
        """Map further columns of the people file."""
        self.mapping["fields"] |= mapping(columns)["fields"]
        self.save()

    def write(self, name: str, content: str | bytes) -> Path:
        """Put a file into the workspace."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    @property
    def feed(self) -> Document:
        """The settings of the people feed, to be changed and saved."""
        found: Document = self.settings["feeds"]["people"]
        return found

    def on(self, day: str) -> Self:
        """Let it be another day."""
        self.today = date.fromisoformat(day)
        return self

    def send(self, rows: Iterable[Row], *, name: str = "people.csv") -> None:
        """Let a people file arrive in the inbox."""
        self.write(f"inbox/{name}", table(rows))

    # --- the commands

    def call(self, *arguments: str) -> Answer:
        """Run a command with `--json` in this process."""
        output, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(errors):
            code = main(self._argv(arguments))
        assert not errors.getvalue(), errors.getvalue()
        return Answer(code, json.loads(output.getvalue()))

    def process(self, *arguments: str) -> Answer:
        """Run a command with `--json` as a process of its own."""
        line = [sys.executable, "-m", "syncd", *self._argv(arguments)]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
        assert "Traceback" not in done.stderr, done.stderr
        return Answer(done.returncode, json.loads(done.stdout))

    def run(self, rows: Iterable[Row] | None = None, *, dry: bool = False) -> Answer:
        """Run the people feed, on a file of these rows; the answer is that of the one run."""
        if rows is not None:
            self.send(rows)
        said = self.call("run", "people", *(["--dry-run"] if dry else []))
        return Answer(said.code, said["runs"][0] if "runs" in said.document else said.document)

    def begin(self, rows: Iterable[Row]) -> None:
        """Load people and approve them all: where most stories begin."""
        assert self.run(rows).code == 0
        assert self.approve().code == 0

    def changes(self, state: str | None = None, **filters: str) -> list[Document]:
        """List changes, by state and filters."""
        wanted = {**({"state": state} if state else {}), **filters}
        return list(self.call("changes", *_options(wanted)).document)

    def pending(self) -> list[Document]:
        """List what waits for a decision."""
        return self.changes("pending")

    def one(self, state: str | None = "pending", **filters: str) -> Document:
        """Give the only change there is in a state."""
        found = self.changes(state, **filters)
        assert len(found) == 1, [(one["id"], one["kind"], one["state"], one["fields"]) for one in found]
        return found[0]

    def approve(self, *changes: str | Document, **options: str | bool) -> Answer:
        """Approve changes, or all that wait."""
        return self.call("approve", *(_ids(changes) or ["--all"]), *_options(options))

    def reject(self, *changes: str | Document, reason: str = "not ours", **options: str | bool) -> Answer:
        """Reject changes, or all that wait."""
        return self.call("reject", *(_ids(changes) or ["--all"]), *_options({"reason": reason, **options}))

    def set(self, key: str, *values: str, start: str, approved: bool = True, **options: str) -> Document:
        """Correct values by hand, and approve that."""
        given = _options({"from": start, "reason": "by hand", **options})
        said = self.call("set", key, *values, *given)
        assert said.code == 0, said.document
        if approved:
            assert self.approve(said["id"]).code == 0
        return dict(said.document)

    # --- what is known

    def roster(
        self, day: str | None = None, *, known_at: int | None = None, everyone: bool = False
    ) -> dict[str, Document]:
        """The values of everybody on a day, by employee id."""
        options = {"as-of": day or str(self.today), **({"known-at": str(known_at)} if known_at is not None else {})}
        flags = ["--all"] if everyone else []
        found = self.call("participants", *_options(options), *flags)
        return {one["attributes"]["employee_id"]: one["attributes"] for one in found.document}

    def history(self, key: str, *names: str) -> list[tuple[Any, ...]]:
        """Each version of a person: first day, first day it no longer holds, and the named values."""
        found = self.call("participants", "--history", key)
        return [
            (one["valid_from"], one["valid_to"], *(one["attributes"].get(name) for name in names))
            for one in found.document
        ]

    def revision(self) -> int:
        """The newest revision of an act."""
        return int(self.call("audit")[-1]["revision"])

    def kept(self) -> Document:
        """Everything an admin can list: what a failed or dry run may not have touched."""
        lists = ("changes", "rejections", "conflicts", "quarantine", "links", "audit")
        found = {name: self.call(name).document for name in lists}
        found["hold"] = self.call("hold", "list").document
        return {**found, "participants": self.call("participants", "--all").document}

    @property
    def database_url(self) -> str:
        """Where the database is."""
        return os.environ.get("SYNCD_DATABASE_URL") or f"sqlite:///{self.folder / 'var' / 'syncd.db'}"

    def _argv(self, arguments: Sequence[str]) -> list[str]:
        return ["--workspace", str(self.folder), "--today", str(self.today), *arguments, "--json"]


def table(rows: Iterable[Row]) -> str:
    """Write rows as a CSV file with every column."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, DATED], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _ids(changes: Sequence[str | Document]) -> list[str]:
    return [one if isinstance(one, str) else str(one["id"]) for one in changes]


def _options(given: Mapping[str, str | bool]) -> list[str]:
    """Write options as a command line has them: `for_good=True` is `--for-good`, False is not said."""
    words: list[str] = []
    for name, value in given.items():
        option = f"--{name.rstrip('_').replace('_', '-')}"
        if value is not False:
            words += [option] if value is True else [option, str(value)]
    return words
