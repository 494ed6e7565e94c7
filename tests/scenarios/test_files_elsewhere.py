"""Files on other machines, through the command line: the same people, whichever way their file comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors import sftp_server
from tests.connectors.sftp_server import Running
from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.workbooks import people_book
from tests.scenarios.world import World, table


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with sftp_server.serving(tmp_path_factory.mktemp("sftp")) as running:
        yield running


@pytest.fixture
def out(_server: Running, company: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder on a server that the company's files come from now."""
    folder = _server.folder / tmp_path.name / "out"
    folder.mkdir(parents=True)
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("HR_SFTP_PASSWORD", sftp_server.PASSWORD)
    company.settings["sources"]["hr"] = {
        "kind": "sftp",
        "host": "127.0.0.1",
        "port": _server.port,
        "user": "syncd",
        "host_key": sftp_server.public(sftp_server.SERVER_KEY),
        "password": {"env": "HR_SFTP_PASSWORD"},
        "path": f"{tmp_path.name}/out/people*.*",
        "archive": f"{tmp_path.name}/done",
    }
    company.save()
    return folder


def archived(out: Path) -> list[str]:
    folder = out.parent / "done"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_on_a_server_is_read_and_archived_there(company: World, out: Path):
    """Then nothing waits; what was proposed does."""
    (out / "people.csv").write_text(table(with_cells(COMPANY, "01001", title="Lead")), encoding="utf-8")
    said = company.run()
    assert (said.code, said["read"], said["unchanged"], said["pending"]) == (0, 20, 19, 1)
    assert (list(out.iterdir()), archived(out)) == ([], ["people.csv"])
    again = company.run()
    assert (again.code, again["read"], again["absent"], again["message"]) == (0, 0, 0, "nothing waits to be read")
    assert company.one()["fields"]["title"]["after"] == "Lead"


def test_k02_the_same_bytes_under_another_name_change_nothing_there_either(company: World, out: Path):
    """Beside the first, and a day later alone; as a workbook too."""
    for name in ("people.csv", "people again.csv"):
        (out / name).write_text(table(COMPANY), encoding="utf-8")
    both = company.run()
    assert (both.code, both["read"], both["unchanged"], both["proposed"]) == (0, 20, 20, 0)
    assert ["same bytes" in one["message"] for one in both["problems"]] == [True]
    (out / "people-later.csv").write_text(table(COMPANY), encoding="utf-8")
    assert company.run()["unchanged"] == 20
    (out / "people.xlsx").write_bytes(people_book(with_cells(COMPANY, "01001", hired="soon")))
    said = company.run()
    assert said["problems"][0]["place"].endswith("/out/people.xlsx!Sheet1!F2")
    assert archived(out) == ["people again.csv", "people-later.csv", "people.csv", "people.xlsx"]


def test_a_broken_file_there_fails_the_run_and_stays(company: World, out: Path):
    before = company.kept()
    (out / "people.csv").write_text(table(COMPANY)[:-20], encoding="utf-8")
    said = company.run()
    assert (said.code, said["problems"][0]["code"]) == (4, "unterminated")
    assert ([path.name for path in out.iterdir()], archived(out)) == (["people.csv"], [])
    assert company.kept() == before


def test_a_server_that_is_another_or_not_allowed_fails_the_run(
    company: World, out: Path, monkeypatch: pytest.MonkeyPatch
):
    """Exit 4 with what to do; nobody is missing from a file that was never read."""
    (out / "people.csv").write_text(table(COMPANY[:5]), encoding="utf-8")
    company.settings["sources"]["hr"]["host_key"] = sftp_server.public(sftp_server.OTHER_KEY)
    company.save()
    said = company.run()
    assert (said.code, said["outcome"], company.pending()) == (4, "failed", [])
    assert "shows another key" in said["message"]
    monkeypatch.delenv("SYNCD_ALLOWED_HOSTS")
    said = company.run()
    assert (said.code, company.pending()) == (4, [])
    assert said["message"] == "127.0.0.1 may not be reached: the operator allows it in SYNCD_ALLOWED_HOSTS"


def test_a_secret_written_into_the_configuration_is_a_mistake(company: World, out: Path):
    """With its line; so is a server without its key."""
    for key, value in (("password", "correct horse"), ("host_key", "accept-new")):
        right = company.settings["sources"]["hr"][key]
        company.settings["sources"]["hr"][key] = value
        company.save()
        said = company.call("check")
        assert (said.code, said.error["problems"][0]["file"]) == (2, "syncd.yaml")
        company.settings["sources"]["hr"][key] = right
