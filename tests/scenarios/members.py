"""Memberships from feeds of their own: a feed in a world, its rows, what of it holds."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from tests.scenarios.world import Answer, Document, World

COLUMNS = ("No", "Who", "Kind", "Unit", "Role", "Share", "From", "To", "Target", "Mix")
COUNTED = ("errors", "conflicts", "excluded", "applied", "pending", "suppressed", "unchanged")
MAPPING: Document = {
    "key": "No",
    "fields": {
        "participant": {"from": "Who", "by": "employee_id"},
        "kind": "Kind",
        "unit": "Unit",
        "role": "Role",
        "share": "Share",
        "from": "From",
        "until": {"from": "To", "inclusive": True},
        "target": "Target",
        "pay_mix": "Mix",
    },
}
ANN = "01001"


def member(number: int, unit: str = "T1", start: str = "2026-01-05", **cells: str) -> dict[str, str]:
    """A membership of Ann in a team, without an end."""
    return {"No": str(number), "Who": ANN, "Kind": "team", "Unit": unit, "From": start, **cells}


class Members:
    """The world with a feed of memberships in it, or with two."""

    def __init__(self, world: World, name: str = "crm", **feed: Any) -> None:
        self.world, self.name = world, name
        world.settings["sources"][f"{name}_file"] = {"kind": "file", "path": f"inbox/{name}.csv"}
        world.settings["feeds"][name] = {
            "source": f"{name}_file", "into": "memberships", "mapping": f"mappings/{name}.yaml",
            "limits": {"errors": "90%"}, **feed,
        }  # fmt: skip
        world.write(f"mappings/{name}.yaml", json.dumps(MAPPING))
        world.save()

    def run(self, *rows: dict[str, str]) -> Answer:
        """Run the feed on these rows; every row is counted once."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.world.write(f"inbox/{self.name}.csv", text.getvalue())
        said = self.world.call("run", self.name)
        answer = Answer(said.code, said["runs"][0])
        assert sum(answer[name] for name in COUNTED) == answer["read"], answer.document
        return answer

    def have(self, *rows: dict[str, str]) -> None:
        """Let these memberships be approved."""
        assert self.run(*rows)["errors"] == 0
        assert self.world.approve().code == 0


def held(world: World, day: str, who: str = ANN, *, known_at: int | None = None) -> dict[str, str]:
    """The memberships of somebody on a day, by kind and unit."""
    values = world.roster(day, known_at=known_at)[who]
    return {name.removeprefix("member:"): text for name, text in values.items() if name.startswith("member:")}
