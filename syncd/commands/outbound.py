"""`outbound`: the secret paths by which a Salesforce org's messages come, and what came by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from store.database import reading
from store.outbound import count_messages, last_used, outbound_paths
from syncd import show
from syncd.commands.acting import as_user
from syncd.documents import Document
from syncd.names import number
from syncd.options import as_json
from syncd.outbound.paths import end, make_path
from syncd.seen.sources import PathSeen, path_document
from syncd.world import actor, open_world


@click.group("outbound")
def outbound_command() -> None:
    """Outbound messages of Salesforce: by which secret paths they come. Everybody's acts are in the audit."""


@outbound_command.command("add")
@click.argument("source")
@as_user
@as_json
@click.pass_obj
def add_command(place: tuple[Path, Any], source: str, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Let messages of SOURCE come by a new path, beside the one that there is. The address is shown once."""
    made, address = make_path(open_world(*place), source, actor(user))
    if as_json:
        show.answer({**path_document(PathSeen(made, 0, None)), "address": address})
    else:
        show.line(f"W{made.id}, for {source}. It is shown this once; put it into the outbound message in Setup:")
        show.line(address)
    return 0


@outbound_command.command("list")
@as_json
@click.pass_obj
def list_command(place: tuple[Path, Any], as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """List paths with when they were last used, and messages by org and action."""
    world = open_world(*place)
    with reading(world.database) as tx:
        used = last_used(tx)
        paths = [path_document(PathSeen(one, *used.get(one.id, (0, None)))) for one in outbound_paths(tx)]
        messages: list[Document] = [
            {
                "source": one.source,
                "organization": one.organization,
                "action": one.action,
                "state": one.state.value,
                "messages": one.messages,
                "last": one.last.isoformat(),
            }
            for one in count_messages(tx)
        ]
    if as_json:
        show.answer({"paths": paths, "messages": messages})
        return 0
    columns = ("id", "source", "made", "ended", "messages", "last")
    show.table("Paths", columns, [[one[name] for name in columns] for one in paths], empty="there is no path")
    columns = ("source", "organization", "action", "state", "messages", "last")
    show.table("Messages", columns, [[one[name] for name in columns] for one in messages], empty="none has come")
    return 0


@outbound_command.command("end")
@click.argument("path")
@as_user
@as_json
@click.pass_obj
def end_command(place: tuple[Path, Any], path: str, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Let no message come by a path (W1) any more, at once."""
    wanted = number(path, "W", "path")
    end(open_world(*place), wanted, actor(user))
    if as_json:
        show.answer({"ended": f"W{wanted}"})
    else:
        show.line(f"W{wanted} is ended")
    return 0
