"""Reports as a service: an advanced report, enabled as a web service, with its prompts; JSON or CSV.

What columns a report has is asked first, for an entry leaves out what is empty: so a mapped column that the report has
no more fails the read, and one that nobody has a value in does not. A report has no pages and may be as large as
Workday lets it be: it is read piece by piece, and its rows are written down as they come.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import ijson
from lxml import etree

from connectors.base import NATIVE, RESERVED, ROW, Dialect, Page, PageFormat
from connectors.https import chunks
from connectors.workday.settings import Settings
from connectors.workday.tenant import MOST_OF_A_REPORT, Tenant
from domain.errors import FixFile, ReadFailed
from domain.problem import Mistake

_PARTS = 2
_ROWS = 5_000
_XSD = "{http://www.w3.org/2001/XMLSchema}"


def read_report(tenant: Tenant, path: str, scratch: Path) -> Iterator[Page]:
    """Yield the pages of a report; `path` is OWNER/REPORT. `FixFile` where there is no such report."""
    if len(path.split("/")) != _PARTS or not all(path.split("/")):
        message = f"a report is named `report:OWNER/REPORT`, not `report:{path}`"
        raise FixFile(message, (Mistake(("stream",), message),))
    columns = _columns(tenant, path)
    kind = tenant.settings.report_format
    now = datetime.now(ZoneInfo(tenant.settings.timezone))
    response = tenant.report(path, {"format": kind, **_prompts(tenant.settings, now)})
    file = scratch / f"report.{kind}"
    with file.open("wb") as sent:
        for chunk in chunks(response, MOST_OF_A_REPORT):
            sent.write(chunk)
    yield from _as_json(file, columns, path) if kind == "json" else _as_csv(file, columns, path)


def _prompts(settings: Settings, now: datetime) -> dict[str, str]:
    """Give the prompts; {effective} is the day of the read, {entry} its moment."""
    moment = now.isoformat(timespec="seconds")
    return {
        name: value.replace("{effective}", now.date().isoformat()).replace("{entry}", moment)
        for name, value in (settings.prompts or {}).items()
    }


def _columns(tenant: Tenant, path: str) -> tuple[str, ...]:
    """Give the columns of a report, as its schema names them."""
    response = tenant.report(path, {"xsds": ""})
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        schema = etree.fromstring(b"".join(chunks(response, 16 << 20)), parser)
    except etree.XMLSyntaxError:
        raise ReadFailed(f"report {path}: its schema cannot be read; run it again") from None
    names = columns_of(schema)
    if not names or RESERVED.intersection(names):
        raise ReadFailed(f"report {path}: its schema names no columns: look at it in Workday (View URLs, Web Service)")
    return names


def columns_of(schema: etree._Element) -> tuple[str, ...]:
    """Give the columns of an entry, as the schema of a report names them."""
    entry = next((one for one in schema.iter(f"{_XSD}complexType") if one.get("name") == "Report_EntryType"), None)
    return () if entry is None else tuple(str(one.get("name")) for one in entry.iter(f"{_XSD}element"))


def _as_json(file: Path, columns: tuple[str, ...], path: str) -> Iterator[Page]:
    done, number, name = 0, 0, f"report {path}"
    with file.open("rb") as sent:
        entries = _entries(sent, columns, path)
        part = list(islice(entries, _ROWS))
        while True:
            following = list(islice(entries, _ROWS)) if len(part) == _ROWS else []
            target = file.with_name(f"report-{number:05d}.jsonl")
            lines = (json.dumps({ROW: row, **one}, ensure_ascii=False) for row, one in enumerate(part, done + 1))
            target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            yield Page(target, PageFormat.JSONL, columns, name, full=True, is_last=not following, rows=len(part))
            if not following:
                return
            done, number, part = done + len(part), number + 1, following


def _entries(sent: object, columns: tuple[str, ...], path: str) -> Iterator[dict[str, str | None]]:
    """Yield the entries of a report as texts; a group of further rows is kept as the JSON it was."""
    known, found = frozenset(columns), False
    try:
        for name, entry in _items(sent):
            found = True
            if name == "item":
                if not isinstance(entry, dict) or not known.issuperset(entry):
                    raise ReadFailed(
                        f"report {path}: an entry has a column that its schema does not name; run it again"
                    )
                yield _line(entry)
    except ijson.JSONError:
        raise ReadFailed(f"report {path}: what came is no whole JSON; run it again") from None
    if not found:
        raise ReadFailed(f"report {path}: what came has no Report_Entry, so it is no report as a service")


def _items(sent: object) -> Iterator[tuple[str, object]]:
    """Yield ("item", entry) for each entry, and ("list", None) where the list of them begins."""
    builder: ijson.ObjectBuilder | None = None
    for prefix, event, value in ijson.parse(sent):
        if (prefix, event) == ("Report_Entry", "start_array"):
            yield "list", None
        elif prefix.startswith("Report_Entry.item"):
            builder = builder or ijson.ObjectBuilder()
            builder.event(event, value)
            if prefix == "Report_Entry.item" and event not in {"start_map", "map_key"}:
                yield "item", builder.value
                builder = None


def _line(entry: dict[str, object]) -> dict[str, str | None]:
    row: dict[str, str | None] = {}
    native = []
    for name, value in entry.items():
        if isinstance(value, str | None):
            row[name] = value or None
            continue
        native.append(name)
        row[name] = str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else _json(value)
    return {**row, NATIVE: f",{','.join(native)},"} if native else row


def _json(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def _as_csv(file: Path, columns: tuple[str, ...], path: str) -> Iterator[Page]:
    """Give the file as it is, once every row of it is known to be whole: what breaks off has no other sign."""
    rows = 0
    try:
        with file.open(encoding="utf-8", newline="") as text:
            reader = csv.reader(text, strict=True)
            names = tuple(next(reader, ()))
            for row in reader:
                rows += 1
                if len(row) != len(names):
                    raise ReadFailed(f"report {path}: line {reader.line_num} has {len(row)} of {len(names)} columns")
    except (csv.Error, UnicodeError):
        raise ReadFailed(f"report {path}: what came is no whole CSV in UTF-8; run it again") from None
    if frozenset(names) != frozenset(columns):
        raise ReadFailed(f"report {path}: what came has other columns than its schema; run it again")
    if file.read_bytes()[-1:] != b"\n":
        raise ReadFailed(f"report {path}: its last line has no end, so it was cut off; run it again")
    yield Page(
        file, PageFormat.CSV, names, f"report {path}", full=True, is_last=True, dialect=Dialect(skip=1), rows=rows
    )
