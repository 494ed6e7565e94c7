"""Somebody who was paid and left: Ann, E1, under two names, with an e-mail; two months of hers are committed."""

from __future__ import annotations

from tests.scenarios.closing import PEOPLE, PayWorld
from tests.scenarios.people import Row

ANN: Row = {
    "id": "E1",
    "name": "Ann Tell-Nobody",
    "email": "ann.secret@example.com",
    "plans": "reseller",
    "entity": "Inc",
    "group": "US",
    "hired": "2025-06-01",
    "phone": "555-0147",
}
RENAMED: Row = {**ANN, "name": "Ann Hide-Me"}
LEFT: Row = {**RENAMED, "left": "2026-03-10"}
#: What nobody may find of her when she is erased.
VALUES = ("Tell-Nobody", "Hide-Me", "ann.secret", "555-0147")
COLUMNS = ("id", "name", "email", "plans", "entity", "group", "paid_in", "hired", "left", "from", "phone")


def begin(world: PayWorld) -> None:
    """Tell the story up to the day on which she has left."""
    world.begin_pay()
    prepared(world)
    for ann in (ANN, RENAMED):
        people(world, ann)
    world.close("2026-01")
    world.close("2026-02")
    people(world.on("2026-03-20"), LEFT)


def prepared(world: PayWorld) -> PayWorld:
    """Set a world to where the story ends."""
    day = {"from": "left", "type": "date", "format": "%Y-%m-%d"}
    world.settings["custom_attributes"] = {"personal_phone": {"type": "text"}}
    world.mapping["fields"] |= {"email": "email", "termination_date": day, "personal_phone": "phone"}
    world.save()
    return world.on("2026-03-20")


def people(world: PayWorld, ann: Row, *others: Row) -> None:
    """Let a people file arrive with her and the others (as usual, or as told), and approve what it asks."""
    told = {row["id"]: row for row in others}
    rows = [",".join(COLUMNS)]
    rows += [
        ",".join(row.get(name, "") for name in COLUMNS)
        for row in (ann, *(told.get(one["id"], one) for one in PEOPLE[1:]))
    ]
    world.write("inbox/people.csv", "\n".join(rows) + "\n")
    assert world.call("run", "people").code == 0
    assert world.approve(as_="ana").code == 0
