"""The catalogue of texts: whatever a page says is in every language, no text is left over, and every code has one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jinja2.ext
import pytest
from babel.messages.pofile import read_po

from calc import reason
from calc.pay_run import PayState
from calc.result import ResultKind, ResultState
from domain.attributes import CLOSED, STANDARD
from domain.change import Ending, GroupedBy, Kind, State
from domain.facts import MEMBER_KINDS, ROLES, TERMS
from domain.problem import Severity
from domain.rights import Right
from store.jobs import JobState
from store.outbound import MessageState
from store.runs import RunState
from syncd.catalogue import ATTRIBUTES, CODES
from syncd.configuration.settings import Into
from syncd.feeds.report import BUDGET, COUNTERS, FACT_COUNTERS
from syncd.seen.results import By
from syncd.sentences import RIGHTS
from syncd.texts import LANGUAGES

HOUSE = Path(__file__).parents[2]
#: What a text is given to where it is written down, in any module.
MARKS = frozenset(("told", "several"))
#: And in the modules that say some themselves.
OWN = {"syncd/pay/statement_files.py": frozenset(("_", "get"))}


def of_templates(folder: Path) -> set[str]:
    """The texts of templates."""
    found = set()
    for path in folder.glob("*.html"):
        with path.open("rb") as file:
            for _, _, text, _ in jinja2.ext.babel_extract(file, ["_", "gettext", "ngettext"], [], {}):
                if given := text if isinstance(text, str) else text and text[0]:
                    found.add(str(given))
    return found


def of_module(source: str, marks: frozenset[str]) -> set[str]:
    """The texts of a module: what is given, as it stands, to one of the marks."""
    found = set()
    for one in ast.walk(ast.parse(source)):
        if isinstance(one, ast.Call) and one.args and isinstance(one.args[0], ast.Constant):
            name = one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")
            if name in marks and isinstance(one.args[0].value, str):
                found.add(one.args[0].value)
    return found


def texts_shown(templates: Path = HOUSE / "api" / "templates") -> set[str]:
    found = of_templates(templates)
    for folder in ("api", "syncd"):
        for path in (HOUSE / folder).rglob("*.py"):
            name = path.relative_to(HOUSE).as_posix()
            own = OWN.get(name, frozenset(("tell",)) if folder == "api" else frozenset())
            found |= of_module(path.read_text(encoding="utf-8"), MARKS | own)
    return found


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_every_text_is_in_every_language_and_none_is_left_over(language: str) -> None:
    with (HOUSE / "syncd" / "locales" / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    known = {one.id if isinstance(one.id, str) else one.id[0]: one for one in catalogue if one.id}
    shown = texts_shown()
    assert (shown - known.keys(), known.keys() - shown) == (set(), set())
    for text, one in known.items():
        for said in [one.string] if isinstance(one.string, str) else list(one.string or [""]):
            assert said, text
            plain = text.replace("{:,}", "{}")  # whoever says it has written the number already
            for hole in (r"\{[^}]*\}", r"%\(\w+\)[sd]", "<[^>]+>"):
                assert sorted(re.findall(hole, plain)) == sorted(re.findall(hole, said)), text


def test_a_text_that_is_in_no_catalogue_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "new.html").write_text("<p>{{ _('Nobody has this') }}</p> {{ ngettext('one', 'more', 2) }}")
    assert of_templates(tmp_path) == {"Nobody has this", "one"}
    source = 'flash(told("Nor this"))\nx.told("nor that {}", 1)\ntold(variable)\nother("code")'
    assert of_module(source, MARKS) == {"Nor this", "nor that {}"}


def test_every_code_that_a_page_shows_has_a_text() -> None:
    kinds = (PayState, ResultState, ResultKind, Kind, State, By, RunState, JobState, GroupedBy, Severity, Into)
    codes = {one.value for kind in (*kinds, MessageState) for one in kind}
    reasons = {value for name, value in vars(reason).items() if name.isupper() and isinstance(value, str)}
    shown = codes | reasons | {*COUNTERS, *FACT_COUNTERS, *ROLES, *TERMS, *MEMBER_KINDS} - {*BUDGET}
    assert shown - {"proposing"} - CODES.keys() - ATTRIBUTES.keys() == set()
    assert {right.value.replace("_", " ") for right in Right} == RIGHTS.keys()


def test_every_attribute_and_every_word_of_a_closed_list_has_a_text() -> None:
    assert STANDARD.keys() | {one for words in CLOSED.values() for one in words} <= ATTRIBUTES.keys()
    assert {one.value for one in Ending} <= ATTRIBUTES.keys()
