"""Where a read goes on: the text that our pages carry as their cursor.

    {"at": "2026-03-01T10:00:00.000Z", "deleted": "...", "shape": "41:9f..", "columns": {"Name": "string"}}

at       every record that was changed before then has been read; those of that very moment come again
deleted  up to when the deletions of the object are known
shape    the fields of the object as they were described
columns  what was read, each with its type: a read that wants another type, or one that was not there, begins anew
job      a bulk job that reads everything; then the read goes on with it, and the others hold once it is done
query    the digest of what the job was asked
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime

from connectors.salesforce.forms import moment, written
from domain.errors import CursorExpired


@dataclass(frozen=True, slots=True)
class Cursor:
    """See the head of this file."""

    at: datetime
    deleted: datetime
    shape: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    job: str | None = None
    query: str | None = None

    @property
    def text(self) -> str:
        """The cursor as a page carries it."""
        said = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps(said | {"at": written(self.at), "deleted": written(self.deleted)})


def cursor_from(text: str) -> Cursor:
    """Read a cursor; `CursorExpired` where it is none of ours, as after another kind of source."""
    try:
        said = json.loads(text)
        return Cursor(**said | {"at": moment(said["at"]), "deleted": moment(said["deleted"])})
    except (ValueError, TypeError, KeyError):
        raise CursorExpired("the cursor is of another kind of source") from None
