"""The workspace that is measured: a file source of people, all of whose attributes are mapped."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.people import COLUMNS, DATES, DECIMALS, WHOLES
from domain.attributes import STANDARD

ROOT = Path(__file__).resolve().parent.parent
#: Where the files of a benchmark stand while it lasts.
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
  people:
    source: hr
    into: participants
    mapping: mappings/people.yaml
    owns_roster: true
    full: true
"""


def make_workspace(folder: Path) -> None:
    """Make an empty workspace in place of whatever is there."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("inbox", "mappings"):
        (folder / name).mkdir(parents=True)
    custom = {
        **dict.fromkeys(WHOLES, "whole"), **dict.fromkeys(DECIMALS, "decimal"), **dict.fromkeys(DATES, "date")
    }  # fmt: skip
    invented = "".join(f"  {name}: {{type: {kind}}}\n" for name, kind in custom.items() if name not in STANDARD)
    (folder / "syncd.yaml").write_text(f"{_SETTINGS}custom_attributes:\n{invented}")
    fields = [f"  {name}: {{from: {name}{_type(name)}}}\n" for name in COLUMNS]
    (folder / "mappings" / "people.yaml").write_text(f"key: employee_id\nfields:\n{''.join(fields)}")


def _type(name: str) -> str:
    if name in DATES:
        return ", type: date, format: '%Y-%m-%d'"
    return ""
