"""The people of the AdventureWorks example: their files are what its script makes, no wrong join is in them, no secret.

What expected.yaml says is counted here once more, from the CSV files and in another way than make.py does it:
by checking every cell against a rule of its own, and by laying each file beside the one before.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "adventureworks"
SNAPSHOTS = EXAMPLE / "workspace" / "snapshots"
SHARED = ROOT.parent / "shared" / "data"
PEOPLE = tuple(f"workspace/snapshots/{path.name}/people.csv" for path in sorted(SNAPSHOTS.iterdir()))
MADE = (
    "expected.yaml",
    "expected_pay.yaml",
    *(f"workspace/deliveries/2020-06-01/{name}.csv" for name in ("quotas", "rates", "sales")),
    "workspace/deliveries/2020-06-22/sales.csv",
    *PEOPLE,
)

EXPECTED: list[dict[str, Any]] = yaml.safe_load((EXAMPLE / "expected.yaml").read_text(encoding="utf-8"))
DECISIONS: list[dict[str, Any]] = yaml.safe_load((EXAMPLE / "decisions.yaml").read_text(encoding="utf-8"))
MAPPING: dict[str, Any] = yaml.safe_load(
    (EXAMPLE / "workspace" / "mappings" / "people.yaml").read_text(encoding="utf-8")
)

# The 18 named sales people by employee id, checked by hand in both samples.
SELLERS = {
    "00273": "Brian Welcker", "00274": "Stephen Jiang", "00275": "Michael Blythe", "00276": "Linda Mitchell",
    "00277": "Jillian Carson", "00278": "Garrett Vargas", "00279": "Tsvi Reiter",
    "00280": "Pamela Ansman-Wolfe", "00281": "Shu Ito", "00282": "José Saraiva", "00283": "David Campbell",
    "00284": "Tete Mensa-Annan", "00285": "Syed Abbas", "00286": "Lynn Tsoflias", "00287": "Amy Alberts",
    "00288": "Rachel Valdez", "00289": "Jae Pak", "00290": "Ranjit Varkey Chudukatil",
}  # fmt: skip

# What a good cell looks like, column by column; all others may hold anything.
GOOD = {
    "Employee ID": r"\d{5}",
    "Name": r".+",
    "Email": r"[^@]+@[^@]+",
    "Hourly Rate": r"\d+\.\d+",
    "Status": r"[10L]",
    "Hired": r"\d{4}-\d{2}-\d{2}",
    "Last Day": r"(\d{4}-\d{2}-\d{2})?",
    "Effective": r"\d{4}-\d{2}-\d{2}",
}

Row = dict[str, str]


def lines(snapshot: str) -> list[list[str]]:
    with (SNAPSHOTS / snapshot / "people.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def rows(snapshot: str) -> dict[str, Row]:
    """The rows by key, the last one of each."""
    header, *below = lines(snapshot)
    return {line[0]: dict(zip(header, line, strict=False)) for line in below}


def test_every_file_of_the_example_is_there_for_each_snapshot() -> None:
    folders = sorted(path.name for path in SNAPSHOTS.iterdir())
    assert [one["snapshot"] for one in EXPECTED] == folders
    assert [one["snapshot"] for one in DECISIONS] == folders
    for one, decided in zip(EXPECTED, DECISIONS, strict=True):
        assert one["today"] == decided["today"] == one["snapshot"].partition("-")[2]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the original tables are not on this machine")
def test_make_writes_the_same_bytes_again(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(EXAMPLE / "make.py"), str(SHARED), str(tmp_path)], check=True, timeout=60)
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert made == sorted(MADE)
    for name in made:
        assert (tmp_path / name).read_bytes() == (EXAMPLE / name).read_bytes(), name


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the original tables are not on this machine")
def test_make_stops_when_sales_people_are_joined_to_the_wrong_employees(tmp_path: Path) -> None:
    data, into = tmp_path / "data", tmp_path / "into"
    (data / "adventureworks_reseller").mkdir(parents=True)
    (data / "adventureworks_oltp").symlink_to(SHARED / "adventureworks_oltp")
    right = (SHARED / "adventureworks_reseller" / "Salesperson.csv").read_text(encoding="utf-8").splitlines()
    people = [line.split("|") for line in right]
    linda, jose = (next(one for one in people if one[4] == SELLERS[key]) for key in ("00276", "00282"))
    linda[1], jose[1] = jose[1], linda[1]
    swapped = "\n".join("|".join(one) for one in people)
    (data / "adventureworks_reseller" / "Salesperson.csv").write_text(swapped, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, str(EXAMPLE / "make.py"), str(data), str(into)],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert run.returncode != 0
    assert "Linda Mitchell is not who logs in as" in run.stderr
    assert not into.exists()


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the original tables are not on this machine")
def test_nothing_private_of_the_originals_is_shipped() -> None:
    originals = (SHARED / "adventureworks_oltp" / "Employee.csv").read_text(encoding="utf-8").splitlines()
    shipped = set().union(*(cells for name in PEOPLE for cells in lines(Path(name).parent.name)))
    private = {line.split("\t")[place] for line in originals for place in (1, 6)}  # id, birth date
    hired = {line.split("\t")[9] for line in originals}
    assert len(originals) == 290
    assert not shipped & (private - hired)


def test_the_columns_are_the_declared_ones_and_no_private_one() -> None:
    for one in EXPECTED:
        header = lines(one["snapshot"])[0]
        assert header == [
            "Employee ID", "Name", "Email", "Title", "Department", "Manager ID", "Territory", "Country",
            "Legal Entity", "Pay Currency", "Plan", "Hourly Rate", "Status", "Hired", "Last Day", "Effective",
        ]  # fmt: skip


def test_names_and_addresses_belong_to_their_numbers() -> None:
    for one in EXPECTED:
        for key, row in rows(one["snapshot"]).items():
            if key in SELLERS:
                assert row["Name"] == SELLERS[key]
                assert row["Email"].partition("@")[0] == _as_in_an_address(SELLERS[key])
            elif re.fullmatch(r"\d{5}", key) and row["Name"] and "@" in row["Email"]:
                assert row["Name"].endswith(f" ({row['Email'].partition('@')[0]})")


def test_linda_mitchell_is_276_and_sells_in_the_southwest() -> None:
    for snapshot in ("1-2018-06-30", "2-2018-07-31", "3-2019-01-31", "5-2019-03-01", "6-2020-05-31"):
        linda = rows(snapshot)["00276"]
        assert (linda["Email"], linda["Territory"]) == ("linda-mitchell@adventureworks.com", "Southwest")


def test_territories_follow_the_history_and_not_the_current_column() -> None:
    shown = {
        key: [rows(one["snapshot"]).get(key, {}).get("Territory") for one in EXPECTED if one["outcome"] != "held"]
        for key in ("00275", "00277", "00280", "00282", "00284", "00286", "00289")
    }
    assert shown == {
        "00275": ["Northeast", "Northeast", "Central", "Central", "Central"],
        "00277": ["Central", "Central", "Northeast", "Northeast", "Northeast"],
        "00280": ["Northwest", "Northwest", "", "", ""],
        "00282": ["Canada", "United Kingdom", "United Kingdom", "United Kingdom", "United Kingdom"],
        "00284": [None, None, "Northwest", "Northwest", "Northwest"],
        "00286": [None, None, None, None, "Australia"],
        "00289": [None, "Canada", "Canada", "Canada", "Canada"],
    }


def test_the_plan_is_that_of_everybody_who_sells_but_the_director_who_has_no_quota() -> None:
    last = rows("6-2020-05-31")
    assert {key for key, row in last.items() if row["Plan"]} == SELLERS.keys() - {"00273"}
    assert {row["Plan"] for row in last.values()} == {"", "reseller"}


def test_every_manager_is_in_the_same_file_and_nobody_is_above_oneself() -> None:
    for one in EXPECTED:
        if one["outcome"] == "held":
            continue
        people = {key: row for key, row in rows(one["snapshot"]).items() if re.fullmatch(r"\d{5}", key)}
        assert [key for key, row in people.items() if not row["Manager ID"]] == ["00001"]
        assert people.get("00290", {}).get("Manager ID", "00287") == "00287"
        for key in people:
            above = [key]
            while above[-1] != "00001":
                above.append(people[above[-1]]["Manager ID"])
                assert above.count(above[-1]) == 1


@pytest.mark.parametrize("one", EXPECTED, ids=lambda one: one["snapshot"])
def test_problems_are_exactly_the_cells_that_break_a_rule(one: dict[str, Any]) -> None:
    header, *below = lines(one["snapshot"])
    keys = Counter(line[0] for line in below)
    found: set[tuple[int, str, str | None]] = set()
    before: list[str] = []
    for number, line in enumerate(below, start=2):
        whole_row = len(line) < len(header) or (keys[line[0]] > 1 and below.count(line) == 1) or line == before
        if whole_row:
            found.add((number, line[0], None))
        found |= {
            (number, line[0], column)
            for column, cell in zip(header, line, strict=False)
            if not re.fullmatch(GOOD.get(column, ".*"), cell) or (column == "Hired" and not _is_a_day(cell))
        }
        before = line
    assert found == {(problem["row"], problem["key"], problem["column"]) for problem in one["problems"]}


@pytest.mark.parametrize("number", range(len(EXPECTED)), ids=[one["snapshot"] for one in EXPECTED])
def test_counters_add_up_and_agree_with_the_files(number: int) -> None:
    one = EXPECTED[number]
    counters = one["counters"]
    below = lines(one["snapshot"])[1:]
    errors = [problem for problem in one["problems"] if problem["severity"] == "error"]
    repeats = [problem for problem in one["problems"] if problem["severity"] == "warning"]
    names = ("errors", "conflicts", "excluded", "applied", "pending", "suppressed", "unchanged")
    assert counters["read"] == len(below) == sum(counters[name] for name in names)
    assert counters["errors"] == len(errors) == len({problem["row"] for problem in errors})
    assert counters["excluded"] == sum(line[4] == "Executive" for line in below) + len(repeats)
    assert counters["proposed"] == counters["pending"] + counters["absent"] == sum(one["kinds"].values())
    if "changes" in one:
        assert Counter(change["kind"] for change in one["changes"]) == one["kinds"]


@pytest.mark.parametrize(("number", "before"), [(1, 0), (2, 1), (4, 2), (5, 4)])
def test_changes_are_the_differences_between_two_files(number: int, before: int) -> None:
    """A rejected title stays in the later file; so the rows that differ are the changes."""
    one = EXPECTED[number]
    bad = {problem["row"] for problem in one["problems"] if problem["severity"] == "error"}
    header, *below = lines(one["snapshot"])
    good = {line[0]: dict(zip(header, line, strict=True)) for row, line in enumerate(below, start=2) if row not in bad}
    old = rows(EXPECTED[before]["snapshot"])
    broken = {problem["key"] for problem in EXPECTED[before]["problems"]}
    found = {
        key: {name: [old[key][name], row[name]] for name in header[:-1] if old[key][name] != row[name]}
        for key, row in good.items()
        if key in old and key not in broken and old[key] != row
    }
    told = {change["employee_id"]: change for change in one["changes"]}
    assert found == {key: change["columns"] for key, change in told.items() if "columns" in change}
    for key, change in told.items():
        if change["effective"] is not None:
            assert change["effective"] == good[key]["Effective"] <= one["today"]


def test_the_cut_file_is_the_beginning_of_the_whole_one() -> None:
    cut, whole = ((SNAPSHOTS / EXPECTED[number]["snapshot"] / "people.csv").read_bytes() for number in (3, 4))
    assert whole.startswith(cut)
    assert cut.endswith(b"\n")
    employed, missing = EXPECTED[2]["employed"], EXPECTED[3]["counters"]["absent"]
    left_out = {key for key, row in rows("5-2019-03-01").items() if row["Department"] != "Executive"}
    assert missing == len(left_out - rows("4-2019-02-28").keys() - {"00262"})
    assert missing > employed / 5
    assert EXPECTED[3]["outcome"] == "held"


def test_the_roster_is_everybody_employed_but_executives_and_the_rejected() -> None:
    for number in (0, 1, 2, 4, 5):
        one = EXPECTED[number]
        people = {
            key
            for key, row in rows(one["snapshot"]).items()
            if re.fullmatch(r"\d{5}", key) and row["Department"] != "Executive" and row["Status"] != "0"
        }
        not_in_the_file = {"00038"} if number == 2 else set()
        not_added_yet = {"00290"} if number == 1 else set()
        assert one["employed"] == len((people | not_in_the_file) - not_added_yet - {"00262"})


def test_all_kinds_of_change_are_shown() -> None:
    kinds = set().union(*(one["kinds"] for one in EXPECTED))
    assert kinds == {"add", "leave", "move", "rehire", "return", "termination", "transfer", "update"}


def test_the_decisions_are_those_that_expected_yaml_follows() -> None:
    for one, decided in zip(EXPECTED, DECISIONS, strict=True):
        steps = [next(iter(step.items())) for step in decided["decisions"]]
        no = {arguments["participant"] for command, arguments in steps if command == "reject"}
        told = {change["employee_id"] for change in one.get("changes", []) if change["decided"] == "rejected"}
        if "changes" in one:
            assert no == told
        assert all(arguments["all"] is True for _, arguments in steps)
        assert all(arguments["reason"] for command, arguments in steps if command == "reject")


def test_the_mapping_reads_columns_that_exist() -> None:
    header = lines(EXPECTED[0]["snapshot"])[0]
    used = [rule if isinstance(rule, str) else rule.get("from") for rule in MAPPING["fields"].values()]
    used += [MAPPING["key"], MAPPING["effective"]["from"]]
    assert {column for column in used if column} == set(header)


def test_the_readme_names_everybody_to_whom_something_happens() -> None:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    told = {change["employee_id"] for one in EXPECTED for change in one.get("changes", [])}
    told |= {problem["key"] for one in EXPECTED for problem in one["problems"]} - {"", "67"}
    assert {key for key in told if key not in readme} == set()


def test_the_licence_of_the_data_is_there() -> None:
    licence = (EXAMPLE / "LICENSE-AdventureWorks.txt").read_text(encoding="utf-8")
    assert "MIT License" in licence
    assert "Copyright (c) Microsoft Corporation" in licence
    assert "The above copyright notice and this permission notice shall be included" in licence


def _as_in_an_address(name: str) -> str:
    return name.casefold().replace(" ", "-").replace("é", "e")


def _is_a_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
