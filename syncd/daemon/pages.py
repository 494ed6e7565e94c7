"""The pages beside clock and worker: the server of `syncd web`, as a process that begins and ends with this one."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Sequence

from syncd.daemon.parted import OPTIONS
from syncd.daemon.stopping import Stop

_LOOKS = 0.2  # seconds between looks at whether it still runs
#: Seconds until a server that ended by itself is begun again.
AGAIN = 30.0


class Pages:
    """A part of `syncd up` that serves the pages, by the command line of their server."""

    def __init__(self, line: Sequence[str], tell: Callable[[str], None]) -> None:
        """Take the command line, and who is told that the server ended by itself; nothing runs yet."""
        self._line, self._tell = [*line, *OPTIONS], tell
        self._server: subprocess.Popen[bytes] | None = None

    def go(self, stop: Stop) -> None:
        """Serve until asked to stop; what is asked then is answered.

        A server that ends by itself (its port is taken, say) is begun again: feeds are read meanwhile.
        """
        while True:
            # in a session of its own: Ctrl+C is for `up`, which then tells it; of the pipe: `syncd.daemon.parted`
            with subprocess.Popen(self._line, stdin=subprocess.PIPE, start_new_session=True) as server:  # noqa: S603
                self._server = server
                while server.poll() is None:
                    if stop.waited(_LOOKS):
                        server.send_signal(signal.SIGTERM)
                        server.wait()
                        return
            self._tell("pages.ended")
            if stop.waited(AGAIN):
                return

    def hurry(self) -> None:
        """Let the server end without answering what it is asked."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGQUIT)

    def leave(self) -> None:
        """End the server: this process ends now."""
        if self._server is not None:
            self._server.kill()
