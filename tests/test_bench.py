"""The benchmarks work at a tiny size, and both sides of each find the same. How long anything takes is no test."""

from pathlib import Path

import pytest

from bench import approval, load, startup, sync
from bench.people import Read, Truth, write_people
from bench.workspace import Company

PEOPLE = 400


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Company:
    company = Company(tmp_path_factory.mktemp("bench"), PEOPLE)
    found = load.measure(company)
    assert set(found["programs"]) == {"staged", "approved", "mirrored"}
    return company


@pytest.mark.parametrize("read", [Read.NEXT, Read.SHUFFLED])
def test_a_full_read_finds_what_every_peer_finds(company: Company, read: Read):
    found = sync.measure(company, read, runs=1)
    assert {"syncd", "duckdb"} <= set(found["programs"])
    assert ("deepdiff" in found["programs"]) == (read is Read.NEXT)
    assert found["found"]["changed"] == (PEOPLE // 100 if read is Read.NEXT else 0)


def test_a_program_that_finds_something_else_gives_no_figure(company: Company):
    with pytest.raises(RuntimeError, match="duckdb found"):
        sync.must_agree({"duckdb": Truth(1, 0, 0, 0, 0)}, Truth(0, 0, 0, 0, 0))


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_an_approval_writes_what_is_written_beside_it(tmp_path: Path, kind: str):
    company = Company(tmp_path / "company", 40)
    with approval.database(kind, company) as place:
        found = approval.measure(company, place, runs=1)
    assert found["changes"] == 4
    assert found["transactions"] == 1


def test_the_command_line_starts():
    found = startup.measure(runs=1)
    assert set(found["programs"]) == {"syncd --help", "python -c pass"}


def test_the_same_people_are_made_each_time(tmp_path: Path):
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    assert [write_people(file, PEOPLE, Read.NEXT) for file in files] == [Truth(4, 2, 2, 8, 1)] * 2
    assert files[0].read_bytes() == files[1].read_bytes()
