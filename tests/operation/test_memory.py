"""How much memory a calculation may take: as much as ever, and more where there are very many facts."""

from pathlib import Path

import pytest

from syncd.pay.calculate import memory_for


@pytest.mark.parametrize(
    ("megabytes", "expected"), [((), "700MB"), ((300, 100), "700MB"), ((500, 500), "1600MB"), ((9_000,), "3000MB")]
)
def test_the_larger_the_facts_the_more_memory_up_to_three_gigabytes(
    tmp_path: Path, megabytes: tuple[int, ...], expected: str
):
    for nth, size in enumerate(megabytes):
        folder = tmp_path / f"feed_{nth}"
        folder.mkdir()
        with (folder / "R1.parquet").open("wb") as file:
            file.truncate(size * 10**6)  # it takes no room on the disk
    assert memory_for(tmp_path) == expected
