"""`web`: the pages and the API, by gunicorn, until it is told to stop."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from domain.errors import FixFile
from syncd.world import open_world

#: Seconds a worker may be silent: deciding 20,000 changes takes a few.
_PATIENCE = 120
#: Where pages are, where nothing else is said.
BIND = "127.0.0.1:8000"


@click.command("web")
@click.option("--bind", default=BIND, show_default=True, help="HOST:PORT to listen on")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="processes")
@click.option("--threads", type=click.IntRange(1), default=4, show_default=True, help="requests at once in each")
@click.pass_obj
def web_command(place: tuple[Path, Any], bind: str, workers: int, threads: int) -> None:
    """Serve the pages and the API. There are none where `log_in` is not said in syncd.yaml."""
    world = open_world(*place)
    if world.workspace.log_in is None:
        raise FixFile("nobody can log in: say `log_in: {address: ...}` in syncd.yaml, then add users (`syncd users`)")
    world.database.dispose()
    sys.stdout.flush()
    line = serving(place[0], place[1], bind, workers, threads)
    os.execv(line[0], line)  # noqa: S606 - no shell is wanted


def serving(folder: Path, today: object, bind: str, workers: int = 2, threads: int = 4) -> list[str]:
    """Give the command line of the server; the application is named, so that nothing here knows it."""
    day = str(today) if today is not None else None
    return [
        *(sys.executable, "-P", "-m", "gunicorn", "--no-control-socket", "--workers", str(workers)),
        *("--threads", str(threads), "--worker-class", "gthread", "--bind", bind, "--timeout", str(_PATIENCE)),
        f"api.app:create_app({str(folder.resolve())!r}, {day!r})",
    ]
