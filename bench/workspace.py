"""The workspace that is measured: one file source of people, all of whose attributes are mapped.

Its steady state: everybody approved, the roster's columns mirrored, the same file read once more.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Contestant, Took, run
from bench.people import COLUMNS, DATES, WHOLES, Read, Truth, write_people

ROOT = Path(__file__).resolve().parent.parent
#: Where files stand while a benchmark lasts, unless another folder is named.
SCRATCH = ROOT / "var" / "bench"
#: The days on which the first file and the one that is measured are read.
FIRST_DAY, NEXT_DAY = "2026-03-02", "2026-03-03"

_SETTINGS = """\
version: 1
calendars:
  main: {timezone: UTC, pay: monthly, year_starts: 01-01, year_named_by: end}
currency: USD
allow_today: true
sources:
  hr: {kind: file, path: inbox/people.csv}
feeds:
  people: {source: hr, into: participants, mapping: mappings/people.yaml, owns_roster: true, full: true}
custom_attributes:
"""
#: What the words of this product do not have; the others are standard attributes.
_INVENTED = {"whole": WHOLES, "decimal": ("hourly_rate",), "date": ("reviewed_on",)}


@dataclass(frozen=True, slots=True)
class Company:
    """A workspace in a folder, with files beside it to be read: `first.csv`, `next.csv`, ..."""

    folder: Path
    people: int

    @property
    def workspace(self) -> Path:
        """Where `syncd.yaml` is."""
        return self.folder / "workspace"

    def file(self, read: Read) -> Path:
        """Where a file of people is."""
        return self.folder / f"{read}.csv"

    def begin(self) -> None:
        """Make the workspace, empty, in place of whatever is there."""
        shutil.rmtree(self.workspace, ignore_errors=True)
        for name in ("inbox", "mappings"):
            (self.workspace / name).mkdir(parents=True)
        invented = [f"  {name}: {{type: {kind}}}\n" for kind, names in _INVENTED.items() for name in names]
        (self.workspace / "syncd.yaml").write_text(_SETTINGS + "".join(invented))
        fields = [f"  {name}: {{from: {name}{_FORM.get(name, '')}}}\n" for name in COLUMNS]
        (self.workspace / "mappings" / "people.yaml").write_text(f"key: employee_id\nfields:\n{''.join(fields)}")

    def write(self, read: Read) -> Truth:
        """Write a file of people."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return write_people(self.file(read), self.people, read)

    def arrive(self, read: Read) -> None:
        """Let a file be the one that the source has."""
        shutil.copyfile(self.file(read), self.workspace / "inbox" / "people.csv")

    def syncd(self, *arguments: str, today: str, prepare: Callable[[], None] = lambda: None) -> Contestant:
        """Make a call of the command line; exit code 1 only says that there were bad values."""
        command: list[str | Path] = [
            sys.executable,
            "-P",
            "-m",
            "syncd",
            "--workspace",
            self.workspace,
            "--today",
            today,
            *arguments,
        ]
        return Contestant("syncd", command, prepare, codes=(0, 1))

    def steady(self) -> dict[str, Took]:
        """Bring the workspace to its steady state; give what each step took."""
        self.begin()
        self.write(Read.FIRST)
        self.arrive(Read.FIRST)
        steps = {"staged": ["run", "people", "--json"], "approved": ["approve", "--all"]}
        took = {name: run(self.syncd(*step, today=FIRST_DAY)) for name, step in steps.items()}
        return took | {"mirrored": run(self.syncd("run", "people", "--json", today=FIRST_DAY))}

    def keep(self) -> None:
        """Remember the workspace as it is."""
        shutil.rmtree(self.folder / "kept", ignore_errors=True)
        shutil.copytree(self.workspace, self.folder / "kept")

    def restore(self) -> None:
        """Put the workspace back as it was remembered."""
        shutil.rmtree(self.workspace)
        shutil.copytree(self.folder / "kept", self.workspace)

    def found(self) -> Truth:
        """Give what the last run found, from the command line itself."""
        last = json.loads(run(self.syncd("quarantine", "people", "--json", today=NEXT_DAY)).output)
        pending = json.loads(run(self.syncd("changes", "--state", "pending", "--json", today=NEXT_DAY)).output)
        kinds = Counter(change["kind"] for change in pending)
        fields = sum(len(change["fields"]) for change in pending if change["kind"] == "update")
        return Truth(kinds["update"], kinds["add"], kinds["termination"], fields, len(last))


_FORM = dict.fromkeys(DATES, ", type: date, format: '%Y-%m-%d'")
