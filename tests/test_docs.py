"""The documentation is read by tests: every command, key and word it must have, every place it names, its whole tour.

What is compared by name is compared both ways, so that a page neither forgets nor invents. Each check that searches
is also shown finding something wrong.
"""

import importlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import StrEnum
from pathlib import Path

import click
import pytest

from calc.period import Pay
from connectors.file.settings import AsOf, DayFrom, Each, LineEnd
from connectors.file.settings import Limits as FileLimits
from connectors.file.settings import Settings as FileSource
from connectors.s3.settings import Settings as BucketSource
from connectors.salesforce.settings import Settings as OrgSource
from connectors.secret import Secret
from connectors.sftp.settings import Settings as ServerSource
from domain.alert import AlertKind
from domain.attributes import STANDARD, AttributeType
from domain.schedule import Missed
from mapping.spec import Empty, FieldRule, Land, Mapping, Rounding
from store.every_table import metadata
from syncd.cli import COMMANDS, EXIT_CODES, main
from syncd.configuration import forms
from syncd.configuration.forms import Security
from syncd.configuration.settings import Into
from syncd.configuration.workspace import load_workspace

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
KEYS = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
WORDS = (ROOT / "docs" / "words.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("connectors/**/*.md"))
    if path.is_file()
)

PACKAGES = ("domain", "formula", "mapping", "calc", "engine", "connectors", "store", "syncd", "api")
FOLDERS = (*PACKAGES, "docs", "tests", "examples", "schemas", "bench", "requirements")
QUOTED = re.compile(r"`([^`\n]+)`")
PLACE = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./-]*")
DOTTED = re.compile(rf"(?!syncd\.(?:yaml|db)$)(?:{'|'.join(PACKAGES)})(?:\.\w+)+")
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


# --- what the pages name


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", page)


def prose(page: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"(?ms)^```.*?^```$", "", page)


def is_there(name: str) -> bool:
    """Whether `domain.step.Step` or `domain.step` can be imported."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        if importlib.util.find_spec(parts[0]) and _spec(".".join(parts[:cut])):
            found: object = importlib.import_module(".".join(parts[:cut]))
            for part in parts[cut:]:
                if not hasattr(found, part):
                    return False
                found = getattr(found, part)
            return True
    return False


def _spec(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def missing_places(page: str) -> list[str]:
    """What a page names in backquotes that is not there: files, folders, modules and what they hold."""
    quoted = QUOTED.findall(prose(page))
    paths = [name for name in quoted if PLACE.fullmatch(name) and not (ROOT / name).exists()]
    return paths + [name for name in quoted if DOTTED.fullmatch(name) and not is_there(name)]


def anchors(page: str) -> set[str]:
    """The headings of a page as links name them."""
    titles = re.findall(r"(?m)^#+ (.+)$", prose(page))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(page: str, folder: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    found = []
    for link in LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        if not link.startswith(("https://", "mailto:")) and not _leads(folder / path if path else None, anchor, page):
            found.append(link)
    return found


def _leads(target: Path | None, anchor: str, page: str) -> bool:
    if target is not None and not target.exists():
        return False
    return not anchor or anchor in anchors(target.read_text(encoding="utf-8") if target else page)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_place_that_a_page_names_is_there(path: Path) -> None:
    assert missing_places(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    assert broken_links(path.read_text(encoding="utf-8"), path.parent) == []


def test_a_place_that_is_gone_and_a_dead_link_are_noticed() -> None:
    named = "`domain/steps.py`, `domain.step.Stepp`, `domain/step.py`, `domain.step.Step`, `domain.stepp`"
    assert missing_places(named) == ["domain/steps.py", "domain.step.Stepp", "domain.stepp"]
    assert broken_links("# A b\n[a](#a-b) [b](#c) [c](dev) [d](nowhere.md)", ROOT) == ["#c", "nowhere.md"]


# --- commands and exit codes


def test_the_readme_names_every_command_and_every_exit_code() -> None:
    named = {words.split()[0] for words in QUOTED.findall(section(README, "The commands"))}
    assert named >= COMMANDS.keys()
    codes = {int(code) for code in re.findall(r"(?m)^\| (\d) \|", section(README, "Exit codes"))}
    assert codes == {0, 1, *EXIT_CODES.values()}


def test_every_environment_variable_is_explained() -> None:
    read = {
        name
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in re.findall(r'"(SYNCD_[A-Z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert read == set(re.findall(r"(?m)^\| `(SYNCD_[A-Z_]+)` \|", OPERATIONS))


# --- keys


def section(page: str, title: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    found = re.search(rf"(?ms)^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", prose(page))
    assert found, f"no heading '{title}'"
    return found[1]


def first_column(text: str) -> list[str]:
    """What the tables of a text name in their first column, in backquotes."""
    return re.findall(r"(?m)^\| `([^`]+)` \|", text)


def keys_of(form: type) -> set[str]:
    """The keys of a YAML form, without those of the form it goes on from."""
    inherited = {field.name for base in form.__bases__ if is_dataclass(base) for field in fields(base)}
    return {field.name.rstrip("_") for field in fields(form) if field.name not in inherited}


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("A mapping", Mapping),
        ("A rule", FieldRule),
        ("syncd.yaml", forms.WorkspaceForm),
        ("Log-in", forms.LogInForm),
        ("A log-in provider", forms.ProviderForm),
        ("A calendar", forms.CalendarForm),
        ("A source", forms.SourceForm),
        ("A file source", FileSource),
        ("A sftp source", ServerSource),
        ("A s3 source", BucketSource),
        ("A salesforce source", OrgSource),
        ("Secrets", Secret),
        ("Of which day a file speaks", AsOf),
        ("Limits of a file", FileLimits),
        ("A feed", forms.FeedForm),
        ("Limits of a feed", forms.LimitsForm),
        ("What needs no person", forms.PolicyForm),
        ("Whose value counts", forms.AttributeForm),
        ("Attributes of your own", forms.CustomAttributeForm),
        ("Who is on a plan", forms.MembershipForm),
        ("Who is told", forms.AlertForm),
        ("By e-mail", forms.EmailForm),
        ("By webhook", forms.WebhookForm),
    ],
)
def test_every_key_is_explained_and_none_is_invented(title: str, form: type) -> None:
    named = first_column(section(KEYS, title))
    assert sorted(named) == sorted(keys_of(form))


@pytest.mark.parametrize(
    "words", [AttributeType, Empty, Rounding, Land, Each, LineEnd, DayFrom, Into, Pay, Missed, AlertKind, Security]
)
def test_every_word_that_a_key_takes_is_named(words: type[StrEnum]) -> None:
    assert {word.value for word in words} <= set(QUOTED.findall(KEYS))


def test_every_standard_attribute_is_named() -> None:
    assert set(QUOTED.findall(section(KEYS, "Standard attributes"))) >= STANDARD.keys() - {"ended_by"}


def test_what_is_not_there_yet_is_said() -> None:
    later = {word for words in forms.LATER.values() for word in words}
    assert set(QUOTED.findall(section(KEYS, "Not in this version"))) >= later


def test_every_kind_of_source_has_a_heading() -> None:
    kinds = {path.parent.name for path in (ROOT / "connectors").glob("*/source.py")}
    assert kinds
    assert {f"A {kind} source" for kind in kinds} <= set(re.findall(r"(?m)^#+ (.+)$", KEYS))


# --- examples


@pytest.mark.parametrize("page", [README, KEYS], ids=["README.md", "docs/mapping.md"])
def test_the_configuration_shown_has_no_mistake(page: str, tmp_path: Path) -> None:
    shown = {block.partition("\n")[0]: block for block in blocks(page, "yaml")}
    files = {line.removeprefix("# ").split()[0]: text for line, text in shown.items() if line.startswith("# ")}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    workspace = load_workspace(tmp_path)
    assert {text.path for text in workspace.texts} == files.keys()


# --- the tour

SHELL = ("cd", "cp", "echo", "syncd", "PATH=$PWD/.venv/bin:$PATH")


def sessions(page: str) -> Iterator[tuple[str, int]]:
    """Each command of the console blocks with its exit code: 0, or what `echo $?` shows after it."""
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    commands = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    for number, following in zip(commands, [*commands[1:], None], strict=True):
        asked = following is not None and lines[following] == "$ echo $?"
        code = int(lines[following + 1]) if asked and following is not None else 0
        if lines[number] != "$ echo $?":
            yield lines[number].removeprefix("$ "), code


def perform(words: list[str], folder: Path) -> tuple[int, Path]:
    """Do one command of the tour in a folder; give its exit code and the folder after it."""
    match words:
        case ["cd", target]:
            return 0, folder / target
        case ["cp", source, target]:
            shutil.copy(folder / source, folder / target)
            return 0, folder
        case ["syncd", *arguments]:
            return main(arguments), folder
        case [setting] if setting == SHELL[-1]:
            return 0, folder
    raise AssertionError(f"the tour uses something else than {', '.join(SHELL)}: {words}")


def test_the_tour_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tour = list(sessions(README))
    assert {words.split()[0] for words, _ in tour} >= {"cd", "cp", "syncd"}
    folder = tmp_path
    for command, expected in tour:
        monkeypatch.chdir(folder)
        code, folder = perform(shlex.split(command), folder)
        said = capsys.readouterr()
        assert code == expected, f"{command}: exit code {code}\n{said.out}{said.err}"
        assert said.out or said.err or not command.startswith("syncd"), f"{command} prints nothing"


#: Commands of that page that are run by other tests: a file, and what is in it.
ELSEWHERE = {
    "web": ("tests/web/test_page_of_docs.py", '"web"'),
    "connect": ("tests/scenarios/test_connected.py", '"connect", "crm"'),
    "secrets seal": ("tests/scenarios/test_connected.py", '"secrets", "seal", '),
    "secrets seal-again": ("tests/scenarios/test_connected.py", '"secrets", "seal-again"'),
}


def command_of(words: list[str]) -> str:
    """Name the command of a line, with the one beneath it where it has any."""
    words = words[2:] if words[0] == "--workspace" else words
    module = importlib.import_module(f"syncd.commands.{COMMANDS[words[0]][0]}")
    is_group = isinstance(getattr(module, f"{words[0].replace('-', '_')}_command"), click.Group)
    return " ".join(words[: 2 if is_group else 1])


def test_the_operators_page_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What goes on until it is told to stop is told so, once it says that it has begun."""
    monkeypatch.setattr("syncd.operation.doctor._SCARCE", 0)  # of the disk of whoever runs this
    folder = tmp_path
    tour = list(sessions(OPERATIONS))
    named = {word for command, _ in tour for word in command.split()}
    assert named >= {"up", "clock", "worker", "jobs", "schedules", "--once", "--by-worker", "--state", "--grace"}
    assert named >= {"doctor", "outbox", "backup", "restore", "export", "import", "tidy", "--ready", "--bundle"}
    ran = {command_of(command.split()[1:]) for command, _ in tour if command.startswith("syncd ")}
    told = {command_of(one.split()[1:]) for one in QUOTED.findall(prose(OPERATIONS)) if one.startswith("syncd ")}
    assert told - ran == set(ELSEWHERE)
    assert [one for one, (file, line) in ELSEWHERE.items() if line not in (ROOT / file).read_text()] == []
    for command, expected in tour:
        monkeypatch.chdir(folder)
        words = shlex.split(command)
        if words[1:2] and words[1] in ("up", "clock", "worker") and "--once" not in words:
            line = [sys.executable, "-m", "syncd", *words[1:]]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=environment) as process:
                assert process.stderr
                assert "process.begins" in process.stderr.readline()
                process.terminate()
                said_then = process.stderr.read()
            assert (process.returncode, "process.ends" in said_then) == (expected, True), said_then
            continue
        code, folder = perform(words, folder)
        said = capsys.readouterr()
        assert code == expected, f"{command}: exit code {code}\n{said.out}{said.err}"


def test_a_tour_that_is_wrong_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = "```console\n$ syncd check\nthere is nothing here\n$ echo $?\n2\n$ syncd check\n$ rm -r .\n```\n"
    assert list(sessions(page)) == [("syncd check", 2), ("syncd check", 0), ("rm -r .", 0)]
    assert perform(["syncd", "check"], tmp_path) == (2, tmp_path)
    with pytest.raises(AssertionError, match="something else"):
        perform(["rm", "-r", "."], tmp_path)


# --- words and decisions


def rows(page: str) -> list[list[str]]:
    """The cells of a page's table rows, heads and rules left out."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if not line.startswith("| word")]


def test_every_word_has_one_meaning_and_a_home() -> None:
    words = [word for row in rows(WORDS) for word in row[0].split(", ")]
    assert sorted(words) == sorted(set(words))
    homeless = [row[0] for row in rows(section(WORDS, "Words that the code has")) if len(row) < 3 or not row[2]]
    assert homeless == []


def test_every_table_is_a_word_or_is_named_beside_one() -> None:
    named = {name for text in re.findall(r"tables? ((?:`\w+`(?:, | and )?)+)", WORDS) for name in QUOTED.findall(text)}
    assert named == set(metadata.tables)


def numbered(paths: Iterable[Path]) -> list[int]:
    """The numbers that decision records begin with."""
    return [int(path.name[:4]) for path in paths]


def test_decisions_are_numbered_without_a_gap_and_say_four_things() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert numbered(records) == list(range(1, len(records) + 1))
    for record in records:
        text = record.read_text(encoding="utf-8")
        titles = re.findall(r"(?m)^## (.+)$", text)
        assert titles == ["Context", "Decision", "What it costs", "What would change our mind"], record.name
        assert text.startswith(f"# {record.name[:4]}. "), record.name
        assert f"decisions/{record.name}" in README + OPERATIONS + WORDS, f"nobody leads to {record.name}"
