"""A workspace whose people come from the double of Workday, on the double's clock."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.doubles.workday.reached import EVERY, Double
from tests.scenarios.world import Answer, Document, World

#: As `examples/workday` maps them, but for what only some tenants have.
MAPPING: Document = {
    "key": "WID",
    "fields": {
        "employee_id": "Worker_ID",
        "name": "Name",
        "email": "Email",
        "kind": {"from": "Worker_Type", "values": {"Employee": "employee", "Contingent_Worker": "contingent_worker"}},
        "title": "Business_Title",
        "manager": {"from": "Manager", "by": "employee_id"},
        "legal_entity": "Company",
        "status": {
            "from": "Status",
            "values": {
                "Active": "active", "On Leave": "on_leave", "Terminated": "terminated", "Hire Rescinded": "terminated",
            },
        },
        "hire_date": "Hire_Date",
        "termination_date": "Termination_Date",
        "termination_type": {
            "from": "Termination_Type", "values": {"Voluntary": "voluntary", "Involuntary": "involuntary", "": ""},
        },
        "termination_reason": "Termination_Reason",
        "leave_type": "Leave_Type",
    },
    "effective": "Effective",
}  # fmt: skip


class Workday(World):
    """A world whose feed `people` is read from Workday, in increments unless `settings` say otherwise."""

    def __init__(self, folder: Path, double: Double) -> None:
        super().__init__(folder)
        self.double, self.tenant = double, double.tenant
        read_workday(self, double)

    def passes(self, days: int) -> None:
        """Let days pass, there and here."""
        self.tenant.now += timedelta(days=days)
        self.today = self.tenant.now.date()

    def poll(self, *, full: bool = False) -> Answer:
        """Run the feed, in full or as it is."""
        if full:
            self.feed["full"] = True
            self.save()
        said = self.run()
        if full:
            self.feed["full"] = False
            self.save()
        return said

    def agree(self) -> list[tuple[str, str]]:
        """Poll and approve until nothing is asked; gives what was asked, in order."""
        asked: list[tuple[str, str]] = []
        for _ in range(25):
            said = self.poll()
            assert said["outcome"] in ("completed", "completed_with_errors"), said.document
            assert (said["errors"], said["conflicts"]) == (0, 0), said.document
            waiting = self.pending()
            if not waiting:
                return asked
            asked += [(one["kind"], one["effective"]) for one in waiting]
            answer = self.approve()
            assert answer.code == 0, answer.document
        raise AssertionError(asked)

    def on_day(self, day: date, known_at: int | None = None) -> dict[str, dict[str, Any]]:
        """The roster of a day by employee id, those who are employed."""
        return self.roster(str(day), known_at=known_at)


def read_workday(world: World, double: Double, *, page: int = 100) -> None:
    """Let the feed `people` of a world be read from there, so many a page."""
    world.settings["sources"] = {
        "hr": {
            "kind": "workday", "host": double.host, "tenant": "acme", "groups": list(EVERY), "count": page,
            "auth": {"user": "ISU_Syncd", "password": {"env": "WORKDAY_PASSWORD"}},
        }
    }  # fmt: skip
    world.feed.update(source="hr", full=False, history=True)
    world.mapping = json.loads(json.dumps(MAPPING))
    world.save()
