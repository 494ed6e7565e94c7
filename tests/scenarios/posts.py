"""People with several posts: a people file whose rows say which post they are about, and which one is primary."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from tests.scenarios.people import Row, someone
from tests.scenarios.world import COLUMNS, DATED, Answer, World

A007 = someone("01001", post="A007", main="yes", email="a@example.com")
G007 = someone("01001", post="G007", main="no", email="g@example.com", team="West")
OTHERS = [someone(f"0100{n}", post="X", main="yes") for n in (2, 3)]


def with_posts(world: World) -> None:
    """Let rows say which post they are about."""
    world.mapping |= {"engagement": {"from": "post"}, "primary": {"from": "main"}}
    world.save()


def send(world: World, *rows: Row, turned: bool = False) -> None:
    """Let a file with these rows arrive, in order or turned round."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ["post", "main", *COLUMNS, DATED], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(reversed(rows) if turned else rows)
    world.write("inbox/people.csv", text.getvalue())


def tell(world: World, *rows: Row, turned: bool = False) -> Answer:
    """Run the feed on a file with these rows."""
    send(world, *rows, turned=turned)
    return world.run()


def begin(world: World, *rows: Row) -> World:
    """Load posts and approve them all."""
    with_posts(world)
    assert tell(world, *rows).code == 0
    assert world.approve().code == 0
    return world


def asked(world: World) -> list[tuple[str, str, str]]:
    """Say what waits for a decision: its kind, whose post it is, and from which day."""
    return [(one["kind"], one["engagement"], one["effective"]) for one in world.pending()]


def posts(world: World, key: str = "P1", day: str | None = None) -> dict[str, dict[str, Any]]:
    """Give the values of somebody's posts on a day, by post."""
    found = world.call("participants", "--as-of", day or str(world.today)).document
    return {one["engagement"]: one["attributes"] for one in found if one["participant"] == key}


def held(said: Answer) -> Sequence[str]:
    """Give whom a held run would end."""
    return [one["participant"] for one in said["hold"]["affected"]]


def crowd(size: int, *cells: Row) -> list[Row]:
    """So many people with one post each, after somebody with those."""
    return [*cells, *(someone(f"{number:05d}", post="X", main="yes") for number in range(2001, 2001 + size))]
