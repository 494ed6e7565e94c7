"""The Bulk API 2.0 of the double: jobs that read and jobs that write, as state machines."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.doubles.salesforce import soql
from tests.doubles.salesforce.org import Job, Org, Refused

MOST = 100 << 20  # bytes of an upload


def begin_query(org: Org, form: dict[str, str], version: str) -> Job:
    if form.get("operation") not in {"query", "queryAll"} or form.get("contentType", "CSV") != "CSV":
        raise Refused(400, "InvalidJob", "unknown operation or content type")
    query = soql.parse(org, form["query"])
    if not org.objects[query.object].in_bulk:
        raise Refused(400, "INVALIDENTITY", f"Entity '{query.object}' is not supported by the Bulk API.")
    found = Job(f"750{len(org.jobs) + 1:012d}AAA", form["operation"], query.object, form["query"], version)
    org.jobs[found.id] = found
    return found


def look(org: Org, job: Job) -> dict[str, Any]:
    """A job goes on when it is looked at."""
    if job.state in {"UploadComplete", "InProgress"}:
        job.looks += 1
        if job.looks > org.job_looks:
            _run(org, job)
        else:
            job.state = "InProgress"
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "state": job.state,
        "numberRecordsProcessed": len(job.records) or len(job.done) + len(job.failed),
        "numberRecordsFailed": len(job.failed),
        "apiVersion": float(job.version),
        **({"errorMessage": job.message} if job.message else {}),
    }


def results(org: Org, job: Job, asked: dict[str, str], version: str) -> tuple[bytes, dict[str, str]]:
    if version != job.version:
        raise Refused(409, "InvalidVersion", "created and read with different versions")
    if job.state != "JobComplete":
        raise Refused(400, "InvalidJobState", "the job is not complete")
    start = int(asked.get("locator", "0"))
    size = min(int(asked.get("maxRecords", "50000")), org.piece or 1 << 30)
    part = job.records[start : start + size]
    following = start + len(part)
    locator = str(following) if following < len(job.records) else "null"
    return _csv(job.columns, part), {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(len(part))}


def _run(org: Org, job: Job) -> None:
    if job.message:
        job.state = "Failed"
        return
    if job.operation not in {"query", "queryAll"}:
        _write(org, job)
        return
    query = soql.parse(org, job.query)
    job.columns = list(query.paths)
    for record in soql.run(org, query, deleted=job.operation == "queryAll"):
        row = org.row(query.object, record)
        job.records.append({path: soql.value(org, query.object, row, path) for path in query.paths})
    job.state = "JobComplete"


def _csv(columns: list[str], rows: list[dict[str, Any]]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_text(row[name]) for name in columns] for row in rows)
    return target.getvalue().encode()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    return str(value)


# --- jobs that write


def begin_ingest(org: Org, form: dict[str, str], version: str) -> Job:
    name, external = form["object"], form.get("externalIdFieldName", "")
    if form["operation"] != "upsert" or name not in org.objects or form.get("lineEnding", "LF") != "LF":
        raise Refused(400, "InvalidJob", "only upsert of objects that there are")
    if set(org.objects[name].rights) != {"createable", "updateable"}:
        raise Refused(400, "InvalidJob", f"no right to write {name}")
    if external not in org.objects[name].visible() or not org.objects[name].fields[external].external:
        raise Refused(400, "InvalidJob", f"{external} is no external id of {name}")
    found = Job(f"750{len(org.jobs) + 1:012d}AAA", "upsert", name, "", version, "Open", external=external)
    org.jobs[found.id] = found
    return found


def set_state(job: Job, state: str) -> None:
    may = {"Aborted": ("Open", "UploadComplete", "InProgress"), "UploadComplete": ("Open",) if job.content else ()}
    if job.state not in may.get(state, ()):
        raise Refused(400, "InvalidJobState", f"{job.state} does not become {state}")
    job.state = state


def upload(job: Job, content: bytes, kind: str) -> None:
    if job.state != "Open" or job.content:
        raise Refused(400, "InvalidJobState", "content is uploaded once, while the job is open")
    if not kind.startswith("text/csv") or b"\r\n" in content:
        raise Refused(400, "InvalidBatch", "not the CSV that the job was declared with")
    if len(content) > MOST:
        raise Refused(400, "ExceededQuota", "an upload has at most 100 MB")
    job.content = content


def outcome(job: Job, kind: str) -> bytes:
    """successfulResults, failedResults or unprocessedrecords of a job that has ended, as CSV."""
    if job.state not in {"JobComplete", "Failed", "Aborted"} or not job.content:
        raise Refused(400, "InvalidJobState", "the job has not ended, or never had rows")
    sent = list(csv.DictReader(io.StringIO(job.content.decode())))
    names = list(sent[0]) if sent else []
    if kind == "failedResults":
        rows = [{"sf__Id": None, "sf__Error": error, **row} for row, error in job.failed]
        return _csv(["sf__Id", "sf__Error", *names], rows)
    if kind == "successfulResults":
        made = zip(job.done, job.created, strict=True)
        return _csv(["sf__Id", "sf__Created", *names], [{"sf__Id": "", "sf__Created": new, **row} for row, new in made])
    looked_at = [*job.done, *(row for row, _ in job.failed)]
    return _csv(names, [dict(row) for row in sent if row not in looked_at])


def _write(org: Org, job: Job) -> None:
    """Rows that work stay, whatever becomes of the rest; a column that there is not ends the job before its first."""
    fields = org.objects[job.object].visible()
    reader = csv.DictReader(io.StringIO(job.content.decode()))
    unknown = [name for name in reader.fieldnames or () if name not in fields or fields[name].readonly]
    if unknown:
        job.state, job.message = "Failed", f"InvalidBatch : Field name not found : {unknown[0]}"
        return
    stops, org.stops_after = org.stops_after, None
    for number, row in enumerate(reader):
        if stops is not None and number >= stops:
            job.state, job.message = "Failed", "InternalServerError : Server error"
            return
        if error := _refusal(org, job, row):
            job.failed.append((row, error))
            continue
        cells = {name: cell for name, cell in row.items() if cell != ""}
        _, is_new = upsert(org, job.object, job.external, row[job.external], cells)
        job.done.append(row)
        job.created.append(is_new)
    job.state = "JobComplete"


def _refusal(org: Org, job: Job, row: dict[str, str]) -> str | None:
    key = row.get(job.external, "")
    if not key or key == "#N/A":
        return "MISSING_ARGUMENT:external id"
    if org.refuses.get(key):
        return f"{org.refuses[key].pop(0)}:said of {key}:--"
    if sum(one[job.external] == key for one in org.rows(job.object, deleted=False)) > 1:
        return "DUPLICATE_EXTERNAL_ID:matched more than one record:--"
    for name, cell in row.items():
        if org.objects[job.object].fields[name].type == "currency" and cell not in {"", "#N/A"}:
            try:
                Decimal(cell)
            except InvalidOperation:
                return f"INVALID_TYPE_ON_FIELD_IN_RECORD:{name}:--"
    return None


def upsert(org: Org, name: str, external: str, key: str, cells: dict[str, Any]) -> tuple[str, bool]:
    """Write a record known by an external id; an empty cell leaves what is there, `#N/A` empties it."""
    known = [row["Id"] for row in org.rows(name, deleted=False) if row[external] == key]
    if len(known) > 1:
        raise Refused(300, "DUPLICATE_EXTERNAL_ID", "two records have it")
    values: dict[str, Any] = {one: None if cell == "#N/A" else cell for one, cell in cells.items()}
    return org.save(name, known[0] if known else None, **{**values, external: key}), not known
