"""`clock`, `worker`, `up`: what runs by itself, until it is told to stop; `--once`: what is due now."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from domain.errors import Refused
from store.jobs import Act, JobState
from syncd import show
from syncd.commands.run import worst
from syncd.commands.web import BIND, serving
from syncd.daemon.clock import Clock, Planned
from syncd.daemon.log import say
from syncd.daemon.messenger import Messenger, messenger_of
from syncd.daemon.outgoing import Outgoing
from syncd.daemon.pages import AGAIN, Pages
from syncd.daemon.place import Place
from syncd.daemon.stopping import Part, run_parts
from syncd.daemon.worker import OUR_FAULT, Done, Worker
from syncd.documents import Document
from syncd.options import as_json
from syncd.world import World, open_world

_F = TypeVar("_F", bound=Callable[..., Any])

#: Seconds that what is being done has to come to its end, where nothing else is said.
GRACE = 30.0


def _options(command: _F) -> _F:
    for option in (
        as_json,
        click.option("--grace", type=click.FloatRange(0), default=GRACE, help="seconds to finish in when told to stop"),
        click.option("--once", is_flag=True, help="do what is due now, then end"),
    ):
        command = option(command)
    return command


@click.command("clock")
@_options
@click.pass_obj
def clock_command(place: tuple[Path, Any], once: bool, grace: float, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Let a job wait for each feed whose time has come. Several clocks are as good as one."""
    world = open_world(*place)
    messenger = _messenger(world, "clock")
    clock = _clock(world, place, messenger, once=once)
    _begin(clock, "clock", [clock], messenger, grace)
    return _answer(once, as_json, clock.found, [])


@click.command("worker")
@_options
@click.pass_obj
def worker_command(place: tuple[Path, Any], once: bool, grace: float, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Do the jobs that wait, one after the other, and send what goes outside. Several workers share them."""
    world = open_world(*place)
    messenger = _messenger(world, "worker")
    worker, outgoing = _worker(world, place, messenger, once=once), _outgoing(world, place, once=once)
    if once:
        _begin(worker, "worker", [worker], messenger, grace)
        _begin(outgoing, "worker", [outgoing], messenger, grace)
    else:
        _begin(worker, "worker", [worker, outgoing], messenger, grace)
    return _answer(once, as_json, [], worker.done)


@click.command("up")
@click.option("--bind", default=BIND, show_default=True, help="HOST:PORT of the pages, where people log in")
@click.option("--no-pages", is_flag=True, help="serve none: `syncd web` does, by itself")
@_options
@click.pass_obj
def up_command(
    place: tuple[Path, Any],
    bind: str,
    no_pages: bool,  # noqa: FBT001 - click's
    once: bool,  # noqa: FBT001 - click's
    grace: float,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Be clock and worker in one process, and serve the pages where syncd.yaml has `log_in`."""
    world = open_world(*place)
    messenger = _messenger(world, "up")
    clock = _clock(world, place, messenger, once=once)
    worker, outgoing = _worker(world, place, messenger, once=once), _outgoing(world, place, once=once)
    with _alone(world):
        if once:
            _begin(clock, "up", [clock], messenger, grace)
            _begin(worker, "up", [worker], messenger, grace)
            _begin(outgoing, "up", [outgoing], messenger, grace)
        else:
            pages = []
            if world.workspace.log_in is not None and not no_pages:
                line = serving(place[0], place[1], bind)
                pages = [Pages(line, lambda what: say(world.now(), "up", what, bind=bind, again_in=AGAIN))]
            _begin(clock, "up", [clock, worker, outgoing, *pages], messenger, grace)
    return _answer(once, as_json, clock.found, worker.done)


def _messenger(world: World, who: str) -> Messenger:
    return messenger_of(world, lambda what: say(world.now(), who, what))


def _clock(world: World, place: tuple[Path, Any], messenger: Messenger, *, once: bool) -> Clock:
    return Clock(Place(world, place[1], "clock"), messenger, once)


def _worker(world: World, place: tuple[Path, Any], messenger: Messenger, *, once: bool) -> Worker:
    return Worker(Place(world, place[1], "worker"), messenger, once)


def _outgoing(world: World, place: tuple[Path, Any], *, once: bool) -> Outgoing:
    return Outgoing(Place(world, place[1], "outgoing"), once)


def _begin(
    first: Clock | Worker | Outgoing, name: str, parts: Sequence[Part], messenger: Messenger, grace: float
) -> None:
    def tell(what: str) -> None:
        if not first.once:
            say(first.place.opened.now(), name, what)

    run_parts(parts, lambda: tell("process.begins"), messenger.wake, grace)
    tell("process.ends")


@contextmanager
def _alone(world: World) -> Iterator[None]:
    """Refuse a second `up` on a database that is a file: it is meant to be all there is."""
    if world.database.dialect.name != "sqlite":
        yield
        return
    with (world.workspace.var / "up.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused("`syncd up` is running for this workspace already: stop that one first") from None
        yield


def _answer(once: bool, as_json: bool, planned: Sequence[Planned], done: Sequence[Done]) -> int:  # noqa: FBT001 - as above
    """Tell what was done once; the exit code is that of the runs, 0 of a process that was told to stop."""
    if once and as_json:
        show.answer({"planned": [_planned(one) for one in planned], "jobs": [_done(one) for one in done]})
    elif once:
        show.line(f"{sum(one.job is not None for one in planned)} jobs begin to wait, {len(done)} were taken.")
    codes = {one.code for one in done}
    return OUR_FAULT if OUR_FAULT in codes else worst(codes)


def _planned(one: Planned) -> Document:
    return {
        "feed": one.feed,
        "planned": one.planned.isoformat(),
        "job": f"T{one.job}" if one.job else None,
        "skipped": one.skipped,
    }


def _done(one: Done) -> Document:
    return {
        "job": f"T{one.job.id}",
        "feed": one.job.about if one.job.act is Act.RUN else None,
        "about": one.job.about,
        "state": one.result.state.value,
        "run": f"R{one.result.run}" if one.result.run else None,
        "outcome": one.result.outcome,
        "message": one.result.message if one.result.state is JobState.FAILED else None,
    }
