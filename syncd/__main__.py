"""`syncd` as a process of its own; `python -m syncd` is the same."""

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

from syncd.cli import OUR_FAULT, main

#: So many new objects, and what goes with none of them is looked for: a run makes hundreds of thousands that all stay.
_LOOKED_FOR = 50_000


def run() -> NoReturn:
    """Run the command line, and end the process with its exit code.

    Everything is written, closed and flushed by then. Python would go on to free object after object of what goes with
    the process anyway, which takes longer than many a command.
    """
    gc.set_threshold(_LOOKED_FOR)
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
