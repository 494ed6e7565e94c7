"""Reads plans: the files of a workspace, and texts as they were published; every mistake with its line and column."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from calc.plan import Plan
from domain.errors import FixFile
from domain.problem import Mistake
from store.plans import PlanVersion
from syncd.configuration.document import Document, Keys, all_of, unreadable
from syncd.configuration.settings import Workspace
from syncd.configuration.yaml_files import read_file, read_text, shaped
from syncd.periods import pay_calendars
from syncd.plans.examples import Example, Examples, ReadExample, read_example
from syncd.plans.meaning import OF_A_PART, faults, known_to

#: How the files beside plans end that hold worked examples of them.
EXAMPLES = ".test.yaml"


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A file of a plan without mistakes; `path` is relative to the workspace."""

    path: str
    document: Document
    plan: Plan

    @property
    def hash(self) -> str:
        """The sha256 of its text: what is published is exactly this."""
        return text_hash(self.document.text)


def text_hash(text: str) -> str:
    """Give the sha256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def plan_files(workspace: Workspace, published: Mapping[str, tuple[Plan, ...]]) -> tuple[PlanFile, ...]:
    """Read every plan of a workspace, by path; `published` are the plans' published texts, the oldest first.

    Raises `FixFile` with all mistakes of all files.
    """
    mistakes: list[Mistake] = []
    found = [_plan(workspace, path, published, mistakes) for path in plan_paths(workspace)]
    read = [one for one in found if one is not None]
    mistakes += _named_twice(read)
    if mistakes:
        raise all_of(mistakes)
    return tuple(read)


def plan_file(workspace: Workspace, path: str, published: Mapping[str, tuple[Plan, ...]]) -> PlanFile:
    """Read one plan. Raises `FixFile` with all its mistakes, or where there is no such file in the workspace."""
    if wrong := unreadable(workspace.folder, path):
        raise FixFile(f"{path}: {wrong}")
    mistakes: list[Mistake] = []
    found = _plan(workspace, path, published, mistakes)
    if mistakes or found is None:
        raise all_of(mistakes)
    return found


def plan_paths(workspace: Workspace) -> tuple[str, ...]:
    """Give the files of plans, sorted; none where `syncd.yaml` does not say where they are."""
    if workspace.plans is None:
        return ()
    folder = workspace.folder.resolve()
    found = (path for path in folder.glob(workspace.plans) if path.is_file() and not path.name.endswith(EXAMPLES))
    inside = (path.resolve() for path in found)
    return tuple(sorted(path.relative_to(folder).as_posix() for path in inside if path.is_relative_to(folder)))


@lru_cache(maxsize=1_000)
def parsed(version: PlanVersion) -> Document:
    """Give a published text as a document."""
    return read_text(version.path, version.text.encode(), [])


def worked_examples(workspace: Workspace, file: PlanFile) -> tuple[tuple[Example, ReadExample], ...]:
    """Read the worked examples beside a plan's file; none where there is no such file.

    Raises `FixFile` with all mistakes of that file.
    """
    path = file.path.removesuffix(".yaml") + EXAMPLES
    if not (workspace.folder / path).is_file():
        return ()
    mistakes: list[Mistake] = []
    document = read_file(workspace.folder, path, mistakes)
    form = shaped(Examples, document, (), mistakes) if document.data is not None else None
    found = []
    calendars = pay_calendars(workspace)
    calendar = calendars[file.plan.calendar or workspace.calendar.name]
    for nth, example in enumerate(form.tests if form is not None and not mistakes else ()):
        read = read_example(example, file.plan, known_to(workspace).columns, calendar)
        if isinstance(read, ReadExample):
            found.append((example, read))
        else:
            mistakes += [document.mistake(("tests", nth, *one.path), one.message, of_key=True) for one in read]
    if mistakes:
        raise all_of(mistakes)
    return tuple(found)


@lru_cache(maxsize=1_000)
def published_plan(version: PlanVersion) -> Plan:
    """Give the plan of a published text: it had no mistake when it was published."""
    mistakes: list[Mistake] = []
    plan = shaped(Plan, parsed(version), (), mistakes)
    if mistakes or plan is None:
        raise all_of(mistakes)
    return plan


def _plan(
    workspace: Workspace, path: str, published: Mapping[str, tuple[Plan, ...]], mistakes: list[Mistake]
) -> PlanFile | None:
    document = read_file(workspace.folder, path, mistakes)
    shape: list[Mistake] = []
    plan = shaped(Plan, document, (), shape) if document.data is not None else None
    mistakes += shape
    if plan is None:
        return None
    wrong = {one.path for one in shape}
    for one in faults(workspace, plan, published.get(plan.plan, ())):
        if not _follows(one.path, wrong):
            mistakes.append(document.mistake(one.path, one.message, one.offset, of_key=one.of_key))
    return PlanFile(path, document, plan)


def _follows(path: Keys, wrong: Collection[Keys]) -> bool:
    """Tell whether a mistake may follow from parts that did not fit and were left out.

    The measure of a component from those of credits and measures; that nobody needs a measure, or that nothing is paid,
    from those of components.
    """
    parts = {one[0] for one in wrong if one}
    if path[:1] == ("components",) and path[-1] == "measure" and parts & {"credit", "measures"}:
        return True
    if "components" in parts and (path == ("components",) or (path[:1] == ("measures",) and len(path) == OF_A_PART)):
        return True
    return any(path[:length] in wrong for length in range(1, len(path) + 1))


def _named_twice(files: list[PlanFile]) -> Iterator[Mistake]:
    first: dict[str, str] = {}
    for one in files:
        if one.plan.plan in first:
            message = f"'{one.plan.plan}' is the plan of {first[one.plan.plan]} already: one file says how it earns"
            yield one.document.mistake(("plan",), message)
        first.setdefault(one.plan.plan, one.path)
