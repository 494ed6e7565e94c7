"""What is in `deploy/` names only what is there, and the bill of materials what is locked."""

from __future__ import annotations

import json
import re
from pathlib import Path

from syncd.cli import COMMANDS
from syncd.configuration.workspace import read_plain
from syncd.operation.sbom import bill, packages_of

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
LOCK = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")


def test_the_image_copies_what_is_there_and_every_package_of_ours() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    copied = re.findall(r"(?m)^COPY (\S+) ", text)
    assert [one for one in copied if not (ROOT / one).exists()] == []
    assert set(copied) >= {"domain", "formula", "mapping", "calc", "engine", "connectors", "store", "syncd", "api"}
    assert "USER syncd" in text
    assert "--require-hashes" in text
    assert set(re.findall(r'"syncd", "(\w+)"', text)) <= COMMANDS.keys()


def test_the_services_run_commands_that_there_are() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    ours = re.findall(r"(?m)^    command: \[(\w+)[\],]", text)
    assert set(ours) - {"valkey"} == {"db", "web", "clock", "worker"}
    assert set(ours) - {"valkey"} <= COMMANDS.keys()
    started = re.findall(r"(?m)^Exec\w+=\S+/syncd (\w+)", (DEPLOY / "syncd.service").read_text())
    assert set(started) <= COMMANDS.keys()
    assert started


def test_the_variables_that_they_set_are_explained() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    set_here = set(re.findall(r"(?m)^    (SYNCD_[A-Z_]+):", (DEPLOY / "compose.yaml").read_text()))
    assert set_here
    assert [one for one in set_here if f"`{one}`" not in page] == []


def test_the_bill_of_materials_is_the_lock_and_names_every_licence() -> None:
    packages = packages_of(LOCK)
    locked = sorted(one.lower() for one in re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[.*\])?==", LOCK))
    assert [one.name for one in packages] == locked
    assert all(one.digests for one in packages)
    assert [one.name for one in packages if one.licence == "unknown"] == []
    document = json.loads(bill(packages))
    assert (document["bomFormat"], len(document["components"])) == ("CycloneDX", len(locked))
    assert "://" not in bill(packages)
    assert str(ROOT) not in bill(packages)


def test_a_package_that_is_not_installed_has_no_licence_made_up() -> None:
    (one,) = packages_of("nobody-has-this==1.0 \\\n    --hash=sha256:" + "a" * 64)
    assert (one.version, one.licence, len(one.digests)) == ("1.0", "not installed here", 1)


def test_a_page_of_yaml_is_read_where_it_has_no_anchors(tmp_path: Path) -> None:
    """The compose file takes keys over (`<<`), which our own reader refuses; all else of it is plain."""
    text = (DEPLOY / "compose.yaml").read_text().replace("    <<: *syncd\n", "").replace(" &syncd", "")
    (tmp_path / "compose.yaml").write_text(text)
    assert set(read_plain(tmp_path / "compose.yaml")["services"]) == {
        "web",
        *("release", "clock", "worker", "database", "redis"),
    }
