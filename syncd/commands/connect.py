"""`connect`: somebody agrees, in a browser, that we read and write a system; the tokens are kept sealed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from store.connections import connections
from store.database import reading
from syncd import show
from syncd.commands.acting import as_user
from syncd.connecting.agreeing import begin_connection, finish_connection
from syncd.options import as_json
from syncd.world import actor, open_world


@click.command("connect")
@click.argument("source", required=False)
@click.option("--answer", metavar="ADDRESS", help="where the browser was sent back to, all of it")
@as_user
@as_json
@click.pass_obj
def connect_command(
    place: tuple[Path, Any],
    source: str | None,
    answer: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Agree to the connection of SOURCE: once to be told where, once with --answer; without SOURCE list connections."""
    world, who = open_world(*place), actor(user)
    if source is None:
        with reading(world.database) as tx:
            found = connections(tx)
        if as_json:
            listed = [
                {
                    "source": one.source,
                    "by": one.by,
                    "since": one.since.isoformat(),
                    "renewed": one.renewed_at.isoformat(),
                }
                for one in found
            ]
            show.answer(listed)
        else:
            rows = [(one.source, one.by, one.since.date(), one.renewed_at.date()) for one in found]
            show.table("Connections", ("source", "by", "since", "renewed"), rows, empty="none")
        return 0
    if answer is None:
        asked = begin_connection(world, source, who)
        if as_json:
            show.answer({"source": asked.source, "open": asked.address})
        else:
            show.line("Open this, log in as the integration user, and agree:")
            show.line(f"  {asked.address}")
            show.line("The browser is then sent to an address that need not exist. Copy all of it, and give it here:")
            show.line(f"  syncd connect {asked.source} --answer 'ADDRESS'")
        return 0
    name = finish_connection(world, source, answer, who)
    if as_json:
        show.answer({"source": name, "connected": True})
    else:
        show.line(f"{name} is connected: its tokens are kept sealed, and renewed when they are over.")
    return 0
