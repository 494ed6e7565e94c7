"""The benchmarks work at a tiny size, and both sides of each find the same. How long anything takes is no test."""

import json
from pathlib import Path

import duckdb
import pytest

from bench import (
    approval,
    databases,
    deals,
    explain,
    load,
    outbound,
    pay,
    review,
    salesforce,
    soak,
    startup,
    sync,
    workday,
)
from bench.measure import Took
from bench.peers import flask_insert
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


@pytest.mark.parametrize("read", [Read.NEXT, Read.SHUFFLED])
def test_two_sources_with_a_precedence_find_what_the_joined_files_have(tmp_path_factory, read: Read):
    company = Company(tmp_path_factory.mktemp("bench") / "two", PEOPLE, sources=2)
    company.steady()
    company.keep()
    found = sync.measure(company, read, runs=1)
    assert set(found["programs"]) == {"syncd", "duckdb"}
    assert (found["sources"], found["found"]["fields"]) == (2, 2 * PEOPLE // 100 if read is Read.NEXT else 0)


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


@pytest.fixture(scope="module")
def year(tmp_path_factory) -> pay.PayYear:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(deals, "PLANS", 1)  # a dozen takes a minute to publish
        year = pay.PayYear(tmp_path_factory.mktemp("bench") / "deals", 2_000, 2_100)
        year.make()
    return year


def test_a_year_is_paid_to_the_cent_as_the_same_plan_written_by_hand(year: pay.PayYear):
    found = pay.measure(year, runs=1)
    assert set(found["programs"]) == {"syncd", "duckdb"}
    assert found["found"]["lines"] > year.transactions
    assert found["found"]["payouts"] > 0


def test_a_payout_that_differs_by_a_cent_gives_no_figure(year: pay.PayYear):
    took = pay.measure(year, runs=1)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE payouts AS FROM '{year.peer}/payouts.parquet'")
        connection.execute("UPDATE payouts SET cents = cents + 1 WHERE rowid = 0")
        connection.execute(f"COPY payouts TO '{year.peer}/payouts.parquet' (FORMAT parquet)")
    with pytest.raises(RuntimeError, match="1 payouts differ"):
        pay.agreed(year, Took(1, 1, 1, json.dumps(took["found"])))


@pytest.mark.parametrize(
    ("what", "differing"), [("credit = credit + 1", 2), ("row = row + 1", 2), ('"exact" = "exact" + 1', 1)]
)
def test_a_line_that_tells_something_else_gives_no_figure(year: pay.PayYear, what: str, differing: int):
    took = pay.measure(year, runs=1)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE lines AS FROM '{year.peer}/lines.parquet'")
        connection.execute(f"UPDATE lines SET {what} WHERE rowid = 0")  # noqa: S608 - of ours
        connection.execute(f"COPY lines TO '{year.peer}/lines.parquet' (FORMAT parquet)")
    with pytest.raises(RuntimeError, match=f"^{differing} lines differ"):
        pay.agreed(year, Took(1, 1, 1, json.dumps(took["found"])))


def test_a_participant_is_explained_in_a_running_process(year: pay.PayYear):
    found = explain.measure(year, runs=1)
    assert set(found["programs"]) == {"syncd", "the bare query"}
    assert found["lines"] > 0


def test_the_command_line_starts():
    found = startup.measure(runs=1)
    assert set(found["programs"]) == {"syncd --help", "python -c pass"}


def test_deals_of_an_org_are_found_by_both(tmp_path: Path):
    found = salesforce.measure(tmp_path / "salesforce-120", 120, runs=1)
    assert set(found["programs"]) == {"syncd", "duckdb"}


def test_workers_are_seen_by_both(tmp_path: Path):
    found = workday.measure(tmp_path / "workday-30", 30, runs=1)
    assert set(found["programs"]) == {"syncd", "lxml"}


def test_the_same_people_are_made_each_time(tmp_path: Path):
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    assert [write_people(file, PEOPLE, Read.NEXT) for file in files] == [Truth(4, 2, 2, 8, 1)] * 2
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_first_page_of_the_queue_is_measured_beside_the_bare_query():
    found = review.measure(30)
    ways = {"queue by run", "queue by kind", "queue by team", "whole answer"}
    assert ways | {"bare query"} == found["programs"].keys()
    assert ways == found["times_as_long_as"]["bare query"].keys()
    assert {"drawn", "loaded"} == found["browser"].keys()
    assert all(one["milliseconds"]["min"] > 0 for one in (*found["programs"].values(), *found["browser"].values()))


def test_what_the_queue_takes_is_kept_beside_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bench.measure.RESULTS", tmp_path)
    monkeypatch.setattr(review, "measure", lambda changes: {"changes": changes})
    monkeypatch.setattr("sys.argv", ["review", "--changes", "30"])
    review.main()
    found = json.loads((tmp_path / "review-30.json").read_text())
    assert (found["changes"], found["machine"].keys()) == (30, {"cores", "memory_gb"})


def test_messages_are_kept_by_both(tmp_path: Path):
    found = outbound.measure(tmp_path, 2)
    assert set(found["programs"]) == set(found["alone"]["programs"]) == {"syncd", "flask"}


def test_a_message_that_is_not_acknowledged_gives_no_figure(tmp_path: Path):
    with pytest.raises(RuntimeError, match="answered 404"):
        outbound.send(outbound.called(flask_insert.served(":memory:")), "/elsewhere", b"")


def test_a_month_by_itself_does_every_job_and_ends_where_the_files_do(tmp_path: Path):
    month = soak.Month(tmp_path / "soak", feeds=2, people=25)
    found = soak.measure(month, workers=2, days=2)
    assert (found["people"], found["days"]) == (50, 2)
    assert found["resident_mb"]["min"] > 0
    assert month.wrong(3) > 0, "another day has other titles"


@pytest.mark.postgres
def test_both_databases_do_every_job_and_come_to_the_same(tmp_path: Path):
    found = databases.measure(tmp_path, people=200, wanted=12, workers=3)
    assert set(found["programs"]) == set(databases.KINDS)
    assert {"queue", "first read", "approved", "next day"} == found["times_as_long_as"]["sqlite"].keys()


def test_a_job_that_is_not_done_once_gives_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(databases, "finish_job", lambda *_: None)
    company = Company(tmp_path / "company", 5)
    company.begin()
    with pytest.raises(RuntimeError, match="not every job was done once"):
        databases._queued(company, 2, 1)
