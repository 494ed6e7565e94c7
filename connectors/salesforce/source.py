"""A Salesforce org as a source: each object that its API names is a stream.

The first read of an object, and each full one, comes by the Bulk API (by queries where that does not do the object);
what follows comes by queries. See `changes` for why nothing is missed, and `jobs` for how a read goes on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.base import EVERYTHING, Budget, Dialect, Page, PageFormat, Source, Wanted
from connectors.connecting import Keeper
from connectors.salesforce import jobs
from connectors.salesforce.changes import Changes, covered, deletions, looked_up, mark_of
from connectors.salesforce.client import Client, Failed, quoted
from connectors.salesforce.cursor import Cursor, cursor_from
from connectors.salesforce.describing import Column, Descriptions, Object
from connectors.salesforce.forms import NUMBERS, is_id
from connectors.salesforce.merging import winners
from connectors.salesforce.rights import warnings_about
from connectors.salesforce.rows import write_deleted, write_rows
from connectors.salesforce.settings import Settings
from domain.errors import CursorExpired, FixFile, ReadFailed
from domain.problem import Mistake

__all__ = ["Settings", "open_source"]


def open_source(settings: Settings, roots: tuple[Path, ...]) -> Source:
    """Open an org; nothing is sent before something is read."""
    return _Org(settings, roots)


class _Org:
    """See `connectors.base.Source`, `Resumes` and `Budgeted`, and `connectors.connecting.Connects`."""

    def __init__(self, settings: Settings, roots: tuple[Path, ...]) -> None:
        self._settings, self._client = settings, Client(settings, roots)

    def keep_tokens(self, keeper: Keeper) -> None:
        """See `connectors.connecting.Connects`."""
        self._client.keeper = keeper

    def is_within_full(self, cursor: str) -> bool:
        """Tell whether a bulk job goes on from there."""
        try:
            return cursor_from(cursor).job is not None
        except CursorExpired:
            return False

    def has_sent(self, requests: int, allowed: int) -> None:
        """See `connectors.base.Budgeted`."""
        self._client.before = Budget(requests, 0, allowed)

    def budget(self) -> Budget | None:
        """Give the requests of the org's day."""
        return self._client.budget()

    def read(self, stream: str | None, since: str | None, scratch: Path, wanted: Wanted = EVERYTHING) -> Iterator[Page]:
        """Yield the pages of an object; see `connectors.base.Source`."""
        if stream is None or not stream.replace("_", "").isalnum() or not stream.isascii():
            message = "a Salesforce source is read by object: say `stream: Opportunity`, or another by its API name"
            raise FixFile(message, (Mistake(("stream",), message),))
        known = None if since is None else cursor_from(since)
        descriptions = Descriptions(self._client)
        described = descriptions.of(stream)
        columns = descriptions.columns(described, wanted)
        read = _Read(self._settings, self._client, described, columns, scratch, known)
        notes = warnings_about(self._client, described)
        pages = read.everything() if known is None or known.job is not None else read.changed()
        for page in pages:
            yield replace(page, warnings=(*notes, *page.warnings))
            notes = ()

    def look_up(self, stream: str | None, column: str, key: str) -> bool:
        """Tell whether there is a record, not deleted, whose field has this value; see `connectors.base.LooksUp`."""
        path = re.fullmatch(r"\w+(?:\.\w+)*", column, re.ASCII)
        if stream is None or path is None:
            raise ReadFailed(f"'{column}' is no field of a Salesforce object that can be asked for")
        if column == "Id" and not is_id(key):
            return False
        soql = f"SELECT Id FROM {stream} WHERE {column} = {quoted(key)} LIMIT 1"  # noqa: S608 - quoted
        try:
            return bool(self._client.query(soql, stream)["records"])
        except Failed as failed:
            raise failed.failure.error(stream) from None

    def merged_into(self, stream: str | None, column: str, keys: Collection[str]) -> Mapping[str, str]:
        """Say which records were merged into which others; see `connectors.base.TellsMerges`."""
        if stream is None:
            return {}
        described = Descriptions(self._client).of(stream)
        try:
            return winners(self._client, described, column, keys)
        except Failed as failed:
            raise failed.failure.error(stream) from None


class _Read:
    """One read of one object."""

    def __init__(
        self,
        settings: Settings,
        client: Client,
        described: Object,
        columns: tuple[Column, ...],
        scratch: Path,
        known: Cursor | None,
    ) -> None:
        self._settings, self._client, self._described, self._columns = settings, client, described, columns
        self._scratch, self._known = scratch, known
        self._name, self._paths = described.name, tuple(one.path for one in columns)
        self._silent = tuple(one.path for one in columns if one.is_silent)
        self._pages = self._rows = 0

    # --- all of it

    def everything(self) -> Iterator[Page]:
        """Yield every record, by a bulk job: that of the read before where it may still bring its result."""
        soql = f"SELECT {', '.join(self._paths)} FROM {self._name}"  # noqa: S608 - names that were described
        soql += " WHERE IsDeleted = false" if self._described.has_archived else ""
        query, known = jobs.digest(soql, self._settings.api_version), self._known
        if known is not None and known.query == query and self._may_go_on(known):
            cursor = known
        else:
            ceiling = covered(self._client, self._described)
            cursor = self._cursor(ceiling, ceiling)
            try:
                cursor = replace(cursor, job=self._begun(soql), query=query)
            except Failed:
                yield from self._by_query(soql, cursor)
                return
            if self._described.tells_changes:
                yield self._page_of_nothing(cursor)
        total = jobs.finish(self._client, str(cursor.job), self._name)
        done = replace(cursor, job=None, query=None)
        numbers = frozenset(one.path for one in self._columns if one.type in NUMBERS)
        found = jobs.pieces(self._client, str(cursor.job), self._scratch, self._name, numbers)
        for number, piece in enumerate(found, 1):
            columns = piece.columns or self._paths
            if columns != self._paths:
                raise ReadFailed(f"Salesforce gives other columns of {self._name} than it was asked for; run again")
            yield Page(
                piece.path,
                PageFormat.CSV,
                columns,
                f"{self._name}/{cursor.job}/{number}",
                full=True,
                is_last=piece.is_last,
                dialect=Dialect(skip=1 if piece.columns else 0),
                rows=piece.rows,
                cursor=self._told(done) if piece.is_last else None,
                total=total,
                silent=self._silent,
            )

    def _begun(self, soql: str) -> str:
        return jobs.begin(self._client, soql, self._name, deleted=self._described.has_archived)

    def _may_go_on(self, known: Cursor) -> bool:
        """Tell whether a job's result is still to be had, and not of another day: who left since would be there."""
        is_fresh = self._client.now - known.at < jobs.FRESH
        return is_fresh and jobs.is_there(self._client, str(known.job), self._name)

    def _by_query(self, soql: str, cursor: Cursor) -> Iterator[Page]:
        """Yield every record of an object that the Bulk API does not do."""
        asked = soql if "Id" in self._paths else soql.replace("SELECT ", "SELECT Id, ", 1)
        try:
            archived = self._described.has_archived
            said = self._client.query(f"{asked} ORDER BY Id", self._name, deleted=archived)
            while True:
                page = self._page(said["records"], full=True, is_last=bool(said["done"]), cursor=None)
                yield replace(page, total=int(said["totalSize"]), cursor=self._told(cursor) if said["done"] else None)
                if said["done"]:
                    return
                said = self._client.more(said["nextRecordsUrl"], self._name)
        except Failed as failed:
            raise failed.failure.error(self._name) from None

    # --- what changed

    def changed(self) -> Iterator[Page]:
        """Yield what changed since the cursor: first what the log of deletions names, as what came later is newer."""
        assert self._known is not None  # noqa: S101 - a read without a cursor is one of everything
        known = self._known
        self._check_shape(known)
        if not self._described.tells_changes:
            raise CursorExpired(f"{self._name} does not tell what was changed: it is read in full each time")
        ceiling, end = covered(self._client, self._described), self._client.now
        gone, deleted = deletions(self._client, self._described, known.deleted)
        note, binned = self._shape_note(known), self._looked_up(gone)
        for page in self._gone(gone, binned):
            yield replace(page, warnings=note)
            note = ()
        brought = frozenset(mark_of(self._described, one) for one in binned)
        changes = Changes(self._client, self._described, self._columns, ceiling, brought)
        for batch in changes.between(known.at, max(end, known.at)):
            at = max(min(batch.until, ceiling), known.at)
            cursor = self._cursor(at, deleted if batch.is_last else known.deleted)
            yield replace(
                self._page(batch.records, full=False, is_last=batch.is_last, cursor=cursor.text), warnings=note
            )
            note = ()

    def _looked_up(self, ids: list[str]) -> list[dict[str, Any]]:
        try:
            return looked_up(self._client, self._described, self._columns, ids)
        except Failed as failed:
            raise failed.failure.error(self._name) from None

    def _gone(self, ids: list[str], binned: list[dict[str, Any]]) -> Iterator[Page]:
        """Yield what the log of deletions names: as it is in the bin, or lives again; else by its id alone."""
        if binned:
            yield self._page(binned, full=False, is_last=False, cursor=None)
        if "Id" in self._paths and (purged := sorted(set(ids) - {str(one["Id"]) for one in binned})):
            yield self._page_of_purged(purged)

    def _check_shape(self, known: Cursor) -> None:
        """Have everything read again where a column is new, or another kind of field: its old values are not known."""
        now = {one.path: one.shape for one in self._columns}
        if any(known.columns.get(path) != shape for path, shape in now.items()):
            raise CursorExpired(f"fields of {self._name} that are read are new or of another type")

    def _shape_note(self, known: Cursor) -> tuple[str, ...]:
        if known.shape == self._described.digest:
            return ()
        before, now = known.shape.partition(":")[0], len(self._described.fields)
        said = f"the integration user sees other fields of {self._name} than at the last read: {now}, then {before}"
        return (f"{said}; those that are read here are as they were",)

    # --- pages

    def _cursor(self, at: datetime, deleted: datetime) -> Cursor:
        return Cursor(at, deleted, self._described.digest, {one.path: one.shape for one in self._columns})

    def _told(self, cursor: Cursor) -> str | None:
        """Give a cursor's text; none for an object that does not tell what was changed."""
        return cursor.text if self._described.tells_changes else None

    def _page(self, records: list[dict[str, Any]], *, full: bool, is_last: bool, cursor: str | None) -> Page:
        path = self._next_file()
        rows = write_rows(path, self._name, self._columns, records, self._rows + 1)
        self._rows += rows
        return Page(
            path, PageFormat.JSONL, self._paths, self._name, full=full, is_last=is_last, rows=rows, cursor=cursor,
            silent=self._silent,
        )  # fmt: skip

    def _page_of_purged(self, ids: list[str]) -> Page:
        path = self._next_file()
        rows = write_deleted(path, self._name, ids, self._rows + 1)
        self._rows += rows
        return Page(path, PageFormat.JSONL, self._paths, self._name, full=False, is_last=False, rows=rows)

    def _page_of_nothing(self, cursor: Cursor) -> Page:
        """Give the page that carries the job, so that whoever begins again goes on with it."""
        return replace(self._page([], full=True, is_last=False, cursor=cursor.text))

    def _next_file(self) -> Path:
        self._pages += 1
        return self._scratch / f"{self._name}-{self._pages:05d}.jsonl"
