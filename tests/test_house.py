"""The rules of the house that a linter cannot say, each also shown failing on a broken example.

Which package may import which is said in pyproject.toml and checked by import-linter; that it would notice is
shown at the end.
"""

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
PACKAGES = frozenset(SETTINGS["root_packages"])

PURE = frozenset({"domain", "formula", "mapping", "calc"})
# a package of others, and where alone it may be imported: a package of ours or one module of it
HOMES = {
    "flask": ("api",),
    "flask_wtf": ("api",),
    "flask_limiter": ("api",),
    "authlib": ("api",),
    "spectree": ("api.spec",),
    "argon2": ("syncd.access.passwords",),
    "rq": ("syncd",),
    "sqlalchemy": ("store",),
    "alembic": ("store",),
    "duckdb": ("engine",),
    "sqlglot": ("engine",),
    "yaml": ("syncd.configuration.yaml_files",),
    "pydantic": ("syncd.configuration.yaml_files", "api"),
    "deepdiff": ("syncd.changes.differences",),
    "click": ("syncd",),
    "rich": ("syncd",),
    "requests": ("connectors", "api.log_in"),
    "urllib3": ("connectors.https",),
    "certifi": ("connectors.https",),
    "simple_salesforce": ("connectors.salesforce.client",),
    "requests_oauthlib": ("connectors",),
    "requests_aws4auth": ("connectors.s3.client",),
    "oauthlib": ("connectors",),
    "cryptography": ("connectors.sealing",),
    "jwt": ("connectors.salesforce.tokens",),
    "tenacity": ("connectors",),
}
# what the shell may name of what is at home elsewhere, to pass it on
PASSED_ON = {"sqlalchemy": (("syncd", "api"), frozenset({"Engine", "Connection"}))}
LONGEST = 350  # lines
NAMES_OF_NOTHING = frozenset({"utils", "helpers", "common", "services", "managers"})
NOT_OURS = frozenset({"var", "build", "dist", "node_modules"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file of ours: `module` is its dotted name, the package's own for an `__init__`."""

    path: Path
    module: str
    text: str

    def imports(self) -> Iterator[tuple[int, str, str]]:
        """Each import as (line, module, name); the name is empty where the module itself is imported."""
        for node in ast.walk(ast.parse(self.text)):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, node.module or "", alias.name) for alias in node.names)

    def is_in(self, home: str) -> bool:
        return f"{self.module}.".startswith(f"{home}.")


Rule = Callable[[Source], Iterator[str]]


def pure_packages_import_the_standard_library_only(source: Source) -> Iterator[str]:
    if any(source.is_in(package) for package in PURE):
        for line, module, _ in source.imports():
            top = module.partition(".")[0]
            if top not in sys.stdlib_module_names and top not in PACKAGES:  # import-linter has the order of ours
                yield f"{source.path}:{line}: {module}: only the standard library here"


def what_others_made_stays_in_its_home(source: Source) -> Iterator[str]:
    if source.module.partition(".")[0] not in PACKAGES:  # tests and benchmarks look at it from outside
        return
    for line, module, name in source.imports():
        top = module.partition(".")[0]
        homes = HOMES.get(top, ("",))
        shells, names = PASSED_ON.get(top, ((), frozenset()))
        passed_on = name in names and any(source.is_in(shell) for shell in shells)
        if top in HOMES and not passed_on and not any(source.is_in(home) for home in homes):
            yield f"{source.path}:{line}: {module}{name and f'.{name}'}: only in {', '.join(homes)}"


def no_file_is_longer_than_a_reader_bears(source: Source) -> Iterator[str]:
    lines = len(source.text.splitlines())
    if lines > LONGEST and not {"tests", "migrations"} & set(source.path.parts):
        yield f"{source.path}: {lines} lines, at most {LONGEST}: give a part of it a name and a file"


def an_init_holds_a_docstring_and_nothing_else(source: Source) -> Iterator[str]:
    if source.path.name == "__init__.py" and "migrations" not in source.path.parts:
        body = ast.parse(source.text).body
        if len(body) != 1 or not ast.get_docstring(ast.Module(body, [])):
            yield f"{source.path}: one docstring that says what the package is, and no re-exports"


def no_folder_or_module_is_named_after_nothing(source: Source) -> Iterator[str]:
    for part in {*source.path.parent.parts, source.path.stem} & NAMES_OF_NOTHING:
        yield f"{source.path}: '{part}' says nothing: name it after what it does"


RULES: tuple[Rule, ...] = (
    pure_packages_import_the_standard_library_only,
    what_others_made_stays_in_its_home,
    no_file_is_longer_than_a_reader_bears,
    an_init_holds_a_docstring_and_nothing_else,
    no_folder_or_module_is_named_after_nothing,
)


def sources(root: Path) -> Iterator[Source]:
    for file in sorted([*root.rglob("*.py"), *root.glob("dev")]):
        path = file.relative_to(root)
        if any(part.startswith(".") or part in NOT_OURS for part in path.parts):
            continue
        module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        yield Source(path, module, file.read_text(encoding="utf-8"))


def broken(rule: Rule, root: Path) -> list[str]:
    """What of the files below a folder breaks a rule, one line each."""
    return [complaint for source in sources(root) for complaint in rule(source)]


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps(rule: Rule) -> None:
    assert broken(rule, ROOT) == []


BROKEN: list[tuple[Rule, str, str, str]] = [
    (
        RULES[0],
        "domain/person.py",
        "import yaml\n",
        "domain/person.py:1: yaml: only the standard library here",
    ),
    (RULES[0], "calc/a/b.py", "def f():\n    from zeep import x\n", "calc/a/b.py:2: zeep: only the standard"),
    (RULES[1], "syncd/pages.py", "from flask import Flask\n", "flask.Flask: only in api"),
    (RULES[1], "syncd/a.py", "from flask_wtf import CSRFProtect\n", "flask_wtf.CSRFProtect: only in api"),
    (RULES[1], "syncd/a.py", "import flask_limiter\n", "flask_limiter: only in api"),
    (RULES[1], "syncd/a.py", "import authlib\n", "authlib: only in api"),
    (RULES[1], "api/a.py", "import spectree\n", "spectree: only in api.spec"),
    (RULES[1], "syncd/access/a.py", "import argon2\n", "argon2: only in syncd.access.passwords"),
    (RULES[1], "api/app.py", "import rq\n", "rq: only in syncd"),
    (RULES[1], "engine/a.py", "from sqlalchemy import Engine\n", "sqlalchemy.Engine: only in store"),
    (RULES[1], "syncd/a.py", "from sqlalchemy import Engine, text\n", "sqlalchemy.text: only in store"),
    (RULES[1], "syncd/a.py", "import sqlalchemy\n", "sqlalchemy: only in store"),
    (RULES[1], "api/a.py", "import alembic.command\n", "alembic.command: only in store"),
    (RULES[1], "store/a.py", "import duckdb\n", "duckdb: only in engine"),
    (RULES[1], "syncd/a.py", "from sqlglot import exp\n", "sqlglot.exp: only in engine"),
    (RULES[1], "syncd/feeds.py", "import yaml\n", "yaml: only in syncd.configuration.yaml_files"),
    (RULES[1], "syncd/yaml_files2.py", "import yaml\n", "yaml: only in syncd.configuration.yaml_files"),
    (RULES[1], "syncd/feeds.py", "import pydantic\n", "pydantic: only in syncd.configuration.yaml_files, api"),
    (RULES[1], "syncd/feeds.py", "from deepdiff import DeepDiff\n", "only in syncd.changes.differences"),
    (RULES[1], "store/a.py", "import click\n", "click: only in syncd"),
    (RULES[1], "api/a.py", "from rich.table import Table\n", "rich.table.Table: only in syncd"),
    (RULES[1], "syncd/a.py", "import requests\n", "requests: only in connectors, api.log_in"),
    (RULES[1], "connectors/a.py", "import urllib3\n", "urllib3: only in connectors.https"),
    (RULES[1], "connectors/a.py", "from certifi import where\n", "certifi.where: only in connectors.https"),
    (RULES[1], "connectors/salesforce/a.py", "import simple_salesforce\n", "only in connectors.salesforce.client"),
    (RULES[1], "syncd/a.py", "import requests_oauthlib\n", "requests_oauthlib: only in connectors"),
    (RULES[1], "syncd/a.py", "import oauthlib\n", "oauthlib: only in connectors"),
    (RULES[1], "connectors/a.py", "import requests_aws4auth\n", "requests_aws4auth: only in connectors.s3.client"),
    (RULES[1], "store/a.py", "import cryptography\n", "cryptography: only in connectors.sealing"),
    (RULES[1], "connectors/a.py", "import jwt\n", "jwt: only in connectors.salesforce.tokens"),
    (RULES[1], "syncd/a.py", "import tenacity\n", "tenacity: only in connectors"),
    (RULES[2], "calc/a.py", "#\n" * 351, "calc/a.py: 351 lines, at most 350"),
    (RULES[3], "calc/__init__.py", '"""Plans."""\nfrom calc.a import b\n', "no re-exports"),
    (RULES[3], "calc/__init__.py", "", "one docstring"),
    (RULES[4], "syncd/utils.py", "", "syncd/utils.py: 'utils' says nothing"),
    (RULES[4], "syncd/helpers/a.py", "", "'helpers' says nothing"),
]


@pytest.mark.parametrize(("rule", "path", "text", "complaint"), BROKEN)
def test_a_broken_house_is_noticed(rule: Rule, path: str, text: str, complaint: str, tmp_path: Path) -> None:
    write(tmp_path / path, text)
    found = broken(rule, tmp_path)
    assert len(found) == 1
    assert complaint in found[0]


KEPT = [
    ("domain/person.py", "from dataclasses import dataclass\nfrom domain.value import Value\n"),
    ("syncd/a.py", "from sqlalchemy import Connection, Engine\n"),
    ("api/a.py", "from sqlalchemy.engine import Engine\n"),
    ("syncd/configuration/yaml_files.py", "import yaml\nimport pydantic\n"),
    ("store/a.py", "#\n" * 350),
    ("store/migrations/versions/0001.py", "import alembic\n" + "#\n" * 400),
    ("tests/test_a.py", "import duckdb\n" + "#\n" * 400),
    (".venv/a.py", "#\n" * 400),
    ("calc/__init__.py", '"""Plans."""\n'),
]


@pytest.mark.parametrize(("path", "text"), KEPT)
def test_what_is_allowed_is_not_complained_of(path: str, text: str, tmp_path: Path) -> None:
    write(tmp_path / path, text)
    assert [complaint for rule in RULES for complaint in broken(rule, tmp_path)] == []


def test_every_rule_was_seen_failing() -> None:
    assert {rule for rule, *_ in BROKEN} == set(RULES)
    assert {home for _, _, text, _ in BROKEN for home in HOMES if home in text} == set(HOMES)


def test_every_package_is_known_to_the_linter_of_imports() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"} == PACKAGES


IMPORTS_THAT_BREAK = {
    "imports point down": ("domain", "import calc"),
    "inside syncd, too": ("syncd/feeds", "import syncd.changes"),
    "flask only in api": ("store", "import flask"),
    "api reads through what syncd lets a user see": ("api", "import store"),
    "rq, click and rich only in syncd": ("api", "import rq"),
    "duckdb and sqlglot only in engine": ("syncd/feeds", "import duckdb"),
    "typst, xlsxwriter and babel only in syncd": ("api", "import babel"),
    "paramiko only in connectors": ("syncd/feeds", "import paramiko"),
    "sqlalchemy only in store and, two names of it, in the shell": ("engine", "import sqlalchemy"),
    "alembic only in store": ("syncd/feeds", "import alembic"),
}


def test_the_linter_of_imports_notices_each_broken_contract(tmp_path: Path) -> None:
    assert [contract["name"] for contract in SETTINGS["contracts"]] == list(IMPORTS_THAT_BREAK)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        write(tmp_path / package / "__init__.py", "")
    modules = (one for one in (ROOT / "syncd").iterdir() if one.suffix == ".py" or any(one.glob("*.py")))
    for layer in {one.stem for one in modules} - {"__init__"}:
        write(tmp_path / "syncd" / layer / "__init__.py", "")
    assert f"{len(IMPORTS_THAT_BREAK)} kept, 0 broken" in lint_imports(tmp_path)
    for number, (package, text) in enumerate(IMPORTS_THAT_BREAK.values()):
        write(tmp_path / package / f"broken{number}.py", text)
    assert f"0 kept, {len(IMPORTS_THAT_BREAK)} broken" in lint_imports(tmp_path)


def lint_imports(folder: Path) -> str:
    """What import-linter says about a folder with our pyproject.toml."""
    program = "from importlinter.cli import lint_imports; lint_imports(no_cache=True)"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
