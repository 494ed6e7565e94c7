"""Tables made beside one another, two at a time, where neither reads the other.

What passes row by row works on one core; another table is made on the other meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from engine.session import Session

#: How soon who does not stop is told so again, in seconds.
_AGAIN = 0.02


#: What is left to do of something, on a connection of its own.
Part = Callable[[Session], None]
Parts = Sequence[Part] | None


def made_beside(
    session: Session,
    reads: Mapping[str, Collection[str]],
    first: Collection[str],
    make: Callable[[Session, str], Parts],
) -> Generator[tuple[str, Sequence[str]]]:
    """Make what others may read, each as soon as all that it `reads` is made; `first` those that take long.

    `make` may give what is left to do in parts, of which two are done at once. The session itself is free
    meanwhile. Yields the name of each when it is made, and those that are still to be made or in the making. Of two
    that fail it is the first in order that is raised, whichever failed first. Whoever stops listening breaks off what
    is made.
    """
    order = {name: nth for nth, name in enumerate(reads)}
    names = sorted(order, key=lambda name: (name not in first, order[name]))
    left: list[tuple[str, Callable[[Session], Parts]]] = [(name, _making(make, name)) for name in names]
    undone = Counter(names)
    working: dict[Future[Parts], tuple[str, Session]] = {}
    failed: dict[str, BaseException] = {}
    made: set[str] = set()
    with session.beside() as one, session.beside() as other, ThreadPoolExecutor(2) as pool:
        free = [other, one]
        try:
            while True:
                ends = min(map(order.__getitem__, failed), default=len(order))
                ready = [task for task in left if made.issuperset(reads[task[0]]) and order[task[0]] < ends]
                for task in ready[: len(free)]:
                    left.remove(task)
                    with_ = free.pop()
                    working[pool.submit(task[1], with_)] = task[0], with_
                if not working:
                    break
                for done in wait(working, return_when=FIRST_COMPLETED).done:
                    name, with_ = working.pop(done)
                    free.append(with_)
                    if (error := done.exception()) is not None:
                        failed[name] = error
                        continue
                    parts = done.result() or ()
                    left[:0] = [(name, part) for part in parts]
                    undone[name] += len(parts) - 1
                    if not undone[name]:
                        made.add(name)
                        yield name, [still for still in order if undone[still]]
        except BaseException:
            while wait(working, timeout=_AGAIN).not_done:  # who is between two statements does not hear it
                one.interrupt()
                other.interrupt()
            raise
    if failed:
        raise failed[min(failed, key=order.__getitem__)]


def _making(make: Callable[[Session, str], Parts], name: str) -> Callable[[Session], Parts]:
    return lambda session: make(session, name)
