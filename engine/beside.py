"""Tables made beside one another, two at a time, where neither reads the other.

What passes row by row works on one core; another table is made on the other meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from engine.session import Session

#: How soon who does not stop is told so again, in seconds.
_AGAIN = 0.02


def made_beside(
    session: Session,
    reads: Mapping[str, Collection[str]],
    first: Collection[str],
    make: Callable[[Session, str], None],
) -> Generator[tuple[str, Sequence[str]]]:
    """Make what others may read, each as soon as all that it `reads` is made; `first` those that take long.

    The session itself is free meanwhile. Yields the name of each when it is made, and those that are still to be made
    or in the making. Of two that fail it is the first in order that is raised, whichever failed first. Whoever stops
    listening breaks off what is made.
    """
    order = {name: nth for nth, name in enumerate(reads)}
    left = sorted(order, key=lambda name: (name not in first, order[name]))
    working: dict[Future[None], tuple[str, Session]] = {}
    failed: dict[str, Exception] = {}
    made: set[str] = set()
    with session.beside() as one, session.beside() as other, ThreadPoolExecutor(2) as pool:
        free = [other, one]
        try:
            while True:
                ends = min(map(order.__getitem__, failed), default=len(order))
                ready = [name for name in left if made.issuperset(reads[name]) and order[name] < ends]
                for name in ready[: len(free)]:
                    left.remove(name)
                    with_ = free.pop()
                    working[pool.submit(make, with_, name)] = name, with_
                if not working:
                    break
                for done in wait(working, return_when=FIRST_COMPLETED).done:
                    name, with_ = working.pop(done)
                    free.append(with_)
                    if isinstance(error := done.exception(), Exception):
                        failed[name] = error
                        continue
                    made.add(name)
                    yield name, [*left, *(at_work for at_work, _ in working.values())]
        except BaseException:
            while wait(working, timeout=_AGAIN).not_done:  # who is between two statements does not hear it
                one.interrupt()
                other.interrupt()
            raise
    if failed:
        raise failed[min(failed, key=order.__getitem__)]
