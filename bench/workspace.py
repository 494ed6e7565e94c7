"""The workspace that is measured: a file source of people, or two, all of whose attributes are mapped.

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
from bench.people import COLUMNS, DATES, FIRST_OF_TWO, SECOND, WHOLES, Read, Truth, write_people

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
SOURCES
feeds:
  people: {source: hr, into: participants, mapping: mappings/people.yaml, owns_roster: true, full: true}
FEEDS
custom_attributes:
"""
#: What is said of a second source, whose title counts for nothing while the first one has any.
_SECOND = {
    "SOURCES": "  crm: {kind: file, path: inbox/crm.csv}",
    "FEEDS": "  crm: {source: crm, into: participants, mapping: mappings/crm.yaml, full: true}\n"
    "attributes:\n  title: {sources: [hr, crm]}",
}
#: What the words of this product do not have; the others are standard attributes.
_INVENTED = {"whole": WHOLES, "decimal": ("hourly_rate",), "date": ("reviewed_on",)}


@dataclass(frozen=True, slots=True)
class Company:
    """A workspace in a folder, with files beside it to be read: `first.csv`, `next.csv`, ...

    With two `sources` a second one brings some of the attributes of the same people: `crm-first.csv`, ...
    """

    folder: Path
    people: int
    sources: int = 1

    @property
    def feeds(self) -> dict[str, tuple[str, ...]]:
        """Each feed with the columns of its file."""
        return {"people": COLUMNS} if self.sources == 1 else {"people": FIRST_OF_TWO, "crm": SECOND}

    @property
    def workspace(self) -> Path:
        """Where `syncd.yaml` is."""
        return self.folder / "workspace"

    def file(self, read: Read, feed: str = "people") -> Path:
        """Where a file of people is."""
        return self.folder / (f"{read}.csv" if feed == "people" else f"{feed}-{read}.csv")

    def begin(self) -> None:
        """Make the workspace, empty, in place of whatever is there."""
        shutil.rmtree(self.workspace, ignore_errors=True)
        for name in ("inbox", "mappings"):
            (self.workspace / name).mkdir(parents=True)
        invented = [f"  {name}: {{type: {kind}}}\n" for kind, names in _INVENTED.items() for name in names]
        settings = _SETTINGS
        for mark, said in _SECOND.items():
            settings = settings.replace(f"{mark}\n", f"{said}\n" if self.sources > 1 else "")
        (self.workspace / "syncd.yaml").write_text(settings + "".join(invented))
        for feed, columns in self.feeds.items():
            fields = [f"  {name}: {{from: {name}{_FORM.get(name, '')}}}\n" for name in columns]
            (self.workspace / "mappings" / f"{feed}.yaml").write_text(f"key: employee_id\nfields:\n{''.join(fields)}")

    def write(self, read: Read) -> Truth:
        """Write the files of people."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (truth,) = {
            write_people(self.file(read, feed), self.people, read, columns) for feed, columns in self.feeds.items()
        }
        return truth

    def arrive(self, read: Read) -> None:
        """Let a file be the one that a source has, of each source."""
        for feed in self.feeds:
            shutil.copyfile(self.file(read, feed), self.workspace / "inbox" / f"{feed}.csv")

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
        for feed in ["crm", "crm"] if self.sources > 1 else []:  # who they are, then what is said of them
            run(self.syncd("run", feed, "--json", today=FIRST_DAY))
            run(self.syncd("approve", "--all", today=FIRST_DAY))
        return took | {"mirrored": self._read_again()}

    def renew(self) -> None:
        """Let this program remember what it reads: another one may have known rows by other things."""
        self.restore()
        self.write(Read.FIRST)
        self.arrive(Read.FIRST)
        self._read_again()
        self.keep()

    def _read_again(self) -> Took:
        return run(self.syncd("run", *self.feeds, "--json", today=FIRST_DAY))

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
        last = [
            one
            for feed in self.feeds
            for one in json.loads(run(self.syncd("quarantine", feed, "--json", today=NEXT_DAY)).output)
        ]
        pending = json.loads(run(self.syncd("changes", "--state", "pending", "--json", today=NEXT_DAY)).output)
        kinds = Counter(change["kind"] for change in pending)
        updates = [change for change in pending if change["kind"] == "update"]
        changed = len({change["participant"] for change in updates})
        fields = sum(len(change["fields"]) for change in updates)
        return Truth(changed, kinds["add"], kinds["termination"], fields, len(last))


_FORM = dict.fromkeys(DATES, ", type: date, format: '%Y-%m-%d'")
