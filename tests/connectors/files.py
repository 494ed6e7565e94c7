"""Files that are read in tests."""

from pathlib import Path
from typing import Any

import pytest

from connectors.base import Page
from connectors.file.settings import Settings
from connectors.file.source import open_source as open_files
from domain.errors import ReadFailed


def read(folder: Path, path: str = "w.csv", **settings: Any) -> list[Page]:
    scratch = folder.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    source = open_files(Settings(path, **settings), (folder,))
    return list(source.read(None, None, scratch))


def read_one(folder: Path, content: str | bytes, **settings: Any) -> Page:
    (folder / "w.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    (page,) = read(folder, **settings)
    return page


def faults(folder: Path, content: str | bytes, **settings: Any) -> list[str]:
    with pytest.raises(ReadFailed) as raised:
        read_one(folder, content, **settings)
    assert all(problem.row is None for problem in raised.value.problems)
    return [problem.message for problem in raised.value.problems]
