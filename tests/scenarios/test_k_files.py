"""Files, and what is wrong with them. Whatever comes, nothing that was known or decided is lost."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.file import copying
from tests.scenarios.people import COMPANY, crowd, someone, with_cells
from tests.scenarios.workbooks import workbook
from tests.scenarios.world import World, table

GOOD = table(with_cells(COMPANY, "01001", title="Lead"))
HEADER, *LINES = GOOD.splitlines(keepends=True)


def bomb() -> bytes:
    """A small XLSX file that grows to a gigabyte and more when it is opened."""
    content = io.BytesIO(workbook(["id", "name"], ["01001", "x"]))
    packed = io.BytesIO()
    with zipfile.ZipFile(content) as book, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as grown:
        for item in book.infolist():
            text = book.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                text = text.replace(b"</sheetData>", b" " * (64 << 20) + b"</sheetData>")
            grown.writestr(item.filename, text)
    return packed.getvalue()


#: What is wrong -> the file as it is sent, and the code of the first problem.
BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "cut mid-row": (GOOD[:-15].encode(), "unterminated"),
    "cut inside quotes": (f'{HEADER}{"".join(LINES[:5])}01006,"Per'.encode(), "unterminated"),
    "K05 two columns of one name": (GOOD.replace("phone", "Title", 1).encode(), "duplicate_column"),
    "wrong encoding": (GOOD.replace("Person 01001", "Jos\u00e9").encode("cp1252"), "encoding"),
    "a mapped column gone": (GOOD.replace("title", "role", 1).encode(), "column_gone"),
    "compressed": (b"\x1f\x8b\x08\x00" + GOOD.encode(), "compressed"),
    "an XLSX bomb": (bomb(), "too_large"),
}


@pytest.mark.parametrize("wrong", BROKEN)
def test_a_broken_file_fails_the_run_and_loses_nothing(company: World, wrong: str):
    """Exit 4 with what is wrong and where; pending changes, roster and all else as before; then all goes on."""
    content, code = BROKEN[wrong]
    company.write("inbox/people.csv", GOOD)
    company.run()
    before = company.kept()
    company.write("inbox/people.csv", content)
    said = company.run()
    assert (said.code, said["outcome"]) == (4, "failed")
    assert (said["problems"][0]["code"], said["problems"][0]["row"]) == (code, None)
    assert "people.csv" in said["problems"][0]["message"]
    assert company.kept() == before
    company.write("inbox/people.csv", GOOD)
    again = company.run()
    assert (again.code, again["proposed"], again["pending"], again["unchanged"]) == (0, 0, 1, 19)
    assert company.kept() == before


def test_a_file_with_a_header_alone_is_a_read_of_nobody(company: World):
    """It is complete, and brings nobody: always held."""
    company.write("inbox/people.csv", HEADER)
    said = company.run()
    assert (said.code, said["outcome"], said["read"], said["absent"]) == (3, "held", 0, 20)
    assert "nobody in scope" in said["hold"]["reason"]


def test_keys_that_stand_twice_and_differ_are_set_aside_and_end_nobody(company: World):
    """All rows of such a key; the others proceed."""
    rows = [*COMPANY, *crowd(3, title="Lead")]
    said = company.run(with_cells(rows, "01004", team="West"))
    assert (said.code, said["errors"], said["pending"], said["absent"]) == (1, 6, 1, 0)
    assert {one["key"] for one in said["problems"]} == {"01001", "01002", "01003"}
    assert len(company.roster()) == 20


def test_more_than_two_fifths_of_bad_rows_fail_the_run_and_lose_nothing(company: World):
    """9 of 21 are 43 %; not even the newcomer beside them is known afterwards."""
    company.write("inbox/people.csv", GOOD)
    company.run()
    before = company.kept()
    bad = [one["id"] for one in COMPANY[:9]]
    said = company.run([*with_cells(COMPANY, *bad, hired="soon"), someone("02001")])
    assert (said.code, said["outcome"]) == (4, "failed")
    assert "9 of 21" in said["message"]
    assert company.kept() == before


@pytest.mark.parametrize("path", ["../people.csv", "/etc/passwd", "inbox/../../people.csv"])
def test_a_path_outside_the_workspace_is_a_mistake(company: World, path: str):
    """Exit 2, and the next run of a corrected path is not in anybody's way."""
    (company.folder.parent / "people.csv").write_text(GOOD)
    company.settings["sources"]["hr"]["path"] = path
    company.save()
    said = company.run(dry=False)
    assert said.code == 2
    assert "workspace" in said.error["message"]
    company.settings["sources"]["hr"]["path"] = "inbox/people.csv"
    company.save()
    assert company.run(COMPANY)["unchanged"] == 20


def test_a_link_that_leads_out_of_the_workspace_is_a_mistake(company: World):
    """What it leads to is not read."""
    (company.folder.parent / "secret.csv").write_text(GOOD)
    (company.folder / "inbox" / "people.csv").unlink()
    (company.folder / "inbox" / "people.csv").symlink_to(company.folder.parent / "secret.csv")
    assert company.run().code == 2
    (company.folder / "inbox" / "people.csv").unlink()
    assert company.run(COMPANY)["unchanged"] == 20


def test_a_file_that_is_not_there_fails_the_run(company: World):
    """Nobody is missing from a file that nobody sent."""
    (company.folder / "inbox" / "people.csv").unlink()
    said = company.run()
    assert (said.code, said["problems"][0]["code"]) == (4, "no_file")
    assert company.pending() == []


def test_all_mistakes_of_the_yaml_are_listed_at_once(company: World):
    """Each with its file, line and column; exit 2; nothing is run."""
    company.write(
        "syncd.yaml",
        "version: 1\n"
        "allow_today: true\n"
        "calendars: {main: {timezone: Mars/Olympus}}\n"
        "sources: {hr: {kind: file, path: inbox/people.csv, delimeter: ';'}}\n"
        "feeds:\n"
        "  people: {source: rh, into: participants, mapping: mappings/people.yaml, limits: {ending: lots}}\n",
    )
    company.write("mappings/people.yaml", "key: id\nfields:\n  titel: title\n  hire_date: {from: hired, typ: date}\n")
    for command in (("check",), ("run", "people"), ("changes",)):
        said = company.call(*command)
        assert said.code == 2
        problems = said.error["problems"]
        assert [(one["file"], one["line"]) for one in problems] == [
            ("mappings/people.yaml", 3),
            ("mappings/people.yaml", 4),
            ("syncd.yaml", 3),
            ("syncd.yaml", 4),
            ("syncd.yaml", 6),
            ("syncd.yaml", 6),
        ]
        assert all(one["column"] and one["message"] for one in problems)


def test_k02_the_same_bytes_under_another_name_are_recognised(company: World):
    """Beside the first, with a warning; alone, as the same rows: 0 proposals each time."""
    company.settings["sources"]["hr"]["path"] = "inbox/people*.csv"
    company.save()
    company.send(COMPANY, name="people-2.csv")
    both = company.run()
    assert (both.code, both["read"], both["unchanged"], both["proposed"]) == (0, 20, 20, 0)
    assert [one["severity"] for one in both["problems"]] == ["warning"]
    assert "same bytes" in both["problems"][0]["message"]
    (company.folder / "inbox" / "people.csv").unlink()
    alone = company.run()
    assert (alone.code, alone["read"], alone["unchanged"], alone["proposed"]) == (0, 20, 20, 0)


@pytest.mark.parametrize(
    "rows", [lambda: GOOD + "\n" * 200, lambda: GOOD + ("," * HEADER.count(",") + "\n") * 200], ids=["blank", "commas"]
)
def test_k07_empty_trailing_rows_are_ignored(company: World, rows: Callable[[], str]):
    """200 of them: not 200 errors."""
    company.write("inbox/people.csv", rows())
    said = company.run()
    assert (said.code, said["read"], said["errors"], said["pending"], said["absent"]) == (0, 20, 0, 1, 0)


@pytest.mark.parametrize("name", ["=1+1", "+1 555", "-Smith", "@home", '=HYPERLINK("http://x","y")'])
def test_k09_a_name_like_a_formula_is_a_name(company: World, name: str):
    """Kept as text."""
    company.run(with_cells(COMPANY, "01001", name=name))
    assert company.approve().code == 0
    assert company.roster()["01001"]["name"] == name
    assert company.run()["unchanged"] == 20


@pytest.mark.parametrize("replacements", [1, 9])
def test_k10_a_file_that_is_replaced_while_it_is_read_is_one_of_the_two_or_refused(
    company: World, monkeypatch: pytest.MonkeyPatch, replacements: int
):
    """Half of the one and half of the other would end ten people; once is read anew, again and again is refused."""
    company.write("inbox/people.csv", GOOD)
    times: list[int] = []
    copy = copying._copy

    def replaced(*args: Any) -> copying.Copy:
        found = copy(*args)
        if len(times) < replacements:
            times.append(1)
            new = company.write("inbox/new.tmp", table(with_cells(COMPANY, title=f"Title {len(times)}")))
            new.replace(company.folder / "inbox" / "people.csv")
        return found

    monkeypatch.setattr(copying, "_copy", replaced)
    said = company.run()
    if replacements == 1:
        assert (said.code, said["pending"], said["absent"]) == (0, 20, 0)
        assert {one["fields"]["title"]["after"] for one in company.pending()} == {"Title 1"}
    else:
        assert (said.code, said["problems"][0]["code"], company.pending()) == (4, "replaced", [])


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("path", "../../people.csv"),
        ("path", "../drop/people*.csv"),
        ("path", "inbox/../../people.csv"),
        ("path", "linked/people.csv"),
        ("path", "linked/*.csv"),
        ("archive", "../done"),
    ],
)
def test_files_that_lie_outside_are_told_by_a_check_that_reads_nothing(
    world: World, key: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.call("check").code == 0, "a file that is not there yet is no mistake"
    (tmp_path / "elsewhere").mkdir()
    (world.folder / "linked").symlink_to(tmp_path / "elsewhere")
    world.settings["sources"]["hr"][key] = path
    world.save()
    said = world.call("check")
    (problem,) = said.error["problems"]
    assert (said.code, problem["file"], problem["line"]) == (2, "syncd.yaml", 1)
    assert (world.folder / "syncd.yaml").read_text()[problem["column"] - 1 :].startswith(f'"{path}"')
    assert problem["message"].startswith(f"`{key}: ")
    assert problem["message"].endswith("leads out of the workspace: allow its folder in SYNCD_FILE_ROOTS")
    assert world.call("run").code == 2, "a run refuses it, too"
    monkeypatch.setenv("SYNCD_FILE_ROOTS", str(tmp_path.parent))
    assert world.call("check").code == 0
