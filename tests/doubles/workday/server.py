"""The double over https: Get_Workers, reports as a service, and the token endpoint; it refuses what Workday refuses."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from lxml import etree

from connectors.workday.tenant import WSDL
from tests.doubles.tls import Authority, Handler, serving
from tests.doubles.workday import xml
from tests.doubles.workday.world import ENDINGS, Tenant, Worker

WD = "{urn:com.workday/bsvc}"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
HOST = "wd2-impl-services1.workday.com"
#: Sent in place of an answer, by the name of what is wrong.
STATUSES = {"503": 503, "429": 429, "401": 401, "403": 403, "html": 200, "garbage": 200}


class Refused(Exception):
    """What Workday answers with a fault."""

    def __init__(self, said: str, *, code: str = "SOAP-ENV:Client.validationError") -> None:
        super().__init__(said)
        self.said, self.code = said, code


@contextmanager
def workday(tenant: Tenant, authority: Authority) -> Iterator[int]:
    """Serve a tenant until the end of the block; gives the port."""
    handler = type("Of", (Service,), {"tenant": tenant})
    with serving(handler, authority.context(HOST)) as port:
        yield port


class Service(Handler):
    """Answers as Workday does."""

    tenant: ClassVar[Tenant]

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.tenant.now.replace(microsecond=0), usegmt=True)

    def asked(self) -> None:
        tenant, parts = self.tenant, urlsplit(self.path)
        body = self.body()
        tenant.requests.append(parts.path)
        wrong = tenant.every_fault or (tenant.faults.pop(0) if tenant.faults else "")
        if wrong in STATUSES:
            self.answer(STATUSES[wrong], b"<html>down for maintenance</html>", Content_Type="text/html")
        elif wrong == "validation":
            self._fault(Refused("Validation error: '123-45-6789' is not a valid ID value"))
        elif wrong == "processing":
            self._fault(Refused("Processing error occurred", code="SOAP-ENV:Server"))
        elif parts.path.endswith("/oauth2/acme/token"):
            self._token(parse_qs(body.decode()))
        elif "/customreport2/acme/" in parts.path:
            self._report(unquote(parts.path.partition("/customreport2/acme/")[2]), wrong)
        elif parts.path == f"/ccx/service/acme/Human_Resources/{tenant.version}":
            self._soap(body, wrong)
        else:
            self.answer(404, b"not found")

    # --- who asks

    def _is_bearer(self) -> bool:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return kind == "Bearer" and token in self.tenant.tokens

    def _token(self, form: dict[str, list[str]]) -> None:
        wanted = base64.b64encode(b"client:client-secret").decode()
        is_us = self.headers.get("Authorization") == f"Basic {wanted}"
        if (
            not is_us
            or form.get("grant_type") != ["refresh_token"]
            or form["refresh_token"] != [self.tenant.refresh_token]
        ):
            self.answer(400, b'{"error": "invalid_grant"}', Content_Type="application/json")
            return
        token = f"token-{len(self.tenant.tokens)}-{len(self.tenant.requests)}"
        self.tenant.tokens.add(token)
        told = {"access_token": token, "token_type": "Bearer", "refresh_token": self.tenant.refresh_token}
        self.answer(200, json.dumps(told).encode(), Content_Type="application/json")

    # --- workers

    def _soap(self, body: bytes, wrong: str) -> None:
        try:
            text = self._workers(body)
        except Refused as refused:
            self._fault(refused)
            return
        sent = text.encode()
        if wrong == "cut":
            sent = sent[: len(sent) * 2 // 3]
        elif wrong == "short":
            sent = sent.replace(b"<wd:Page_Results>", b"<wd:Page_Results>1")
        elif wrong == "doctype":
            sent = sent.replace(b"?>\n", b'?>\n<!DOCTYPE x [<!ENTITY a "b">]>\n', 1)
        elif wrong == "newer":
            sent = sent.replace(b"<wd:Worker_Data>", b"<wd:Worker_Data><wd:Brand_New>1</wd:Brand_New>")
        self.answer(200, sent, Content_Type="text/xml; charset=utf-8")

    def _fault(self, refused: Refused) -> None:
        is_validation = "validation" in refused.code
        self.answer(
            500, xml.fault(refused.code, refused.said, validation=is_validation).encode(), Content_Type="text/xml"
        )

    def _workers(self, body: bytes) -> str:
        tenant = self.tenant
        envelope = etree.fromstring(body)
        self._check_user(envelope)
        request = envelope.find(f"{SOAP}Body/{WD}Get_Workers_Request")
        if request is None or not _schema().validate(request):
            raise Refused(f"Validation error: {_schema().error_log.last_error}")
        if request.get(f"{WD}version") != tenant.version:
            raise Refused("Invalid version of the request")
        groups = frozenset(
            str(etree.QName(one).localname)
            for one in request.iterfind(f"{WD}Response_Group/*")
            if one.text in ("1", "true")
        )
        tenant.groups.append(groups)
        day, moment, page, count, is_pinned = self._filter(request)
        found = self._chosen(request, moment)
        if not is_pinned and found:
            turn = len(tenant.requests) % len(found)
            found = [*found[turn:], *found[:turn]]
        parts = list(xml.pages(found, count))
        shown = parts[page - 1] if page <= len(parts) else []
        written = [xml.worker(tenant, one, day, moment, groups) for one in shown]
        return xml.response(written, len(found), len(parts), page, tenant.version)

    def _check_user(self, envelope: Any) -> None:
        if self._is_bearer():
            return
        found = {str(etree.QName(one).localname): one.text for one in envelope.iterfind(f"{SOAP}Header//*")}
        if (found.get("Username"), found.get("Password")) != (self.tenant.user, self.tenant.password):
            raise Refused("invalid username or password", code="SOAP-ENV:Client.authenticationError")

    def _filter(self, request: Any) -> tuple[date, datetime, int, int, bool]:
        said = {str(etree.QName(one).localname): one.text for one in request.iterfind(f"{WD}Response_Filter/*")}
        moment = datetime.fromisoformat(said["As_Of_Entry_DateTime"]) if "As_Of_Entry_DateTime" in said else None
        day = date.fromisoformat(said["As_Of_Effective_Date"]) if "As_Of_Effective_Date" in said else None
        count = int(float(said.get("Count", "100")))
        if not 1 <= count <= 999:
            raise Refused("Validation error: Count must be from 1 to 999")
        page = int(float(said.get("Page", "1")))
        return day or self.tenant.now.date(), moment or self.tenant.now, page, count, moment is not None

    def _chosen(self, request: Any, moment: datetime) -> list[Worker]:
        tenant = self.tenant
        known = [one for one in tenant.seen if one.is_known(moment)]
        references = request.find(f"{WD}Request_References")
        criteria = request.find(f"{WD}Request_Criteria")
        if references is not None and criteria is not None:
            raise Refused("Validation error: give references or criteria")
        if references is not None:
            wids = [one.text for one in references.iterfind(f"{WD}Worker_Reference/{WD}ID")]
            found = [one for one in known if one.wid in wids]
            if len(found) < len(set(wids)) and references.get(f"{WD}Skip_Non_Existing_Instances") not in ("1", "true"):
                raise Refused("Validation error: Invalid ID value")
            return found
        ranges = request.find(f"{WD}Request_Criteria/{WD}Transaction_Log_Criteria_Data/{WD}Transaction_Date_Range_Data")
        if ranges is None:
            return known
        said = {str(etree.QName(one).localname): datetime.fromisoformat(one.text) for one in ranges}
        return [one for one in known if self._is_logged(one, said, moment)]

    def _is_logged(self, one: Worker, said: dict[str, datetime], moment: datetime) -> bool:
        for event, entries in self.tenant.log(one, moment):
            for entry in entries:
                effective = datetime.combine(entry.day, datetime.min.time(), moment.tzinfo)
                if "Updated_From" in said and not said["Updated_From"] <= entry.entered <= said["Updated_Through"]:
                    continue
                if "Effective_From" in said and not (
                    said["Effective_From"] <= effective + (timedelta(days=1) if event.kind in ENDINGS else timedelta(0))
                    and effective <= said["Effective_Through"]
                ):
                    continue
                return True
        return False

    # --- reports

    def _report(self, path: str, wrong: str) -> None:
        tenant = self.tenant
        wanted = base64.b64encode(f"{tenant.user}:{tenant.password}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {wanted}" and not self._is_bearer():
            self.answer(401, b'{"error": "invalid credentials"}')
            return
        if path not in tenant.reports:
            self.answer(404, b'{"error": "The report does not exist"}')
            return
        asked = {name: value[0] for name, value in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()}
        columns, rows = tenant.report_columns[path], tenant.reports[path]
        if "xsds" in asked:
            self.answer(200, _xsd(columns).encode(), Content_Type="text/xml")
            return
        tenant.prompts.append({name: value for name, value in asked.items() if name != "format"})
        if asked.get("format") == "csv":
            text = io.StringIO()
            writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            sent = text.getvalue().encode()
        else:
            sent = json.dumps({"Report_Entry": rows}).encode()
        self.answer(200, sent[: len(sent) - 7] if wrong == "cut" else sent)


def _xsd(columns: tuple[str, ...]) -> str:
    elements = "".join(f'<xsd:element name="{name}" type="xsd:string" minOccurs="0"/>' for name in columns)
    return (
        '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema"><xsd:complexType name="Report_EntryType">'
        f"<xsd:sequence>{elements}</xsd:sequence></xsd:complexType></xsd:schema>"
    )


@cache
def _schema() -> etree.XMLSchema:
    """The schema of the project's own WSDL."""
    tree = etree.parse(str(Path(WSDL)))
    schema = tree.find(".//{http://www.w3.org/2001/XMLSchema}schema")
    assert schema is not None
    return etree.XMLSchema(etree.fromstring(etree.tostring(schema)))
