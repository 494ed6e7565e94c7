"""What two worlds have is compared without what only counts: a run that was broken has used up a number."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from itertools import count
from typing import Any

#: Revisions; the ids of batches, changes, people and runs; those of lines, and digests, for such ids are in them.
_COUNTS = re.compile(r'(?<="revision": )\d+|(?<="since": )\d+|\b(?:[BCPR]\d+|L[0-9a-f]{16}|[0-9a-f]{32})\b')


def numbered(found: Any) -> Any:
    """Give a document with each of these replaced by its place in the order in which they come up."""
    places = count(1)
    known: dict[str, int] = defaultdict(lambda: next(places))
    return json.loads(_COUNTS.sub(lambda one: str(known[one[0]]), json.dumps(found, default=str)))
