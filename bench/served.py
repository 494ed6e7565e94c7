"""A web application behind the server that `syncd web` uses, one process of it, and who sends to it and waits.

The application is named as gunicorn names one. A sender keeps its connection, so that what is timed is from the first
byte sent to the last one answered.
"""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Sends a body to a path; gives the status and what was answered.
Send = Callable[[str, bytes], tuple[int, bytes]]

_HOST = "127.0.0.1"
#: Which clock of a process is asked for, by its id: its processor's time (man 3 clock_getcpuclockid).
_SCHEDULED = 2


@dataclass(frozen=True, slots=True)
class Served:
    """An application that is served."""

    send: Send
    process: subprocess.Popen[bytes]

    @property
    def cpu(self) -> float:
        """The processor's seconds of the server and its worker up to now."""
        return sum(map(_used, _family(self.process.pid)))


@contextmanager
def served(application: str, log: Path, environment: Mapping[str, str]) -> Iterator[Served]:
    """Serve an application; what it says is in `log`. `RuntimeError` where it does not come up."""
    with socket.socket() as found:
        found.bind((_HOST, 0))
        port = found.getsockname()[1]
    command = [
        *(sys.executable, "-m", "gunicorn", "--no-control-socket", "--workers", "1", "--threads", "4"),
        *("--worker-class", "gthread", "--bind", f"{_HOST}:{port}", application),
    ]
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said, env={**environment}) as process:
        try:
            _wait_for(port, process, log)
            sender = http.client.HTTPConnection(_HOST, port)

            def send(path: str, body: bytes) -> tuple[int, bytes]:
                sender.request("POST", path, body, {"Content-Type": "text/xml"})
                answer = sender.getresponse()
                return answer.status, answer.read()

            yield Served(send, process)
            sender.close()
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            socket.create_connection((_HOST, port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
        if process.poll() is not None:
            break
    raise RuntimeError(f"the server did not come up: {log.read_text()[-2000:]}")


def _family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [process, *map(int, children.split())]


def _used(process: int) -> float:
    return time.clock_gettime((~process << 3) | _SCHEDULED)
