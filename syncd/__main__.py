"""`syncd` as a process of its own; `python -m syncd` is the same."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

from syncd.cli import main


def run() -> NoReturn:
    """Run the command line, and end the process with its exit code.

    Everything is written, closed and flushed by then. Python would go on to free object after object of what goes with
    the process anyway, which takes longer than many a command.
    """
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):  # nobody reads any more, or it was closed from the beginning
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
