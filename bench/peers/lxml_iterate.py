"""What lxml needs to see every worker: `iterparse` over each answer of FOLDER, each worker let go when it was seen.

`FOLDER`; prints how many there were. Nothing else is imported: what it takes is reading.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lxml import etree

_WORKER = "{urn:com.workday/bsvc}Worker"


def main(folder: str) -> None:
    """Count them."""
    found = 0
    for path in sorted(Path(folder).glob("0*.xml")):
        for _, element in etree.iterparse(path, tag=_WORKER):
            parent = element.getparent()
            assert parent is not None  # noqa: S101 - a worker stands in an envelope
            found += 1
            element.clear()
            while element.getprevious() is not None:
                del parent[0]
    print(found)


if __name__ == "__main__":
    main(sys.argv[1])
