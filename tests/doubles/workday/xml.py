"""Answers of the double, written as Workday writes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tests.doubles.workday.world import Entry, Event, Tenant, Values, Worker

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">'
WD = 'xmlns:wd="urn:com.workday/bsvc"'
OFFSET = "-08:00"


def fault(code: str, said: str, *, validation: bool) -> str:
    detail = (
        f"<wd:Validation_Fault {WD}><wd:Validation_Error><wd:Message>{escape(said)}</wd:Message></wd:Validation_Error>"
        "</wd:Validation_Fault>"
        if validation
        else f"<wd:Processing_Fault {WD}><wd:Detail_Message>{escape(said)}</wd:Detail_Message></wd:Processing_Fault>"
    )
    return (
        f"{HEAD}<env:Body><env:Fault><faultcode>{code}</faultcode><faultstring>{escape(said)}</faultstring>"
        f"<detail>{detail}</detail></env:Fault></env:Body></env:Envelope>"
    )


def response(workers: list[str], total: int, pages: int, page: int, version: str) -> str:
    """The envelope of a page."""
    data = f"<wd:Response_Data>{''.join(workers)}</wd:Response_Data>" if workers else ""
    return (
        f'{HEAD}<env:Body><wd:Get_Workers_Response {WD} wd:version="{version}"><wd:Response_Results>'
        f"<wd:Total_Results>{total}</wd:Total_Results><wd:Total_Pages>{pages}</wd:Total_Pages>"
        f"<wd:Page_Results>{len(workers)}</wd:Page_Results><wd:Page>{page}</wd:Page></wd:Response_Results>"
        f"{data}</wd:Get_Workers_Response></env:Body></env:Envelope>"
    )


def worker(tenant: Tenant, one: Worker, day: date, moment: datetime, groups: frozenset[str]) -> str:
    """A worker as of a day, with what was asked for."""
    values = one.on(day, moment)
    inner = [
        f"<wd:Worker_ID>{one.number}</wd:Worker_ID>",
        f"<wd:User_ID>{escape(str(values.get('email')))}</wd:User_ID>",
    ]
    if one.universal:
        inner.append(f"<wd:Universal_ID>{one.universal}</wd:Universal_ID>")
    if "Include_Personal_Information" in groups:
        inner.append(_personal(values))
    if "Include_Employment_Information" in groups:
        inner.append(_employment(tenant, values, moment, groups))
    if "Include_Compensation" in groups and values.get("base_pay"):
        inner.append(_compensation(values))
    if "Include_Management_Chain_Data" in groups and (chain := _chain(tenant, values.get("manager"), one.wid)):
        inner.append(
            "<wd:Management_Chain_Data><wd:Worker_Supervisory_Management_Chain_Data>"
            f"{chain}</wd:Worker_Supervisory_Management_Chain_Data></wd:Management_Chain_Data>"
        )
    if "Include_Transaction_Log_Data" in groups:
        inner.append(_log(tenant, one, moment))
    return f"<wd:Worker>{_who(one)}<wd:Worker_Data>{''.join(inner)}</wd:Worker_Data></wd:Worker>"


def _who(one: Worker, name: str = "Worker_Reference") -> str:
    kind = "Employee_ID" if one.kind == "Employee" else "Contingent_Worker_ID"
    ids = f'<wd:ID wd:type="WID">{one.wid}</wd:ID><wd:ID wd:type="{kind}">{one.number}</wd:ID>'
    return f'<wd:{name} wd:Descriptor="Person">{ids}</wd:{name}>'


def _ref(name: str, kind: str, text: Any, called: str | None = None) -> str:
    shown = f" wd:Descriptor={quoteattr(called)}" if called else ""
    return f'<wd:{name}{shown}><wd:ID wd:type="{kind}">{escape(str(text))}</wd:ID></wd:{name}>'


def _texts(values: dict[str, Any]) -> str:
    found = []
    for name, value in values.items():
        if value is not None:
            text = (
                f"{value}{OFFSET}" if isinstance(value, date) else str(int(value) if isinstance(value, bool) else value)
            )
            found.append(f"<wd:{name}>{escape(text)}</wd:{name}>")
    return "".join(found)


def _personal(values: Values) -> str:
    if values.get("name") is None:
        return ""
    return (
        f"<wd:Personal_Data><wd:Name_Data><wd:Legal_Name_Data><wd:Name_Detail_Data wd:Formatted_Name="
        f"{quoteattr(values['name'])}>{_ref('Country_Reference', 'ISO_3166-1_Alpha-2_Code', 'US')}"
        "</wd:Name_Detail_Data></wd:Legal_Name_Data></wd:Name_Data><wd:Contact_Data>"
        f"{_mail('private@example.com', 'HOME')}{_mail(values['email'], 'WORK')}</wd:Contact_Data></wd:Personal_Data>"
    )


def _mail(address: str, kind: str) -> str:
    return (
        f'<wd:Email_Address_Data><wd:Email_Address>{escape(address)}</wd:Email_Address><wd:Usage_Data wd:Public="1">'
        f'<wd:Type_Data wd:Primary="1">{_ref("Type_Reference", "Communication_Usage_Type_ID", kind)}</wd:Type_Data>'
        "</wd:Usage_Data></wd:Email_Address_Data>"
    )


def _employment(tenant: Tenant, values: Values, moment: datetime, groups: frozenset[str]) -> str:
    jobs = []
    if values["status"] not in ("Not Yet Active", "Hire Rescinded"):
        jobs.append(_job(tenant, values, values, groups, primary=True))
        if "Include_Additional_Jobs" in groups:
            jobs += [_job(tenant, values, post, groups, primary=False) for post in values.get("additional", ())]
    status = values["status"]
    leave = values.get("leave")
    of_leave = (
        f"<wd:Leave_Status_Data>{_texts({'On_Leave': True, 'Leave_Start_Date': values.get('leave_start')})}"
        f"{_ref('Leave_of_Absence_Type_Reference', 'Leave_of_Absence_Type_ID', leave, leave)}</wd:Leave_Status_Data>"
        if leave and status == "On Leave"
        else ""
    )
    is_over = status == "Terminated"
    reason = values.get("reason")
    ending = _texts({"Termination_Date": values["last_day"], "Pay_Through_Date": values["last_day"]}) if is_over else ""
    why = (
        _ref("Primary_Termination_Reason_Reference", "Termination_Subcategory_ID", reason, reason)
        + _texts({"Termination_Involuntary": values["involuntary"]})
        if is_over and reason
        else ""
    )
    said = _texts(
        {
            "Active": status in ("Active", "On Leave"),
            "Active_Status_Date": values["hired"],
            "Hire_Date": values["hired"],
            "Original_Hire_Date": values.get("original", values["hired"]),
            "Terminated": is_over,
        }
    )
    rescinded = _texts({"Hire_Rescinded": True}) if status == "Hire Rescinded" else ""
    return (
        f"<wd:Employment_Data>{''.join(jobs)}<wd:Worker_Status_Data>{said}{ending}{why}{rescinded}{of_leave}"
        "</wd:Worker_Status_Data></wd:Employment_Data>"
    )


def _job(tenant: Tenant, values: Values, post: Values, groups: frozenset[str], *, primary: bool) -> str:
    details = _texts(
        {
            "Position_ID": post.get("position", "P-1"),
            "Position_Title": post.get("title"),
            "Business_Title": post.get("title"),
            "Start_Date": post.get("start", values["hired"]),
            "Full_Time_Equivalent_Percentage": post.get("fte"),
        }
    )
    profile = post.get("profile")
    summary = (
        f"<wd:Job_Profile_Summary_Data>{_ref('Job_Profile_Reference', 'Job_Profile_ID', profile)}"
        "</wd:Job_Profile_Summary_Data>"
        if profile
        else ""
    )
    end = _texts({"End_Date": post.get("end")})
    organizations = ""
    if "Include_Organizations" in groups:
        kinds = ("company", "cost_center", "business_unit", "region", "pay_group", "supervisory")
        found = "".join(_organization(kind, post[kind]) for kind in kinds if post.get(kind))
        organizations = f"<wd:Position_Organizations_Data>{found}</wd:Position_Organizations_Data>" if found else ""
    chain = _chain(tenant, post.get("manager"), "") if "Include_Management_Chain_Data" in groups and not primary else ""
    chains = (
        "<wd:Position_Management_Chains_Data><wd:Position_Supervisory_Management_Chain_Data>"
        f"{chain}</wd:Position_Supervisory_Management_Chain_Data></wd:Position_Management_Chains_Data>"
        if chain
        else ""
    )
    return (
        f'<wd:Worker_Job_Data wd:Primary_Job="{int(primary)}"><wd:Position_Data>{details}{summary}{end}'
        f"</wd:Position_Data>{organizations}{chains}</wd:Worker_Job_Data>"
    )


def _organization(kind: str, name: str) -> str:
    return (
        f"<wd:Position_Organization_Data>{_ref('Organization_Reference', 'Organization_Reference_ID', name)}"
        f"<wd:Organization_Data><wd:Organization_Reference_ID>{escape(name)}</wd:Organization_Reference_ID>"
        f"<wd:Organization_Name>{escape(name)}</wd:Organization_Name>"
        f"{_ref('Organization_Type_Reference', 'Organization_Type_ID', kind.upper())}</wd:Organization_Data>"
        "</wd:Position_Organization_Data>"
    )


def _chain(tenant: Tenant, manager: str | None, own: str) -> str:
    if manager is None or manager not in tenant.workers:
        return ""
    boss = tenant.workers[manager]
    of_own = _who(tenant.workers[own], "Manager_Reference") if own in tenant.workers else ""
    levels = [
        _who(boss, "Manager_Reference"),
        *([of_own] if of_own else []),
    ]  # who leads a team stands in the chain too
    return "".join(f"<wd:Management_Chain_Data>{level}</wd:Management_Chain_Data>" for level in levels)


def _compensation(values: Values) -> str:
    return (
        "<wd:Compensation_Data><wd:Employee_Compensation_Summary_Data><wd:Annualized_Summary_Data>"
        f"<wd:Total_Base_Pay>{values['base_pay']}</wd:Total_Base_Pay>{_ref('Currency_Reference', 'Currency_ID', 'USD')}"
        f"{_ref('Frequency_Reference', 'Frequency_ID', 'Annual')}</wd:Annualized_Summary_Data>"
        "</wd:Employee_Compensation_Summary_Data></wd:Compensation_Data>"
    )


def _log(tenant: Tenant, one: Worker, moment: datetime) -> str:
    entries, changed = [], []
    for event, known in tenant.log(one, moment):
        if len(known) == 1:
            entries.append(f"<wd:Transaction_Log_Entry>{_entry(event, known[0])}</wd:Transaction_Log_Entry>")
            continue
        before = "".join(
            "<wd:Correction_Or_Rescind_Data>"
            f"{_texts({'Is_Correction': last.sets is not None, 'Is_Rescind': last.sets is None})}"
            f"<wd:Prior_Effective_Moment>{first.day}</wd:Prior_Effective_Moment>"
            f"<wd:Transaction_Entry_Moment>{last.entered.isoformat()}</wd:Transaction_Entry_Moment>"
            "</wd:Correction_Or_Rescind_Data>"
            for first, last in pairwise(known)
        )
        changed.append(
            "<wd:Corrected_Or_Rescinded_Transaction_Log_Data><wd:Main_Transaction_Data>"
            f"{_entry(event, known[-1])}</wd:Main_Transaction_Data>{before}"
            "</wd:Corrected_Or_Rescinded_Transaction_Log_Data>"
        )
    both = "".join(changed)
    return f"<wd:Transaction_Log_Entry_Data>{''.join(entries)}</wd:Transaction_Log_Entry_Data>" + (
        f"<wd:Transaction_Log_Corrected_And_Rescinded_Data>{both}</wd:Transaction_Log_Corrected_And_Rescinded_Data>"
        if both
        else ""
    )


def _entry(event: Event, entry: Entry) -> str:
    return (
        f"<wd:Transaction_Log_Data><wd:Transaction_Log_Description>{escape(event.kind)}</wd:Transaction_Log_Description>"
        f"<wd:Transaction_Effective_Moment>{entry.day}T00:00:00.000{OFFSET}</wd:Transaction_Effective_Moment>"
        f"<wd:Transaction_Entry_Moment>{entry.entered.isoformat()}</wd:Transaction_Entry_Moment>"
        f"{_ref('Transaction_Log_Type_Reference', 'Business_Process_Type', event.kind, event.kind)}"
        "</wd:Transaction_Log_Data>"
    )


def pages(found: list[Worker], count: int) -> Iterator[list[Worker]]:
    """The workers page by page."""
    for start in range(0, len(found), count):
        yield found[start : start + count]
