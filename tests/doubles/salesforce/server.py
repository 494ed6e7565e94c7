"""The double's API over TLS: `serve` starts it, and gives the org behind it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.doubles.salesforce import bulk, soql
from tests.doubles.salesforce.org import MINUTE, MOVED, MY_DOMAIN, Org, Refused, Result, stamp
from tests.doubles.salesforce.tokens import App, grant
from tests.doubles.tls import Authority, Handler, serving

NAMES = (MY_DOMAIN, MOVED, "login.salesforce.com", "acme--uat.sandbox.my.salesforce.com")
OLDEST, NEWEST = 41, 68


@dataclass(repr=False)
class Double:
    """A running org: `org` is what it holds, `app` what it lets in."""

    org: Org
    app: App
    port: int
    authority: Path

    @property
    def my_domain(self) -> str:
        return f"{MY_DOMAIN}:{self.port}"

    def renew(self) -> None:
        """Be an empty org again."""
        self.org, self.app = Org(), App(key=self.app.key)
        self.org.port = self.port


@contextmanager
def serve(folder: Path) -> Iterator[Double]:
    authority = Authority(folder)
    double = Double(Org(), App(), 0, authority.file)

    class Answers(_Answers):
        held = double

    with serving(Answers, authority.context(*NAMES)) as port:
        double.port = double.org.port = port
        yield double


class _Answers(Handler):
    held: Double

    @property
    def org(self) -> Org:
        return self.held.org

    def asked(self) -> None:
        org, content = self.org, self.body()
        path = unquote(urlsplit(self.path).path)
        org.asked.append((self.command, path))
        fault = org.fault_of(self.command, self.path)
        if fault is not None and fault.status is not None:
            self.say(fault.status, fault.body, {"Content-Type": "application/json", **fault.headers})
            return
        try:
            status, body, headers = self.result(path, content)
        except Refused as error:
            status, headers = error.status, {}
            body = json.dumps([{"errorCode": error.code, "message": error.message}]).encode()
            if "/oauth2/" in path:
                body = json.dumps({"error": error.code, "error_description": error.message}).encode()
        if fault is not None and fault.headers:
            headers |= fault.headers
        self.say(status, body, headers, cut=fault.cut if fault else None, stalls=fault is not None and fault.stalls)

    def say(
        self, status: int, body: bytes, headers: dict[str, str], cut: int | None = None, *, stalls: bool = False
    ) -> None:  # fmt: skip
        self.send_response_only(status)
        self.send_header("Date", format_datetime(self.org.now, usegmt=True))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if cut is None else body[:cut])
        if stalls:
            self.wfile.flush()
            self.rfile.read(1)
        self.close_connection = self.close_connection or cut is not None

    def result(self, path: str, content: bytes) -> tuple[int, bytes, dict[str, str]]:
        org, asked = self.org, dict(parse_qsl(urlsplit(self.path).query))
        asked["content-type"] = str(self.headers.get("Content-Type", ""))
        host = str(self.headers["Host"]).partition(":")[0]
        if path == "/services/oauth2/token":
            form = dict(parse_qsl(content.decode()))
            return _json(200, grant(org, self.held.app, form, self.headers.get("Authorization"), host))
        if path == "/services/oauth2/revoke":
            org.tokens.discard(dict(parse_qsl(content.decode())).get("token", ""))
            return 200, b"", {}
        self._let_in(host)
        found = re.fullmatch(r"/services/data/v(\d\d\.\d)/(.*)", path)
        if path == "/services/data":
            return _json(200, [{"version": f"{NEWEST}.0"}])
        if found is None:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        version, rest = found[1], found[2]
        if float(version) < OLDEST:
            raise Refused(410, "UNSUPPORTED_API_VERSION", "this version is gone")
        if float(version) > NEWEST:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        limit = {"Sforce-Limit-Info": f"api-usage={org.used}/{org.total}"}
        for pattern, answer in _ROUTES:
            if (match := re.fullmatch(pattern, f"{self.command} {rest}")) is not None:
                status, body, headers = answer(org, match, asked, content, version)
                return status, body, headers | limit
        raise Refused(404, "NOT_FOUND", "The requested resource does not exist")

    def _let_in(self, host: str) -> None:
        org = self.org
        if host != org.instance:
            raise Refused(401, "INVALID_SESSION_ID", "this org is not here")
        token = str(self.headers.get("Authorization", "")).removeprefix("Bearer ")
        if token not in org.tokens:
            raise Refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
        org.used += 1
        if org.used > org.total:
            raise Refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


Answer = tuple[int, bytes, dict[str, str]]


def _json(status: int, document: Any) -> Answer:
    text = re.sub(r'"@number:([^"]*)"', r"\1", json.dumps(document, default=_shown))
    return status, text.encode(), {"Content-Type": "application/json"}


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Decimal):  # sent with the digits it has
        return f"@number:{value}"
    raise TypeError(value)


def _describe(org: Org, match: re.Match[str], asked: dict[str, str], content: bytes, version: str) -> Answer:
    found = org.objects.get(match[1])
    if found is None or not found.readable:
        raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
    fields = [one.described() for one in found.visible().values()]
    flags = {"queryable": True, "replicateable": found.tells_changes}
    flags |= {right: right in found.rights for right in ("createable", "updateable")}
    return _json(200, {"name": found.name, **flags, "fields": fields})


def _query(org: Org, match: re.Match[str], asked: dict[str, str], content: bytes, version: str) -> Answer:
    deleted = match[1] == "All"
    if locator := match[2]:
        if locator not in org.locators:
            raise Refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        told = org.locators.pop(locator)
        return _page(org, soql.parse(org, told.text), told, version)
    query = soql.parse(org, asked["q"])
    if query.object == "UserPermissionAccess":
        return _json(200, {"totalSize": 1, "done": True, "records": [{name: org.rights[name] for name in query.paths}]})
    if not org.objects[query.object].tells_changes and query.terms:
        raise Refused(400, "INVALID_FIELD", "no filter on that")
    ids = soql.run(org, query, deleted=deleted)
    return _page(org, query, Result(query.text, ids, len(ids), deleted), version)


def _page(org: Org, query: soql.Query, told: Result, version: str) -> Answer:
    """A page of a result: which records it has was fixed when the query ran, what they hold is as it is now."""
    size = org.page_sizes[told.pages % len(org.page_sizes)]
    here, rest = told.ids[:size], told.ids[size:]
    seen = {row["Id"] for row in org.rows(query.object, deleted=told.deleted)}
    records = [_record(org, query, one) for one in here if one in seen]
    body: dict[str, Any] = {"totalSize": told.total, "done": not rest, "records": records}
    if rest:
        locator = f"01g{next(org.numbers):012d}AAA-{told.total - len(rest)}"
        org.locators[locator] = replace(told, ids=rest, pages=told.pages + 1)
        body["nextRecordsUrl"] = f"/services/data/v{version}/query/{locator}"
    return _json(200, body)


def _record(org: Org, query: soql.Query, record: str) -> dict[str, Any]:
    row = org.row(query.object, record)
    found: dict[str, Any] = {"attributes": {"type": query.object}}
    for path in query.paths:
        names, target = path.split("."), found
        value = soql.value(org, query.object, row, path)
        for name in names[:-1]:
            if value is None and target.get(name) is None:
                target[name] = None
                break
            target = target.setdefault(name, {"attributes": {}})
        else:
            target[names[-1]] = value
    return found


def _updated(org: Org, match: re.Match[str], asked: dict[str, str], content: bytes, version: str) -> Answer:
    name = match[1]
    start, end = _window(org, name, asked, timedelta(days=30))
    ids = sorted({row["Id"] for row in org.rows(name, deleted=False) if start <= row["SystemModstamp"] <= end})
    if len(ids) > org.id_limit:
        raise Refused(400, "EXCEEDED_ID_LIMIT", "too many ids")
    return _json(200, {"ids": ids, "latestDateCovered": stamp(min(org.covered(), end))})


def _deleted(org: Org, match: re.Match[str], asked: dict[str, str], content: bytes, version: str) -> Answer:
    name = match[1]
    start, end = _window(org, name, asked, timedelta(days=15))
    gone = []
    for kind, record in org.records:
        state = org.state(kind, record)
        if kind == name and state is not None and state.deleted and start <= state.stamp <= end:
            gone.append({"id": record[:15], "deletedDate": stamp(state.stamp)})
    earliest = stamp(org.now - org.keeps)
    covered = stamp(min(org.covered(), end))
    return _json(
        200, {"deletedRecords": gone, "earliestDateAvailable": earliest, "latestDateCovered": covered}
    )  # fmt: skip


def _window(org: Org, name: str, asked: dict[str, str], most: timedelta) -> tuple[datetime, datetime]:
    if name not in org.objects or not org.objects[name].tells_changes:
        raise Refused(404, "NOT_FOUND", "no replication of this object")
    start, end = (datetime.fromisoformat(asked[one]).replace(second=0, microsecond=0) for one in ("start", "end"))
    if end - start < MINUTE or start < org.now - most - MINUTE:
        raise Refused(400, "INVALID_REPLICATION_DATE", "startDate before org replication enabled date, or too short")
    return start, min(datetime.fromisoformat(asked["end"]) + MINUTE, org.now)


def _limits(org: Org, match: re.Match[str], asked: dict[str, str], content: bytes, version: str) -> Answer:
    return _json(200, {"DailyApiRequests": {"Max": org.total, "Remaining": org.total - org.used}})


def _job(org: Org, match: re.Match[str], asked: dict[str, str], content: bytes, version: str) -> Answer:
    method, kind, key, rest = match[1], match[2], match[3], match[4]
    form = json.loads(content) if content and method != "PUT" else {}
    if key is None and method == "POST":
        begun = bulk.begin_query(org, form, version) if kind == "query" else bulk.begin_ingest(org, form, version)
        return _json(200, bulk.look(org, begun) if begun.state == "Open" else {"id": begun.id, "state": begun.state})
    if key not in org.jobs:
        raise Refused(404, "NOT_FOUND", "no such job")
    job = org.jobs[key]
    if rest is None and method == "PATCH":
        bulk.set_state(job, form["state"])
        return _json(200, {"id": job.id, "state": job.state})
    if rest is None and method == "GET":
        return _json(200, bulk.look(org, job))
    if rest == "results" and kind == "query":
        body, headers = bulk.results(org, job, asked, version)
        return 200, body, {"Content-Type": "text/csv", **headers}
    if rest == "batches" and method == "PUT":
        bulk.upload(job, content, str(asked.get("content-type")))
        return 201, b"", {}
    if rest in {"successfulResults", "failedResults", "unprocessedrecords"}:
        return 200, bulk.outcome(job, rest), {"Content-Type": "text/csv"}
    raise Refused(405, "METHOD_NOT_ALLOWED", method)


def _upsert(org: Org, match: re.Match[str], asked: dict[str, str], content: bytes, version: str) -> Answer:
    name, external, key = match[1], match[2], match[3]
    if name not in org.objects or external not in org.objects[name].visible():
        raise Refused(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible")
    record, is_new = bulk.upsert(org, name, external, key, json.loads(content))
    return _json(201 if is_new else 200, {"id": record, "success": True, "created": is_new})


_ROUTES: tuple[tuple[str, Callable[..., Answer]], ...] = (
    (r"GET sobjects/(\w+)/describe/?", _describe),
    (r"GET sobjects/(\w+)/updated/", _updated),
    (r"GET sobjects/(\w+)/deleted/", _deleted),
    (r"GET query(All)?/(?:([\w-]+))?", _query),
    (r"GET limits/?", _limits),
    (r"(GET|POST|PATCH|PUT) jobs/(query|ingest)(?:/(\w{18}))?(?:/(\w+))?", _job),
    (r"PATCH sobjects/(\w+)/(\w+)/([^/]+)", _upsert),
)
