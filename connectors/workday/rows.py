"""From a worker as of a day to rows: one for each post held, under columns that `docs/workday.md` describes.

Names are Workday's own where it has one. Literals stay text; dates lose their offset and keep their day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.base import Wanted
from connectors.workday.answers import (
    WD,
    Worker,
    all_of,
    called,
    day_of,
    id_of,
    is_true,
    part,
    reference,
    text_of,
)

Row = dict[str, str | None]

#: Types of organizations, by `Organization_Type_ID`, and the column that each becomes.
ORGANIZATIONS = {
    "COMPANY": "Company",
    "COST_CENTER": "Cost_Center",
    "BUSINESS_UNIT": "Business_Unit",
    "REGION": "Region",
    "PAY_GROUP": "Pay_Group",
    "SUPERVISORY": "Supervisory_Organization",
}
#: What is said of a whole employment, whatever day a row speaks of.
ENDING = (
    "Termination_Date",
    "Termination_Last_Day_of_Work",
    "Pay_Through_Date",
    "Termination_Category",
    "Termination_Reason",
    "Termination_Type",
)
COLUMNS = (
    *("WID", "Worker_ID", "Worker_Type", "Employee_ID", "Contingent_Worker_ID", "Universal_ID", "User_ID"),
    *("Effective", "Position", "Primary_Job"),
    *("Name", "Legal_Name", "Email"),
    *("Status", "Active", "Hire_Date", "Original_Hire_Date", *ENDING),
    *("Leave_Type", "Leave_Start_Date", "Estimated_Leave_End_Date"),
    *("Position_ID", "Position_Title", "Business_Title", "Position_Start_Date", "Position_End_Date"),
    *("Job_Profile", "Job_Profile_Name", "FTE", "Time_Type", "Location", "Country"),
    *("Manager", "Manager_WID", "Supplier"),
    *(name for one in ORGANIZATIONS.values() for name in (one, f"{one}_Name")),
    *("Base_Pay", "Base_Pay_Currency", "Base_Pay_Frequency"),
    *("Commission_Target", "Commission_Target_Currency", "Commission_Target_Frequency"),
)
#: How `Status` is written.
ACTIVE, ON_LEAVE, TERMINATED, RESCINDED, NOT_YET = (
    "Active",
    "On Leave",
    "Terminated",
    "Hire Rescinded",
    "Not Yet Active",
)
_WORKER_IDS = ("Employee_ID", "Contingent_Worker_ID")


#: What is to be asked for, beside employment, for a column.
_GROUPS = {
    "personal": ("Name", "Legal_Name", "Email", "Universal_ID"),
    "organizations": tuple(name for one in ORGANIZATIONS.values() for name in (one, f"{one}_Name")),
    "management_chain": ("Manager", "Manager_WID"),
    "compensation": tuple(name for name in COLUMNS if name.startswith(("Base_Pay", "Commission_"))),
}


def groups_for(wanted: Wanted, granted: tuple[str, ...]) -> tuple[str, ...]:
    """Give those of the granted groups that some wanted column needs."""
    needed = {name for name in COLUMNS if (wanted.rest or name in wanted.columns) and name not in wanted.never}
    return tuple(one for one in granted if one not in _GROUPS or needed.intersection(_GROUPS[one]))


@dataclass(frozen=True, slots=True)
class Seen:
    """A worker as of one day: what all posts share, and what each has of its own; the primary one first."""

    wid: str
    shared: Row
    posts: tuple[Row, ...]

    @property
    def status(self) -> str:
        """One of the words of `Status`."""
        return str(self.shared["Status"])

    @property
    def hired(self) -> str | None:
        """The day on which this employment began, or will."""
        return self.shared["Hire_Date"]


def seen(worker: Worker) -> Seen | None:
    """Give what an answer says of a worker; None where it does not even say who."""
    who = reference(worker, "Worker_Reference")
    wid = id_of(who, "WID")
    if wid is None:
        return None
    data = part(worker, "Worker_Data")
    employment = part(data, "Employment_Data")
    shared: Row = {
        "WID": wid,
        "Worker_ID": text_of(data, "Worker_ID") or id_of(who, *_WORKER_IDS),
        "Worker_Type": next((kind[:-3] for kind in _WORKER_IDS if id_of(who, kind)), None),
        "Employee_ID": id_of(who, "Employee_ID"),
        "Contingent_Worker_ID": id_of(who, "Contingent_Worker_ID"),
        "Universal_ID": text_of(data, "Universal_ID")
        or id_of(reference(worker, "Universal_Identifier_Reference"), "Universal_Identifier_ID"),
        "User_ID": text_of(data, "User_ID"),
        **_named(worker, data),
        **_status(employment),
        **_paid(part(data, "Compensation_Data")),
    }
    found = [_post(job, worker) for job in all_of(employment, "Worker_Job_Data")]
    posts = sorted(found, key=lambda post: post["Primary_Job"] != "true")
    return Seen(wid, shared, tuple(posts) or ({},))


def rows_of(one: Seen, day: str | None, *, every_post: bool) -> Iterator[Row]:
    """Give the rows of a worker that hold from a day (None: since when is not known)."""
    for post in one.posts if every_post else one.posts[:1]:
        row: Row = {**dict.fromkeys(COLUMNS), **one.shared, **post, "Effective": day}
        if every_post and (last := post.get("Position_End_Date")):
            row["Termination_Date"] = min(last, row["Termination_Date"] or last)
            row["Status"] = TERMINATED if day is not None and last < day else row["Status"]
        yield row


def _named(worker: Worker, data: Worker) -> Row:
    names, personal = {}, part(data, "Personal_Data")
    for kind in ("Preferred", "Legal"):
        detail = reference(personal, f"Name_Data/{kind}_Name_Data/Name_Detail_Data")
        names[kind] = None if detail is None else detail.get(f"{WD}Formatted_Name") or _put_together(detail)
    return {
        "Name": names["Preferred"] or names["Legal"] or text_of(worker, "Worker_Descriptor"),
        "Legal_Name": names["Legal"],
        "Email": _work_mail(personal),
    }


def _put_together(detail: Worker) -> str | None:
    return " ".join(part for name in ("First_Name", "Last_Name") if (part := text_of(detail, name))) or None


def _work_mail(personal: Worker) -> str | None:
    """Give the primary work address; a private one is nobody's business."""
    found = [
        (not is_true(use.get(f"{WD}Primary")), text_of(mail, "Email_Address"))
        for mail in all_of(personal, "Contact_Data/Email_Address_Data")
        for use in all_of(mail, "Usage_Data/Type_Data")
        if id_of(reference(use, "Type_Reference"), "Communication_Usage_Type_ID") == "WORK"
    ]
    return min(found, key=lambda one: one[0])[1] if found else None


def _status(employment: Worker) -> Row:
    """Give the status of a worker: where a termination of an employment before is kept, it is not of this one."""
    at, contract = part(employment, "Worker_Status_Data"), part(employment, "Worker_Contract_Data")

    def said(name: str) -> str | None:
        return text_of(at, name)

    hired, last_day = day_of(said("Hire_Date")), day_of(said("Termination_Date"))
    last_day = last_day or day_of(text_of(contract, "Contract_End_Date"))
    is_over = is_true(said("Terminated"))
    is_old = bool(not is_over and last_day and hired and last_day < hired)
    leave = next((one for one in all_of(at, "Leave_Status_Data") if is_true(text_of(one, "On_Leave"))), None)
    ending: Row = dict.fromkeys(ENDING)
    if last_day and not is_old:
        involuntary = said("Termination_Involuntary")
        ending = {
            "Termination_Date": last_day,
            "Termination_Last_Day_of_Work": day_of(said("Termination_Last_Day_of_Work")),
            "Pay_Through_Date": day_of(said("Pay_Through_Date")),
            "Termination_Category": called(reference(at, "Primary_Termination_Category_Reference")),
            "Termination_Reason": called(reference(at, "Primary_Termination_Reason_Reference")),
            "Termination_Type": None if involuntary is None else "Involuntary" if is_true(involuntary) else "Voluntary",
        }
    return {
        "Status": RESCINDED
        if is_true(said("Hire_Rescinded"))
        else TERMINATED
        if is_over
        else ON_LEAVE
        if leave is not None
        else ACTIVE
        if is_true(said("Active"))
        else NOT_YET,
        "Active": "true" if is_true(said("Active")) else "false",
        "Hire_Date": hired,
        "Original_Hire_Date": day_of(said("Original_Hire_Date")),
        **ending,
        "Leave_Type": called(reference(leave, "Leave_of_Absence_Type_Reference")) if leave is not None else None,
        "Leave_Start_Date": day_of(text_of(leave, "Leave_Start_Date")) if leave is not None else None,
        "Estimated_Leave_End_Date": day_of(text_of(leave, "Estimated_Leave_End_Date")) if leave is not None else None,
        "Supplier": called(reference(contract, "Supplier_Reference")),
    }


def _post(job: Worker, worker: Worker) -> Row:
    at = part(job, "Position_Data")
    profile, site = part(at, "Job_Profile_Summary_Data"), part(at, "Business_Site_Summary_Data")
    position = text_of(at, "Position_ID") or id_of(reference(at, "Position_Reference"), "Position_ID")
    is_primary = is_true(job.get(f"{WD}Primary_Job"))
    return {
        "Position": position,
        "Primary_Job": "true" if is_primary else "false",
        "Position_ID": position,
        "Position_Title": text_of(at, "Position_Title"),
        "Business_Title": text_of(at, "Business_Title"),
        "Position_Start_Date": day_of(text_of(at, "Start_Date")),
        "Position_End_Date": day_of(text_of(at, "End_Date") or text_of(at, "End_Employment_Date")),
        "Job_Profile": id_of(reference(profile, "Job_Profile_Reference"), "Job_Profile_ID"),
        "Job_Profile_Name": text_of(profile, "Job_Profile_Name"),
        "FTE": text_of(at, "Full_Time_Equivalent_Percentage"),
        "Time_Type": called(reference(at, "Position_Time_Type_Reference")),
        "Location": text_of(site, "Name"),
        "Country": id_of(reference(site, "Address_Data/Country_Reference"), "ISO_3166-1_Alpha-2_Code"),
        **_managed(job, worker, is_primary=is_primary),
        **_organized(job, worker, is_primary=is_primary),
    }


def _managed(job: Worker, worker: Worker, *, is_primary: bool) -> Row:
    """Give the manager of a post: the last one of its chain who is not the worker; of the primary post also its own."""
    chain = all_of(
        job, "Position_Management_Chains_Data/Position_Supervisory_Management_Chain_Data/Management_Chain_Data"
    )
    if not chain and is_primary:
        path = "Worker_Data/Management_Chain_Data/Worker_Supervisory_Management_Chain_Data/Management_Chain_Data"
        chain = all_of(worker, path)
    own = id_of(reference(worker, "Worker_Reference"), "WID")
    for level in reversed(chain):
        for manager in all_of(level, "Manager_Reference"):
            if (wid := id_of(manager, "WID")) != own:
                return {"Manager": id_of(manager, *_WORKER_IDS), "Manager_WID": wid}
    return {"Manager": None, "Manager_WID": None}


def _organized(job: Worker, worker: Worker, *, is_primary: bool) -> Row:
    found: Row = {}
    members = all_of(job, "Position_Organizations_Data/Position_Organization_Data")
    if is_primary:
        members = [*members, *all_of(worker, "Worker_Data/Organization_Data/Worker_Organization_Data")]
    for member in members:
        data = part(member, "Organization_Data")
        kind = id_of(reference(data, "Organization_Type_Reference"), "Organization_Type_ID")
        column = ORGANIZATIONS.get((kind or "").upper())
        if column is not None and column not in found:
            found[column] = text_of(data, "Organization_Reference_ID")
            found[f"{column}_Name"] = text_of(data, "Organization_Name")
    return found


def _paid(compensation: Worker) -> Row:
    yearly = part(compensation, "Employee_Compensation_Summary_Data/Annualized_Summary_Data")
    plan = part(compensation, "Commission_Plan_Data")
    return {
        "Base_Pay": text_of(yearly, "Total_Base_Pay"),
        "Base_Pay_Currency": id_of(reference(yearly, "Currency_Reference"), "Currency_ID"),
        "Base_Pay_Frequency": id_of(reference(yearly, "Frequency_Reference"), "Frequency_ID"),
        "Commission_Target": text_of(plan, "Target_Amount"),
        "Commission_Target_Currency": id_of(reference(plan, "Currency_Reference"), "Currency_ID"),
        "Commission_Target_Frequency": id_of(reference(plan, "Frequency_Reference"), "Frequency_ID"),
    }
