"""What the server of the pages does where it was begun by `syncd up`: it ends when that process is gone.

A configuration of gunicorn. The standard input of such a server is a pipe whose other end `up` alone holds and never
writes to: it is at its end once `up` is gone, however that ended. A process of the server that answers requests looks,
in a thread, and not the one above it, which forks them.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Protocol

#: How gunicorn is told of this file.
OPTIONS = ("--config", f"python:{__name__}")


class Worker(Protocol):
    """One of gunicorn's processes that answer requests; `ppid` is the one that holds the port."""

    ppid: int


def post_worker_init(worker: Worker) -> None:
    """Look from now on whether `up` is there."""
    threading.Thread(target=_end_with_it, args=(worker.ppid,), name="parted", daemon=True).start()


def _end_with_it(server: int) -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(server, signal.SIGTERM)
