"""From a worker as of a day to rows: one for each post held, under columns that `docs/workday.md` describes.

Names are Workday's own where it has one. Literals stay text; dates lose their offset and keep their day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.base import Wanted
from connectors.workday.shape import Element, Found, is_true, read
from connectors.workday.worker import ENDING, WORKER

#: A row; what is not said may be left out of it.
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
LEAVE = ("Leave_Type", "Leave_Start_Date", "Estimated_Leave_End_Date")
COLUMNS = (
    *("WID", "Worker_ID", "Worker_Type", "Employee_ID", "Contingent_Worker_ID", "Universal_ID", "User_ID"),
    *("Effective", "Position", "Primary_Job"),
    *("Name", "Legal_Name", "Email"),
    *("Status", "Active", "Hire_Date", "Original_Hire_Date", *ENDING),
    *LEAVE,
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


def seen(worker: Element) -> Seen | None:
    """Give what an answer says of a worker; None where it does not even say who."""
    found = read(WORKER, worker)
    who: dict[str, str] = found.pop("who", {})
    if (wid := who.get("WID")) is None:
        return None
    found["WID"] = wid
    for kind in _WORKER_IDS:
        if (number := who.get(kind)) is not None:
            found[kind] = number
            found.setdefault("Worker_ID", number)
            found.setdefault("Worker_Type", kind[:-3])
    jobs, chain, members = (found.pop(name, ()) for name in ("jobs", "chain", "organizations"))
    contract = _first(found, "contracts")
    found |= _first(found, "commissions") | _first(found, "paid")
    if (supplier := contract.get("Supplier")) is not None:
        found["Supplier"] = supplier
    _tell_name(found)
    _tell_mail(found)
    _tell_status(found, contract.get("end"))
    if universal := found.pop("universal", None):
        found.setdefault("Universal_ID", universal)
    posts = [_post(job, wid, chain, members) for job in jobs]
    posts.sort(key=lambda post: post["Primary_Job"] != "true")
    return Seen(wid, found, tuple(posts) or ({},))


def rows_of(one: Seen, day: str | None, *, every_post: bool) -> Iterator[Row]:
    """Give the rows of a worker that hold from a day (None: since when is not known)."""
    for post in one.posts if every_post else one.posts[:1]:
        row: Row = {**one.shared, **post, "Effective": day}
        if every_post and (last := post.get("Position_End_Date")):
            row["Termination_Date"] = min(last, row["Termination_Date"] or last)
            row["Status"] = TERMINATED if day is not None and last < day else row["Status"]
        yield row


def _tell_name(found: Found) -> None:
    legal, preferred = (_whole_name(found.pop(kind, None)) for kind in ("legal", "preferred"))
    descriptor = found.pop("descriptor", None)
    found["Name"], found["Legal_Name"] = preferred or legal or descriptor, legal


def _whole_name(details: list[Found] | None) -> str | None:
    if not details:
        return None
    detail = details[0]
    return detail.get("whole") or " ".join(detail[name] for name in ("first", "last") if name in detail) or None


def _tell_mail(found: Found) -> None:
    """Tell the primary work address; a private one is nobody's business."""
    work = [
        (not is_true(use.get("is_primary")), mail.get("address"))
        for mail in found.pop("mails", ())
        for use in mail.get("uses", ())
        if use.get("type") == "WORK"
    ]
    found["Email"] = min(work, key=lambda one: one[0])[1] if work else None


def _first(found: Found, name: str) -> Found:
    """Give the first of what may come more than once: parts of two are no one."""
    first: Found = (found.pop(name, None) or [{}])[0]
    return first


def _tell_status(found: Found, contract_end: str | None) -> None:
    """Tell the status of a worker: where a termination of an employment before is kept, it is not of this one."""
    at = _first(found, "status")
    hired, last_day = at.get("Hire_Date"), at.get("Termination_Date") or contract_end
    is_over, is_active = at.get("Terminated", False), at.get("Active", False)
    is_old = bool(not is_over and last_day and hired and last_day < hired)
    leave = next((one for one in at.get("leaves", ()) if one.get("is_on")), None)
    found |= {
        "Status": RESCINDED
        if at.get("Hire_Rescinded")
        else TERMINATED
        if is_over
        else ON_LEAVE
        if leave is not None
        else ACTIVE
        if is_active
        else NOT_YET,
        "Active": "true" if is_active else "false",
        "Hire_Date": hired,
        "Original_Hire_Date": at.get("Original_Hire_Date"),
        "Termination_Date": None,
    }
    if last_day and not is_old:
        found |= {name: at[name] for name in ENDING if name in at} | {"Termination_Date": last_day}
        if (involuntary := at.get("Termination_Involuntary")) is not None:
            found["Termination_Type"] = "Involuntary" if involuntary else "Voluntary"
    if leave is not None:
        found |= {name: leave[name] for name in LEAVE if name in leave}


def _post(job: Found, wid: str, chain: Sequence[Found], members: Sequence[Found]) -> Row:
    """Tell of a post; of the primary one what is said of the worker, too: its manager, where none is its own."""
    is_primary = is_true(job.pop("is_primary", None))
    own_chain, own_members = job.pop("chain", ()), job.pop("organizations", ())
    if (ended := job.pop("end", None)) is not None:
        job.setdefault("Position_End_Date", ended)
    if (position := job.pop("position", None)) is not None:
        job.setdefault("Position_ID", position)
    job["Position"], job["Primary_Job"] = job.get("Position_ID"), "true" if is_primary else "false"
    _tell_manager(job, wid, own_chain or (chain if is_primary else ()))
    for member in (*own_members, *(members if is_primary else ())):
        column = ORGANIZATIONS.get(member.get("type", "").upper())
        if column is not None and column not in job:
            job[column], job[f"{column}_Name"] = member.get("id"), member.get("name")
    return job


def _tell_manager(job: Found, own: str, chain: Sequence[Found]) -> None:
    """Tell the manager of a post: the last one of its chain who is not the worker."""
    for level in reversed(chain):
        for manager in level.get("managers", ()):
            who = manager["who"]
            if (wid := who.get("WID")) != own:
                job["Manager"] = next((who[kind] for kind in _WORKER_IDS if kind in who), None)
                job["Manager_WID"] = wid
                return
