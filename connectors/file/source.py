"""Files as a source: a file, or all that a pattern matches, read in full every time.

In go `Settings` and the folders files may lie in, out come pages in the order of the names: a text is a CSV
page, a sheet a JSON-lines page. Everything is copied and checked before the first page, so that a read either
starts whole or fails with every structural problem of every file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from connectors.base import Dialect, Page, PageFormat, Source
from connectors.file.copying import Copy, Kind, take
from connectors.file.dating import Said, day_of, text_cell
from connectors.file.delimited import structure
from connectors.file.settings import Each, Settings
from connectors.file.workbook import read_sheet
from domain.errors import FixFile, ReadFailed
from domain.problem import Mistake, Problem

__all__ = ["Settings", "open_source"]

PATTERN = frozenset("*?[")
#: What programs leave beside the files they have open.
NOISE = ("~$", ".")


def open_source(settings: Settings, roots: tuple[Path, ...]) -> Source:
    """Open files under `roots[0]`, the workspace; `FixFile` where the path cannot be one."""
    path = Path(settings.path)
    if path.is_absolute() or not settings.path.strip():
        raise _misplaced(f"`path: {settings.path}` must be relative to the workspace")
    if not any(mark in settings.path for mark in PATTERN):
        _inside(roots[0] / path, roots)
    return _Files(settings, tuple(root.resolve() for root in roots))


class _Files:
    """See `open_source`."""

    def __init__(self, settings: Settings, roots: tuple[Path, ...]) -> None:
        self._settings = settings
        self._roots = roots

    def read(self, stream: str | None, since: str | None, scratch: Path) -> Iterator[Page]:
        """Copy and check every file, then yield their pages; see `connectors.base.Source`."""
        del since  # files know no increments: every read is a full one
        if stream is not None:
            message = f"a file source has no streams: say `source: NAME` instead of `NAME.{stream}`"
            raise FixFile(message, (Mistake(("source",), message),))
        problems: list[Problem] = []
        pages: list[Page] = []
        seen: dict[str, str] = {}
        warnings: list[str] = []
        days: list[date] = []
        for number, (name, path) in enumerate(self._find()):
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

    def _find(self) -> list[tuple[str, Path]]:
        """Give the files to read with their names, in the order of the names."""
        base, text = self._roots[0], self._settings.path
        if any(mark in text for mark in PATTERN):
            keeps_noise = Path(text).name.startswith(NOISE)
            matches = [path for path in base.glob(text) if keeps_noise or not path.name.startswith(NOISE)]
        else:
            matches = [base / text]
        found = sorted((str(path.relative_to(base)), path) for path in matches if path.is_file())
        if not found:
            message = f"no file `{text}` is there: put it in place, or correct `path`"
            raise ReadFailed(message, (Problem(None, "no_file", message, place=text),))
        if self._settings.each is Each.NEWEST:
            found = found[-1:]
        return [(name, _inside(path, self._roots)) for name, path in found]


def _inside(path: Path, roots: tuple[Path, ...]) -> Path:
    """Follow every link; `FixFile` where that leads out of the folders files may come from."""
    target = path.resolve()
    if not any(target.is_relative_to(root.resolve()) for root in roots):
        raise _misplaced(f"`path: {path.name}` leads out of the workspace: allow its folder in SYNCD_FILE_ROOTS")
    return target


def _misplaced(message: str) -> FixFile:
    return FixFile(message, (Mistake(("path",), message),))


def _failed(problems: list[Problem]) -> ReadFailed:
    ordered = sorted(problems, key=lambda problem: (problem.row or 0, problem.place or "", problem.message))
    more = f" (and {len(ordered) - 1} more)" if len(ordered) > 1 else ""
    return ReadFailed(ordered[0].message + more, tuple(ordered))
