"""Every mistake of a workspace: a folder of `wrong/` each, laid over `good/`, what is said beside it."""

import shutil
from pathlib import Path

import pytest

from domain.errors import FixFile
from syncd.configuration.workspace import load_workspace

HERE = Path(__file__).parent
WRONG = sorted(folder for folder in (HERE / "wrong").iterdir() if folder.is_dir())


def complaints(folder: Path) -> list[str]:
    """What is said of a workspace, a line for each mistake."""
    with pytest.raises(FixFile) as raised:
        load_workspace(folder)
    return [f"{one.file}:{one.line}:{one.column}: {one.message}" for one in raised.value.mistakes]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda folder: folder.name)
def test_a_mistake_is_said_in_plain_words_with_its_place(wrong: Path, tmp_path: Path) -> None:
    shutil.copytree(HERE / "good", tmp_path, dirs_exist_ok=True)
    shutil.copytree(wrong, tmp_path, dirs_exist_ok=True)
    expected = (wrong / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert complaints(tmp_path) == expected
