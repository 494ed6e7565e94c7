"""The tools themselves: `dev`, the locks, what starts the product elsewhere."""

import hashlib
import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("requirements/*.txt"))}

PIN = re.compile(r"([a-z0-9.-]+)==([^ ;]+)(?: ; (.+))? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


@pytest.fixture
def dev() -> ModuleType:
    """The program `dev` as a module, each time anew."""
    loader = importlib.machinery.SourceFileLoader("dev", str(ROOT / "dev"))
    spec = importlib.util.spec_from_loader("dev", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


# --- locks


def unclean(lock: str) -> list[str]:
    """The lines of a lock that are neither a pinned package nor one of its hashes."""
    wrong = [line for line in lock.splitlines() if not PIN.fullmatch(line) and not HASH.fullmatch(line)]
    return wrong + re.findall(r".*(?:://|file:).*", lock)


def pins(lock: str) -> dict[str, str]:
    """What a lock installs on this machine, by name."""
    found = (PIN.fullmatch(line) for line in lock.splitlines())
    return {pin[1]: pin[2] for pin in found if pin and (not pin[3] or Marker(pin[3]).evaluate())}


def unmet(wanted: list[str], lock: str) -> list[str]:
    """Those of the requirements that a lock does not meet, as after an edit without `./dev lock`."""
    have = pins(lock)
    return [
        str(each)
        for each in map(Requirement, wanted)
        if (name := canonicalize_name(each.name)) not in have or have[name] not in each.specifier
    ]


def test_there_is_a_lock_for_every_environment(dev: ModuleType) -> None:
    assert set(LOCKS) == set(dev.SOURCES)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_packages_and_hashes_and_no_place(name: str) -> None:
    assert unclean(LOCKS[name]) == []
    assert re.findall(r"(?m)^[^ ].*\\\n(?! {4}--hash)", LOCKS[name]) == [], "a package without a hash"


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://pypi.example/simple",
        "--find-links /opt/wheels",
        "    # via -r /home/me/requirements.in",
        "flask @ file:///opt/wheels/flask.whl",
        "flask>=3",
        "flask==3.1.3",
    ],
)
def test_a_place_or_an_open_end_in_a_lock_is_noticed(line: str) -> None:
    assert line in unclean(f"{LOCKS['uv']}{line}\n")


def test_the_locks_meet_what_the_project_asks_for() -> None:
    groups = PROJECT["dependency-groups"]
    asked = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["postgres"]
    assert unmet(asked, LOCKS["run"]) == []
    assert unmet(asked + groups["test"] + groups["lint"], LOCKS["dev"]) == []
    assert unmet(groups["bench"], LOCKS["bench"]) == []
    assert unmet(["uv"], LOCKS["uv"]) == []


def test_a_lock_behind_the_project_is_noticed() -> None:
    assert unmet(["flask>=3", "flask>=99", "nowhere"], LOCKS["run"]) == ["flask>=99", "nowhere"]


def test_what_is_tested_is_what_runs() -> None:
    run, everything = pins(LOCKS["run"]), pins(LOCKS["dev"])
    assert {name: everything.get(name) for name in run} == run


# --- dev


def test_uv_is_told_what_pip_was_told(dev: ModuleType) -> None:
    told = dev.uv_settings(
        ":env:.extra-index-url='https://two.example/simple https://three.example/simple'\n"
        "global.index-url='https://one.example/simple'\n"
        "global.extra-index-url='https://not.example/simple'\n"
        "global.find-links='/wheels\\n/more'\n"
        "global.timeout='60'\n"
        "install.trusted-host='one.example'\n"
    )
    assert told == {
        "UV_DEFAULT_INDEX": "https://one.example/simple",
        "UV_INDEX": "https://two.example/simple https://three.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_INSECURE_HOST": "one.example",
    }
    assert dev.uv_settings("") == {}


def test_the_checks_stop_at_the_first_that_fails(
    dev: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for program, code in {"one": 0, "two": 3, "three": 0}.items():
        (tmp_path / program).write_text(f"#!/bin/sh\necho ran {program} $*\nexit {code}\n")
        (tmp_path / program).chmod(0o755)
    with pytest.raises(SystemExit) as stopped:
        dev.check(tmp_path / "python", [["one", "here"], ["two"], ["three"]])
    assert stopped.value.code == "dev: FAILED: two (exit 3); not run after it: three"
    assert capfd.readouterr().out == "ran one here\nran two\n"
    dev.check(tmp_path / "python", [["one"], ["three"]])
    assert "dev: passed: one, three" in capfd.readouterr().err


def test_an_environment_is_renewed_for_another_lock_folder_or_python(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "LOCKS", tmp_path)
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    for name in ("run", "dev"):
        (tmp_path / f"{name}.txt").write_text(name)
    (venv / ".stamp").write_text(dev.stamp_of("run", venv))
    assert dev.is_ready("run", venv)
    assert not dev.is_ready("dev", venv)

    (venv / ".stamp").write_text(dev.stamp_of("dev", venv))
    assert dev.is_ready("run", venv), "whoever can test can run"

    moved = venv.rename(tmp_path / "moved")
    assert not dev.is_ready("dev", moved)
    moved.rename(venv)
    (tmp_path / "dev.txt").write_text("newer")
    assert not dev.is_ready("dev", venv)
    (tmp_path / "dev.txt").write_text("dev")
    assert dev.is_ready("dev", venv)
    (venv / "bin" / "python").unlink()
    assert not dev.is_ready("dev", venv)


def test_the_command_starts_from_any_folder(dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a checkout whose name holds a space, in a workspace that has a module of the same name."""
    checkout, workspace = tmp_path / "a checkout", tmp_path / "workspace"
    monkeypatch.setattr(dev, "ROOT", checkout)
    monkeypatch.setattr(dev, "VENV", checkout / ".venv")
    python = checkout / ".venv" / "bin" / "python"
    write(python, f'#!/bin/sh\nPYTHONPATH="{checkout}" exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    packages = checkout / ".venv" / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    write(checkout / "syncd" / "__init__.py", "")
    write(checkout / "syncd" / "cli.py", "import sys\ndef main():\n    print(sys.argv)\n    return 5\n")
    write(workspace / "syncd.py", "raise SystemExit('the wrong one')\n")

    dev.leave_command(python)
    command = [str(python.with_name("syncd")), "a b", "c"]
    done = subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == (f"{command}\n", 5), done.stderr
    assert (packages / "syncd_source.pth").read_text() == f"{checkout}\n"


@pytest.mark.parametrize("args", [[], ["help"], ["nonsense"], ["lint", "nonsense"]])
def test_dev_tells_what_it_can_do(args: list[str]) -> None:
    done = subprocess.run([ROOT / "dev", *args], capture_output=True, text=True, check=False)
    assert done.returncode == (0 if args in ([], ["help"]) else 2)
    for command in ("run", "test", "lint", "lock", "peers"):
        assert f"./dev {command}" in done.stdout


def test_an_old_python_is_told_what_is_missing(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev.sys, "version_info", (3, 9, 2))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="apt-get install python3 python3-venv"):
        dev.base_python()


# --- where it runs


def test_programs_may_be_started() -> None:
    for path in (ROOT / "dev", ROOT / ".ci" / "run"):
        assert os.access(path, os.X_OK), path
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)


def test_the_procfile_starts_every_part() -> None:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    parts = dict(line.split(": ", 1) for line in lines)
    existing = {"release": "syncd db upgrade", "web": "syncd web", "clock": "syncd clock", "worker": "syncd worker"}
    assert parts == existing, "a process is named when it exists"


def test_what_others_made_stands_as_they_made_it() -> None:
    """Each file of others that pages use: its version, licence and digest are written beside it."""
    folder = ROOT / "api" / "static" / "vendor"
    listed = {line.split()[0]: line.split()[-1] for line in (folder / "VENDOR.txt").read_text().splitlines()[2:]}
    assert listed.keys() == {path.name for path in folder.iterdir() if path.suffix in (".js", ".css")}
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
