"""The page about plans is read by tests: every key it must have, every plan and every worked example it shows."""

import json
import shutil
from enum import StrEnum
from pathlib import Path

import pytest

from calc import plan
from calc.compile import TYPES
from formula.formulas import FORMULAS
from syncd.cli import main
from syncd.commands.plan import plan_command
from tests.configuration.test_load import EXAMPLE
from tests.test_docs import KEYS, QUOTED, ROOT, blocks, first_column, keys_of, section

PLANS = (ROOT / "docs" / "plans.md").read_text(encoding="utf-8")
FORMS = {
    "A plan": plan.Plan,
    "Rates of exchange": plan.Rates,
    "A measure": plan.Measure,
    "A rule of credit": plan.Credit,
    "A tier": plan.Tier,
    "A cap": plan.Cap,
    "Components of type tiers": plan.Tiers,
    "Components of type bonus": plan.Bonus,
}


@pytest.mark.parametrize("title", FORMS)
def test_every_key_of_a_plan_is_explained_and_none_is_invented(title: str) -> None:
    assert sorted(first_column(section(PLANS, title))) == sorted(keys_of(FORMS[title]))


def test_every_type_of_component_has_a_heading() -> None:
    assert {f"Components of type {name}" for name in TYPES} <= FORMS.keys()


@pytest.mark.parametrize(
    "words", [plan.Span, plan.Bounds, plan.Method, plan.Boundary, plan.Prorate, plan.Rounding, plan.To]
)
def test_every_word_that_a_plan_takes_is_named(words: type[StrEnum]) -> None:
    assert {word.value for word in words} <= set(QUOTED.findall(PLANS))


def test_every_function_of_formulas_and_every_command_of_plans_is_named() -> None:
    named = {text.partition("(")[0] for text in QUOTED.findall(section(PLANS, "A measure"))}
    assert named >= FORMULAS.functions.keys()
    (commands,) = blocks(PLANS, "console")
    assert {line.split()[2] for line in commands.splitlines()} == plan_command.commands.keys()


def test_every_plan_shown_has_no_mistake_and_pays_what_its_examples_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "plans")
    shown = {block.partition("\n")[0].removeprefix("# "): block for block in blocks(PLANS, "yaml")}
    for name, text in shown.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert main(["--workspace", str(tmp_path), "plan", "check", "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert sorted(files) == sorted(name for name in shown if ".test." not in name)
    assert main(["--workspace", str(tmp_path), "plan", "test", "--json"]) == 0
    assert [one["passed"] for one in json.loads(capsys.readouterr().out)] == [True, True]


def test_the_mapping_of_quotas_has_a_heading() -> None:
    assert section(KEYS, "Quotas")
