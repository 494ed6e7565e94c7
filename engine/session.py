"""A DuckDB connection that can reach its own folder and nothing else."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import duckdb

from domain.errors import FixFile

#: One value of a result row: text columns arrive as text, counts as int, lists as lists.
Cell = str | int | bool | list[str] | None
Row = tuple[Cell, ...]

#: Rows handed over at a time where there may be many.
BATCH = 10_000
#: How files are written: a higher level, and a dictionary of many values, take longer and save nothing. Small groups of
#: rows, so that what one participant has is read without what a hundred thousand rows beside it hold.
PARQUET = (
    "FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1000, "
    "ROW_GROUP_SIZE 40960"
)

#: What the engine may keep on the disk beside its memory.
_SPILL = "20GB"
#: Up to so many rows a table stands in memory, in a database of this name.
FEW, IN_MEMORY = 100_000, "in_memory"


class Session:
    """One engine connection; statements go in as printed trees or constant text, values as parameters."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        """Use `open_session`."""
        self._connection = connection
        self._in_memory: set[str] = set()
        self.folder = folder

    def run(self, statement: str, parameters: Sequence[object] = ()) -> None:
        """Execute one statement for its effect."""
        with _within_limits():
            self._connection.execute(statement, list(parameters))

    @contextmanager
    def beside(self) -> Iterator[Session]:
        """Open a second connection to the same tables, that works beside this one; temporary tables are this one's."""
        cursor = self._connection.cursor()
        try:
            yield Session(cursor, self.folder)
        finally:
            cursor.close()

    def interrupt(self) -> None:
        """Break off what this connection is doing, if anything."""
        self._connection.interrupt()

    def keep(self, name: str, query: str, parameters: Sequence[object] = (), *, rows: int) -> None:
        """Make a table of a query that gives about so many rows, or what reads like one.

        Up to `FEW` they stand in memory as they are: in a file they are compressed and logged first, which takes longer
        than to work them out.
        """
        if rows > FEW:
            self.run(f"CREATE OR REPLACE TABLE {name} AS {query}", parameters)
            return
        self._in_memory.add(name)
        self.run(f"CREATE OR REPLACE TABLE {IN_MEMORY}.{name} AS {query}", parameters)
        self.run(f"CREATE OR REPLACE VIEW {name} AS FROM {IN_MEMORY}.{name}")

    def add(self, name: str, query: str) -> None:
        """Add the rows of a query to a table that `keep` made."""
        table = f"{IN_MEMORY}.{name}" if name in self._in_memory else name
        self.run(f"INSERT INTO {table} {query}")

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Give every row of a query that is known to be small."""
        with _within_limits():
            result: list[Row] = self._connection.execute(query, list(parameters)).fetchall()
        return result

    def batches(self, query: str, parameters: Sequence[object] = (), size: int = BATCH) -> Iterator[list[Row]]:
        """Give the rows of a query in its own order, `size` at a time, through a cursor of its own."""
        cursor = self._connection.cursor()
        try:
            with _within_limits():
                cursor.execute(query, list(parameters))
            while batch := cursor.fetchmany(size):
                yield batch
        finally:
            cursor.close()

    def number(self, query: str, parameters: Sequence[object] = ()) -> int:
        """Give the single whole number a query yields (0 where it yields null)."""
        return int(str(self.rows(query, parameters)[0][0] or 0))

    def columns(self, table: str) -> tuple[str, ...]:
        """Name the columns of a table or view, in order."""
        return tuple(str(row[0]) for row in self.rows(f"DESCRIBE {quoted(table)}"))


@contextmanager
def open_session(
    folder: Path,
    *,
    keeps_order: bool = True,
    joins_as_written: bool = False,
    compressed: bool = True,
    memory: str = "1GB",
    threads: int = 2,
) -> Iterator[Session]:
    """Open a connection whose files all lie under `folder`, and lock its configuration.

    Its tables are kept in a file of their own, `compressed`, which goes with the connection: a million wide rows held
    in memory alone take twice the room. What is written to be read a few times is quicker written as it is.

    `memory` bounds what the engine keeps before it spills to `folder/tmp`; where that is not enough either, whatever
    is run raises `FixFile`. Rows as sent have an
    order, and landing keeps it; comparing does not need it (`keeps_order`) and then takes much less memory.
    `joins_as_written`: no guess of the engine reorders joins; each keeps its right side in memory.
    """
    folder = folder.resolve()
    spill = folder / "tmp"
    spill.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="engine-", dir=spill))
    connection = duckdb.connect(str(scratch / "tables"))
    try:
        # the file goes with the connection: nothing of it need be brought to the disk, at any time
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        connection.execute(f"ATTACH ':memory:' AS {IN_MEMORY}")
        for setting, value in (
            ("allowed_directories", [str(folder)]),
            ("temp_directory", str(spill)),
            ("max_temp_directory_size", _SPILL),
            ("memory_limit", memory),
            ("threads", threads),
            ("preserve_insertion_order", keeps_order),
            # it would put the million rows of a read into the hash table when it takes the other side for empty
            ("disabled_optimizers", "build_side_probe_side" + (",join_order" if joins_as_written else "")),
            ("force_compression", "auto" if compressed else "uncompressed"),
            ("fsync_mode", "NONE"),
            ("parquet_metadata_cache", True),
            ("TimeZone", "UTC"),
            ("autoinstall_known_extensions", False),
            ("autoload_known_extensions", False),
            ("enable_external_access", False),
            ("lock_configuration", True),
        ):
            connection.execute(f"SET GLOBAL {setting} = {_literal(value)}")
        yield Session(connection, folder)
    finally:
        try:
            connection.close()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _within_limits() -> Iterator[None]:
    """Say what to do where the engine has neither memory nor disk left of what it may take."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        message = (
            f"more is to be done at once than fits the engine's memory and its {_SPILL} under var/tmp: send fewer rows "
            "in one file, the others in further files by feeds of their own"
        )
        raise FixFile(message) from error


def listed(ids: Iterable[int]) -> str:
    """Write what stands between the brackets of `IN ()`, in order; of no ids what nothing is among."""
    return ", ".join(str(int(one)) for one in sorted(ids)) or "NULL"


def read_files(paths: Iterable[Path], *options: str) -> str:
    """Write what the rows of some Parquet files are read from; `options` are the engine's, `union_by_name = true`."""
    several = ", ".join(text(str(path)) for path in paths)
    return f"read_parquet({', '.join([f'[{several}]', *options])})"


def row_count(session: Session, path: Path) -> int:
    """Count the rows of a Parquet file."""
    return session.number("SELECT count(*) FROM read_parquet($1)", [str(path)])


def write_whole(session: Session, query: str, target: Path) -> None:
    """Write the rows of a query into a Parquet file that is there whole or not at all, whatever happens.

    Two processes that write the same file do not meet: the last one's is there.
    """
    unfinished = target.with_suffix(f".{uuid4().hex}.unfinished")
    session.run(f"COPY ({query}) TO {text(str(unfinished))} ({PARQUET})")
    flush(unfinished)
    unfinished.replace(target)
    flush(target.parent)


def flush(path: Path) -> None:
    """Make sure that a file, or the names in a folder, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def quoted(name: str) -> str:
    """Write an identifier so that any name is one."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Write a text literal."""
    return "'" + value.replace("'", "''") + "'"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(text(item) for item in value) + "]"
    return str(value) if isinstance(value, int) else text(str(value))
