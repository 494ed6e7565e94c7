"""The pages beside clock and worker: the server of `syncd web`, as a process that begins and ends with this one."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence

from domain.errors import FixFile
from syncd.daemon.stopping import Stop

_LOOKS = 0.2  # seconds between looks at whether it still runs


class Pages:
    """A part of `syncd up` that serves the pages, by the command line of their server."""

    def __init__(self, line: Sequence[str]) -> None:
        """Take the command line; nothing runs yet."""
        self._line = list(line)
        self._server: subprocess.Popen[bytes] | None = None

    def go(self, stop: Stop) -> None:
        """Serve until asked to stop; what is asked then is answered. `FixFile` where the server ends by itself."""
        # in a session of its own: Ctrl+C is for `up`, which then tells it
        self._server = subprocess.Popen(self._line, start_new_session=True)  # noqa: S603 - our own server
        while not stop.waited(_LOOKS):
            if self._server.poll() is not None:
                raise FixFile(
                    "the pages ended by themselves, the log says why: is their port taken? `--bind` names another"
                )
        self._server.send_signal(signal.SIGTERM)
        self._server.wait()

    def hurry(self) -> None:
        """Let the server end without answering what it is asked."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)

    def leave(self) -> None:
        """End the server: this process ends now."""
        if self._server is not None:
            self._server.kill()
