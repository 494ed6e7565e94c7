"""Writing into an org by jobs of the Bulk API 2.0: an upsert by an external id of a custom object.

Open -> (its CSV) -> UploadComplete -> InProgress -> JobComplete, Failed or Aborted. It is not atomic: rows that worked
stay written. An empty cell leaves a field as it is, `#N/A` empties it. What became of rows is kept for seven days.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from connectors.connecting import Keeper
from connectors.salesforce.client import Client, Failed
from connectors.salesforce.settings import Settings
from connectors.writing import JobStands, Place
from domain.errors import FixAccess, ReadFailed, SyncError

#: What stands for no value.
NOTHING = "#N/A"
_CODE = re.compile(r"[A-Z][A-Z_]{2,59}")
_WORKING = frozenset({"UploadComplete", "InProgress"})
_GONE = 404
#: What an upsert needs, as a description names it, and in words.
_RIGHTS = {"createable": "create", "updateable": "edit"}


def open_writer(settings: Settings, roots: tuple[Path, ...]) -> OrgWriter:
    """Open an org to be written to; nothing is sent before something is asked."""
    return OrgWriter(settings, roots)


def written_at(settings: Settings) -> str:
    """Give which org is written to."""
    return settings.my_domain


class OrgWriter:
    """See `connectors.writing.Writer`."""

    def __init__(self, settings: Settings, roots: tuple[Path, ...]) -> None:
        """Connect to nothing yet."""
        self._client = Client(settings, roots)

    def keep_tokens(self, keeper: Keeper) -> None:
        """See `connectors.connecting.Connects`."""
        self._client.keeper = keeper

    def check(self, place: Place) -> None:
        """Make sure that the object has the fields, may be written, and knows records by the key."""
        said = self._client.get(f"sobjects/{place.object}/describe", place.object)
        missing = [name for right, name in _RIGHTS.items() if not said.get(right, True)]
        if missing:
            raise FixAccess(
                f"the integration user may not {' and '.join(missing)} records of {place.object}: ask the "
                "administrator for that (a permission set)"
            )
        fields = {one["name"]: one for one in said["fields"]}
        lacking = [name for name in place.fields if not fields.get(name, {}).get("updateable", name in fields)]
        if lacking:
            raise FixAccess(
                f"the integration user cannot write {', '.join(lacking)} of {place.object}: correct `write_back`, or "
                "ask the administrator for edit access to the field (a permission set)"
            )
        if not fields.get(place.key, {}).get("externalId"):
            raise FixAccess(
                f"{place.key} of {place.object} is no external id that the integration user sees: ask the "
                "administrator for a text field, unique, marked as external id"
            )

    def begin(self, place: Place) -> str:
        """Begin a job that upserts."""
        form = {
            "object": place.object,
            "operation": "upsert",
            "externalIdFieldName": place.key,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        return str(self._client.create("jobs/ingest", form, place.object)["id"])

    def fill(self, job: str, place: Place, rows: Sequence[Mapping[str, str | None]]) -> None:
        """Send the rows, once: Salesforce takes no second content."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        names = (place.key, *place.fields)
        writer.writerow(names)
        writer.writerows([row[name] or NOTHING for name in names] for row in rows)
        self._client.send("PUT", f"jobs/ingest/{job}/batches", text.getvalue().encode(), "text/csv", place.object)

    def release(self, job: str, place: Place) -> None:
        """Say that the upload is complete; an answer that was lost on the way is asked for by the job's state."""
        try:
            self._set_state(job, place, "UploadComplete")
        except SyncError:
            if self.stands(job, place) in (JobStands.GATHERING, JobStands.GONE):
                raise

    def give_up(self, job: str, place: Place) -> None:
        """Abort a job."""
        try:
            self._set_state(job, place, "Aborted")
        except SyncError:
            if self.stands(job, place) is JobStands.GATHERING:
                raise

    def stands(self, job: str, place: Place) -> JobStands:
        """Ask for the job's state."""
        try:
            said = self._client.get(f"jobs/ingest/{job}", place.object, absent_is_known=True)
        except Failed as failed:
            if failed.failure.status != _GONE:
                raise failed.failure.error(place.object) from None
            return JobStands.GONE
        if said["state"] == "Open":
            return JobStands.GATHERING
        if said["state"] in _WORKING:
            return JobStands.WORKING
        is_empty = said["state"] == "Aborted" and not int(said.get("numberRecordsProcessed") or 0)
        return JobStands.GONE if is_empty else JobStands.ENDED

    def became(self, job: str, place: Place, scratch: Path) -> dict[str, str | None]:
        """Read the three lists of a job's rows; what a row was refused for is told by its code alone."""
        found: dict[str, str | None] = {}
        for name in ("unprocessedrecords", "failedResults", "successfulResults"):
            path = scratch / f"{job}-{name}.csv"
            self._client.download(f"jobs/ingest/{job}/{name}", {}, path, place.object)
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    if place.key not in row:
                        raise ReadFailed(f"Salesforce does not say which {place.object} are meant; ask again")
                    code = None if name == "successfulResults" else ""
                    if name == "failedResults":
                        said = _CODE.match(row.get("sf__Error") or "")
                        code = said[0] if said else "UNKNOWN"
                    found[row[place.key]] = code
        return found

    def _set_state(self, job: str, place: Place, state: str) -> None:
        body = f'{{"state": "{state}"}}'.encode()
        self._client.send("PATCH", f"jobs/ingest/{job}", body, "application/json", place.object)
