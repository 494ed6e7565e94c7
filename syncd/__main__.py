"""`syncd` as a process of its own; `python -m syncd` is the same."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

from syncd.cli import OUR_FAULT, main


def run() -> NoReturn:
    """Run the command line, and end the process with its exit code.

    Everything is written, closed and flushed by then. Python would go on to free object after object of what goes with
    the process anyway, which takes longer than many a command.
    """
    code = main()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except BrokenPipeError:
            pass  # nobody reads any more
        except OSError as error:
            code = code or OUR_FAULT
            with suppress(OSError):
                os.write(2, f"syncd: what it had to say could not be written: {error}\n".encode())
    os._exit(code)


if __name__ == "__main__":
    run()
