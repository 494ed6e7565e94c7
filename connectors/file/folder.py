"""Files in a folder of this machine, as `connectors.file.pickup.Pickup` has them.

A file is named relative to the workspace, and lies, after every link is followed, inside it or a further root.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path, PurePosixPath
from uuid import uuid4

from connectors.file.pickup import NOISE, has_pattern, is_in
from domain.errors import FixAccess, FixFile
from domain.problem import Mistake


class Folder:
    """The files that `path` means, under `roots[0]`; what is in the folder `archive` waits for nobody."""

    def __init__(self, path: str, archive: str | None, roots: tuple[Path, ...]) -> None:
        """Refuse paths that cannot be; `FixFile`."""
        for key, text in (("path", path), ("archive", archive)):
            if text is None:
                continue
            if Path(text).is_absolute() or not text.strip():
                raise _misplaced(key, f"`{key}: {text}` must be relative to the workspace")
            _inside(key, roots[0].joinpath(*takewhile(lambda part: not has_pattern(part), Path(text).parts)), roots)
        self._path, self._archive, self._roots = path, archive, tuple(root.resolve() for root in roots)

    def names(self) -> list[str]:
        """See `Pickup`."""
        base, text = self._roots[0], self._path
        if has_pattern(text):
            keeps_noise = Path(text).name.startswith(NOISE)
            matches = [path for path in base.glob(text) if keeps_noise or not path.name.startswith(NOISE)]
        else:
            matches = [base / text]
        found = sorted(str(path.relative_to(base)) for path in matches if path.is_file())
        return [name for name in found if self._archive is None or not is_in(name, self._archive)]

    def fetch(self, name: str, target: Path, most: int) -> tuple[Path, str] | None:
        """Give the file itself: whoever copies it sees whether it changes."""
        del target, most
        path = _inside("path", self._roots[0] / name, self._roots)
        version = _version(path)
        return None if version is None else (path, version)

    def version(self, name: str) -> str | None:
        """See `Pickup`: device, inode, size and the nanosecond of its last change."""
        return _version(self._at(name))

    def move(self, name: str, target: str, version: str) -> bool:
        """See `Pickup`. What came meanwhile goes back to its name, or waits beside it under another."""
        path, there = self._at(name), self._at(target)
        if _version(path) != version:
            return False
        with _allowed(name):
            there.parent.mkdir(parents=True, exist_ok=True)
            mine = path.with_name(f".{uuid4().hex}")
            path.rename(mine)
            if _version(mine) == version:
                _settle(mine, there)
                return True
            back = path if not path.exists() else path.with_name(f"{path.stem}-{uuid4().hex[:8]}{path.suffix}")
            _settle(mine, back)
        return False

    def create(self, name: str, content: bytes) -> bool:
        """See `Pickup`: written aside, then linked to its name, which fails where that is there."""
        path = self._at(name)
        with _allowed(name):
            aside = path.with_name(f".{uuid4().hex}")
            aside.write_bytes(content)
            try:
                os.link(aside, path)
            except FileExistsError:
                return False
            finally:
                aside.unlink()
        return True

    def content(self, name: str) -> bytes | None:
        """See `Pickup`."""
        try:
            return self._at(name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        """See `Pickup`."""
        with _allowed(name):
            self._at(name).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held open."""

    def _at(self, name: str) -> Path:
        """Give where a name is; its folder, after links, inside the roots."""
        path = self._roots[0] / name
        return _inside("path", path.parent, self._roots) / path.name


def _version(path: Path) -> str | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"


def _settle(path: Path, target: Path) -> None:
    """Give a file of our own its name for good, in whatever file system that is."""
    try:
        os.link(path, target)
    except FileExistsError:
        raise FixAccess(f"{PurePosixPath(target).name} is there already, and is not written over") from None
    except OSError:  # another file system, or one without links
        aside = target.with_name(f".{uuid4().hex}")
        shutil.copy2(path, aside)
        aside.rename(target)
    path.unlink()


@contextmanager
def _allowed(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FixAccess(f"{name} may not be moved or claimed by this program: {error.strerror}") from None


def _inside(key: str, path: Path, roots: tuple[Path, ...]) -> Path:
    """Follow every link; `FixFile` where that leads out of the folders files may come from."""
    target = path.resolve()
    if not any(target.is_relative_to(root.resolve()) for root in roots):
        shown = path.relative_to(roots[0]) if path.is_relative_to(roots[0]) else path
        raise _misplaced(key, f"`{key}: {shown}` leads out of the workspace: allow its folder in SYNCD_FILE_ROOTS")
    return target


def _misplaced(key: str, message: str) -> FixFile:
    return FixFile(message, (Mistake((key,), message),))
