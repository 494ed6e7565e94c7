"""Files as a source: a file, or all that a pattern matches, read in full every time.

In go `Settings` and the folders files may lie in, out come pages in the order of the names: a text is a CSV
page, a sheet a JSON-lines page. Everything is copied and checked before the first page, so that a read either
starts whole or fails with every structural problem of every file. Files elsewhere are fetched first and are then
read like any other (`connectors.file.pickup`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path, PurePosixPath

from connectors.base import EVERYTHING, Dialect, Page, PageFormat, Source, Wanted
from connectors.file.claims import Claims
from connectors.file.copying import Copy, Kind, take
from connectors.file.dating import Said, day_of, text_cell
from connectors.file.delimited import structure
from connectors.file.folder import Folder
from connectors.file.pickup import Pickup, no_file, replaced
from connectors.file.settings import Each, Settings
from connectors.file.workbook import read_sheet
from domain.errors import FixFile, ReadFailed, SyncError
from domain.problem import Mistake, Problem

__all__ = ["Settings", "open_source"]


def open_source(settings: Settings, roots: tuple[Path, ...]) -> Source:
    """Open files under `roots[0]`, the workspace; `FixFile` where the path cannot be one."""
    return Files(settings, Folder(settings.path, settings.archive, roots))


class Files:
    """Files that wait in one place; see `connectors.base.Source` and `connectors.base.Archives`."""

    def __init__(self, settings: Settings, pickup: Pickup) -> None:
        """Read what `settings` say of the files that wait at a place; nothing is done there yet."""
        self._settings, self._pickup = settings, pickup
        self._claims = Claims(pickup)
        self._claimed: list[str] | None = None
        self._versions: dict[str, str] = {}  #: of what was read, or passed over for something newer

    # --- what waits, and what becomes of it

    def waits(self) -> bool:
        """Tell whether there is anything to read; where nothing is taken away, there always is."""
        return self._settings.archive is None or bool(self._pickup.names())

    def claim(self) -> None:
        """Let no other reader have the files that are there now, where they are taken away later."""
        if self._settings.archive is not None:
            names = self._pickup.names()
            self._claims.take(names)
            self._claimed = names

    def archive(self, run: str) -> tuple[str, ...]:
        """Move what was read, as it was read, into the archive; say what stays, and why."""
        stays: list[str] = []
        for name, version in self._versions.items() if self._settings.archive is not None else ():
            try:
                if not self._pickup.move(name, self._kept_as(name, run), version):
                    stays.append(f"{name} is another file than was read, and stays for the next run")
            except SyncError as error:
                stays.append(f"{name} was read and could not be archived: {error.message}")
        self._versions.clear()
        return tuple(stays)

    def release(self) -> None:
        """Let go of the claims, and of the place."""
        self._claimed = None
        try:
            self._claims.release()
        finally:
            self._pickup.close()

    def _kept_as(self, name: str, run: str) -> str:
        """Name a file in the archive: as it is called, else with the run that read it, else counted."""
        path = PurePosixPath(name)
        folder, stem, suffix = PurePosixPath(self._settings.archive or ""), path.stem, path.suffix
        target, count = str(folder / path.name), 1
        while self._pickup.version(target) is not None:
            more = f".{run}" if count == 1 else f".{run}-{count}"
            target, count = str(folder / f"{stem}{more}{suffix}"), count + 1
        return target

    # --- reading

    def read(self, stream: str | None, since: str | None, scratch: Path, wanted: Wanted = EVERYTHING) -> Iterator[Page]:
        """Copy and check every file, then yield their pages; see `connectors.base.Source`."""
        del since, wanted  # files know no increments: every read is a full one, of all that is in them
        if stream is not None:
            message = f"a file source has no streams: say `source: NAME` instead of `NAME.{stream}`"
            raise FixFile(message, (Mistake(("source",), message),))
        problems: list[Problem] = []
        pages: list[Page] = []
        seen: dict[str, str] = {}
        warnings: list[str] = []
        days: list[date] = []
        for number, (name, path) in enumerate(self._fetched(scratch)):
            copy = take(path, name, self._settings, scratch / f"{number:04d}.copy")
            if not copy.problems and copy.digest in seen:
                warnings.append(f"{name} holds the same bytes as {seen[copy.digest]} and is read once")
                days += self._day_in_name(name)  # one that is sent again under a newer name speaks of a newer day
                continue
            seen[copy.digest] = name
            page, faults = self._page(copy)
            problems += faults
            if page:
                pages.append(page)
                days += [page.as_of] if page.as_of else []
        if problems:
            raise _failed(problems)
        complete = all(page.is_last for page in pages)
        for page in pages:
            is_last = complete and page is pages[-1]
            own = tuple(warnings) if page is pages[-1] else ()
            yield replace(page, is_last=is_last, warnings=page.warnings + own, as_of=max(days, default=None))

    def _fetched(self, scratch: Path) -> Iterator[tuple[str, Path]]:
        """Yield the files to read, each once it is on this machine; the place is let go of after the last."""
        names = self._claimed if self._claimed is not None else self._pickup.names()
        if not names:
            raise no_file(self._settings.path)
        chosen = names
        if self._settings.each is Each.NEWEST:
            chosen = names[-1:]
            for name in names[:-1]:
                self._versions[name] = self._pickup.version(name) or ""
        for number, name in enumerate(chosen):
            target = scratch / f"{number:04d}.fetched"
            most = self._settings.limits.bytes
            found = self._pickup.fetch(name, target, most) or self._pickup.fetch(name, target, most)
            if found is None:
                raise replaced(name)
            path, self._versions[name] = found
            yield name, path
            target.unlink(missing_ok=True)
        self._pickup.close()

    def _page(self, copy: Copy) -> tuple[Page | None, tuple[Problem, ...]]:
        """Give the page of a copy (`is_last`: this file is complete), or what keeps it from being one.

        Its `as_of` is of this file; the read speaks of the newest of its files' days.
        """
        if copy.problems:
            return None, copy.problems
        if copy.kind is Kind.SPREADSHEET:
            sheet = read_sheet(copy, self._settings)
            page = Page(
                sheet.path,
                PageFormat.JSONL,
                sheet.columns,
                copy.name,
                full=True,
                is_last=True,
                rows=sheet.rows,
                digest=copy.digest,
                letters=sheet.letters,
                warnings=sheet.warnings,
            )
            return self._dated(page, sheet.problems, sheet.cell)
        found = structure(copy, self._settings)
        dialect = Dialect(self._settings.delimiter, self._settings.quote, found.skip)
        page = Page(
            copy.path,
            PageFormat.CSV,
            found.columns,
            copy.name,
            full=True,
            is_last=copy.is_ended,
            dialect=dialect,
            digest=copy.digest,
            warnings=found.warnings,
        )
        place = self._settings.as_of.place if self._settings.as_of else None
        return self._dated(page, found.problems, text_cell(copy, self._settings, place) if place else Said())

    def _day_in_name(self, name: str) -> list[date]:
        as_of = self._settings.as_of
        day = day_of(name, as_of, Said()) if as_of is not None and as_of.pattern else None
        return [day] if isinstance(day, date) else []

    def _dated(self, page: Page, problems: tuple[Problem, ...], said: Said) -> tuple[Page, tuple[Problem, ...]]:
        """Say of which day a file speaks, where the settings tell how to know."""
        if self._settings.as_of is None or problems:
            return page, problems
        day = day_of(page.name, self._settings.as_of, said)
        return (page, (day,)) if isinstance(day, Problem) else (replace(page, as_of=day), ())


def _failed(problems: list[Problem]) -> ReadFailed:
    ordered = sorted(problems, key=lambda problem: (problem.row or 0, problem.place or "", problem.message))
    more = f" (and {len(ordered) - 1} more)" if len(ordered) > 1 else ""
    return ReadFailed(ordered[0].message + more, tuple(ordered))
