"""What a process that nobody looks at says: one line for each thing that happened, names and numbers only.

    2026-01-05T02:00:01Z worker job.done job=T3 feed=people run=R4 outcome=completed seconds=1.2

Values of records, and messages that may hold some, are never in it: they stand in the database.
"""

from __future__ import annotations

import json
import re
import sys
import traceback
from datetime import datetime
from pathlib import Path

_PLAIN = re.compile(r"[\w.:/@+-]+")


def say(now: datetime, who: str, what: str, **about: object) -> None:
    """Write a line on standard error; what is None is left out."""
    if sys.stderr is None:  # it was begun without one
        return
    words = [f"{name}={_word(value)}" for name, value in about.items() if value is not None]
    moment = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    sys.stderr.write(" ".join([moment, who, what, *words]) + "\n")
    sys.stderr.flush()


def fault_of(error: BaseException) -> str:
    """Say what kind of error it was and where, and nothing of its text: that may hold values of records."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def _word(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
