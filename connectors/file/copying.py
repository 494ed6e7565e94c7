"""A private copy of one file, made in a single pass that sees everything that needs no parsing.

In goes a path, out comes a `Copy` in the scratch folder with the digest of the bytes as sent: a spreadsheet
as it is, a text as UTF-8 with LF (or CRLF) line ends. The same pass checks size, rows, encoding, NUL bytes
and the end.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from connectors.file.pickup import replaced
from connectors.file.settings import Limits, Settings, more
from domain.errors import FixAccess, ReadFailed
from domain.problem import Problem

CHUNK = 1 << 20
#: How many pieces of work may wait while a file is read on.
_AHEAD = 8

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
SPREADSHEET_NAMES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


class Kind(Enum):
    """What the content of a file is."""

    TEXT = "text"
    SPREADSHEET = "spreadsheet"


@dataclass(frozen=True, slots=True)
class Copy:
    """A file as it was at one moment.

    name      as a person calls it, relative to the workspace
    digest    sha256 of the bytes as sent
    lines     of a text: how many have their end
    is_ended  a text whose last line has its end (a spreadsheet always is)
    is_even   a text with an even number of quotes: none is open at its end
    problems  what is wrong with its bytes as a whole; with one of them nobody may parse it
    """

    path: Path
    name: str
    kind: Kind
    digest: str
    size: int
    lines: int
    is_ended: bool
    is_even: bool
    problems: tuple[Problem, ...]


class Unreadable(Exception):
    """The bytes cannot be read on: the problem says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def take(path: Path, name: str, settings: Settings, target: Path) -> Copy:
    """Copy a file to `target`, once more if it changed meanwhile.

    Errors: `ReadFailed` if it changed again, `FixAccess` if it may not be read.
    """
    for _ in range(2):
        copy = _once(path, name, settings, target)
        if copy is not None:
            return copy
    raise replaced(name)


def _once(path: Path, name: str, settings: Settings, target: Path) -> Copy | None:
    try:
        # without blocking, so that a pipe in the folder is seen for what it is
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FixAccess(f"{name} may not be read by this program: {error.strerror}") from None
    with os.fdopen(handle, "rb", buffering=0) as source:
        before = os.fstat(source.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise ReadFailed(f"{name} is no ordinary file")
        copy = _copy(source, name, settings, target)
        after = os.fstat(source.fileno())
    try:
        now = path.stat()
    except FileNotFoundError:
        return None
    seen = [(s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns) for s in (before, after, now)]
    return copy if len(set(seen)) == 1 and (copy.problems or copy.size == before.st_size) else None


def _copy(source: BinaryIO, name: str, settings: Settings, target: Path) -> Copy:
    first = source.read(CHUNK)
    kind = Kind.SPREADSHEET if first.startswith(SPREADSHEETS) else Kind.TEXT
    text = _Text(settings, first) if kind is Kind.TEXT else None
    digest, size = hashlib.sha256(), 0
    problem: Problem | None = None
    with target.open("wb", buffering=0) as output, _beside() as digested, _beside() as written:
        try:
            _check_beginning(name, first, kind)
            for chunk in _chunks(source, first):
                digested(digest.update, chunk)
                size += len(chunk)
                if size > settings.limits.bytes:
                    raise Unreadable(
                        "too_large", f"is larger than its limit of {settings.limits.bytes} bytes{more('bytes')}"
                    )
                written(output.write, text.taken(chunk) if text else chunk)
            if text:
                written(output.write, text.closed())
        except Unreadable as fault:
            problem = Problem(None, fault.code, f"{name} {fault}", place=name)
    if text and text.is_old_mac:
        _end_lines(target)
    return Copy(
        target,
        name,
        kind,
        digest.hexdigest(),
        size,
        lines=text.lines if text else 0,
        is_ended=text is None or text.is_ended,
        is_even=text is None or text.quotes % 2 == 0,
        problems=() if problem is None else (problem,),
    )


@contextmanager
def _beside() -> Iterator[Callable[[Callable[[bytes], object], bytes], None]]:
    """Do some work in a thread of its own, one piece after the other, while the next is made; at the end it is done."""
    waiting: deque[Future[object]] = deque()
    with ThreadPoolExecutor(1) as thread:

        def later(act: Callable[[bytes], object], chunk: bytes) -> None:
            waiting.append(thread.submit(act, chunk))
            if len(waiting) > _AHEAD:
                waiting.popleft().result()

        yield later
        while waiting:
            waiting.popleft().result()


def _chunks(source: BinaryIO, first: bytes) -> Iterator[bytes]:
    chunk = first
    while chunk:
        yield chunk
        chunk = source.read(CHUNK)


def _check_beginning(name: str, first: bytes, kind: Kind) -> None:
    content = first
    for mark, _ in MARKS:
        content = content.removeprefix(mark)
    if not content.strip():
        raise Unreadable("empty", "is empty: send at least the header (a header alone is a read of nobody)")
    for mark, packing in PACKED.items():
        if first.startswith(mark):
            raise Unreadable("compressed", f"is compressed ({packing}): unpack it before it is put here")
    if kind is Kind.TEXT and name.lower().endswith(SPREADSHEET_NAMES):
        raise Unreadable("not_a_spreadsheet", "is called a spreadsheet and is none: save it as xlsx, or name it .csv")


@dataclass(slots=True)
class _Text:
    """The text of a file while it streams by: decoded, checked, counted."""

    settings: Settings
    first: bytes
    encoding: str = field(init=False)
    is_ended: bool = field(init=False, default=False)
    quotes: int = field(init=False, default=0)
    feeds: int = field(init=False, default=0)  #: line feeds so far
    returns: int = field(init=False, default=0)  #: carriage returns so far
    _decoder: codecs.IncrementalDecoder = field(init=False)
    _mark: int = field(init=False, default=0)  #: bytes of the byte order mark still to be left out
    _offset: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        declared = codecs.lookup(self.settings.encoding).name
        self.encoding = declared
        for mark, encoding in MARKS:
            if self.first.startswith(mark):
                self.encoding, self._mark = encoding, len(mark)
                break
        self._decoder = codecs.getincrementaldecoder(self.encoding)()

    @property
    def is_old_mac(self) -> bool:
        """Lines end with a carriage return alone."""
        return self.returns > 0 and self.feeds == 0

    @property
    def lines(self) -> int:
        """Lines ended so far, whichever end they have."""
        return self.feeds or self.returns

    def taken(self, chunk: bytes) -> bytes:
        """Give the chunk as UTF-8, or raise `Unreadable` with line and byte."""
        if self._offset == 0:
            self._check_mark()
            chunk, self._offset, self._mark = chunk[self._mark :], self._mark, 0
        clean = self._decoded(chunk, final=False)
        self._offset += len(chunk)
        return self._checked(clean)

    def closed(self) -> bytes:
        """Give what was held back, or raise `Unreadable` if a character is cut."""
        return self._checked(self._decoded(b"", final=True))

    def _decoded(self, chunk: bytes, *, final: bool) -> bytes:
        pending = self._decoder.getstate()[0]
        if self.encoding == "utf-8" and not pending and chunk.isascii():
            return chunk
        try:
            text = self._decoder.decode(chunk, final)
            if self.encoding != "utf-8":
                return text.encode()
            held = len(self._decoder.getstate()[0])  # of a character that goes on in the next chunk
            return (pending + chunk)[: len(pending) + len(chunk) - held]
        except UnicodeError as error:
            start = error.start if isinstance(error, UnicodeDecodeError) else 0
            raise self._undecodable(pending + chunk, start, len(pending)) from None

    def _undecodable(self, chunk: bytes, start: int, pending: int) -> Unreadable:
        good = chunk[:start].decode(self.encoding, "ignore")
        line = (self.feeds + good.count("\n") or self.returns + good.count("\r")) + 1
        byte = self._offset - pending + start + 1
        return Unreadable(
            "encoding",
            f"is not {self.encoding}: line {line}, byte {byte}; {_suggestion(chunk, self.encoding)}",
        )

    def _checked(self, clean: bytes) -> bytes:
        if not clean:
            return clean
        if (at := clean.find(b"\0")) >= 0:
            line = (self.feeds + clean.count(b"\n", 0, at) or self.returns + clean.count(b"\r", 0, at)) + 1
            hint = "; is it `encoding: utf-16`?" if self.encoding == "utf-8" and _looks_wide(self.first) else ""
            raise Unreadable("nul", f"holds a NUL byte in line {line}: text has none, send it again{hint}")
        self.feeds += clean.count(b"\n")
        self.returns += clean.count(b"\r") if b"\r" in clean else 0
        self.quotes += clean.count(self.settings.quote.encode())
        self.is_ended = clean.endswith((b"\n", b"\r"))
        _check_rows(self.lines, self.settings.limits)
        return clean

    def _check_mark(self) -> None:
        declared = codecs.lookup(self.settings.encoding).name
        if self._mark and declared not in {"utf-8", "utf-8-sig", "utf-16", "utf-32", self.encoding}:
            raise Unreadable(
                "encoding",
                f"says of itself that it is {self.encoding} (byte order mark), and its source says "
                f"{declared}: say `encoding: {self.encoding}`",
            )


def _check_rows(lines: int, limits: Limits) -> None:
    if lines > limits.rows:
        raise Unreadable("too_many_rows", f"has more rows than its limit of {limits.rows}{more('rows')}")


def _suggestion(chunk: bytes, encoding: str) -> str:
    if _looks_wide(chunk):
        return "it looks like utf-16: say `encoding: utf-16`"
    if encoding != "utf-8":
        return "check `encoding`"
    return "say its `encoding`, such as cp1252 (Windows, western Europe) or cp1250 (central Europe)"


def _looks_wide(first: bytes) -> bool:
    """Tell text of two bytes a character: about every second byte is NUL."""
    return first[:1000].count(0) * 3 > len(first[:1000])


def _end_lines(path: Path) -> None:
    """Write LF for the lone CR of an old Macintosh text."""
    renewed = path.with_suffix(".lf")
    with path.open("rb") as source, renewed.open("wb") as output:
        while chunk := source.read(CHUNK):
            output.write(chunk.replace(b"\r", b"\n"))
    renewed.replace(path)
