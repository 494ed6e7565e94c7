"""Reads a workspace's YAML files.

`load_workspace(folder)` gives a `Workspace`, or raises `FixFile` with every mistake of every
file, each with line and column. `python -m syncd.configuration.workspace schemas` writes the JSON Schemas anew.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from calc.inputs import is_same_kind
from domain.attributes import STANDARD, AttributeType
from domain.errors import FixFile
from domain.problem import Mistake
from formula.expression import ColumnType
from mapping.check import check
from mapping.facts import columns_of
from mapping.rules import resolve, table_of
from mapping.spec import Mapping as FieldMapping
from syncd.configuration import json_schema, kinds, meaning
from syncd.configuration.document import Document, Keys, all_of, unreadable
from syncd.configuration.forms import SourceForm, WorkspaceForm
from syncd.configuration.memberships import feeds_of_plans
from syncd.configuration.settings import ConfigurationText, Into, SourceSettings, Workspace
from syncd.configuration.wording import Fault
from syncd.configuration.yaml_files import read_file, schema_of, shaped

WORKSPACE_FILE = "syncd.yaml"
_SECTIONS = ("sources", "feeds", "calendars", "custom_attributes", "alerts", "write_back")


def load_workspace(folder: Path) -> Workspace:
    """Read `syncd.yaml` of a folder and every mapping file it names.

    Raises `FixFile` with all mistakes of all files, sorted by file, line and column.
    """
    if not (folder / WORKSPACE_FILE).is_file():
        remedy = "`syncd init` makes a workspace, `--workspace DIR` names another folder"
        missing = f"there is no {WORKSPACE_FILE} in {folder.absolute()}: {remedy}"
        raise FixFile(missing, (Mistake((), missing, file=WORKSPACE_FILE),))
    mistakes: list[Mistake] = []
    document = read_file(folder, WORKSPACE_FILE, mistakes)
    form = shaped(WorkspaceForm, document, (), mistakes)
    sources: dict[str, SourceSettings] = {}
    custom: dict[str, AttributeType] = {}
    if form:
        named = {section: document.names(section) for section in _SECTIONS} | {"": document.names()}
        mistakes += _placed(document, meaning.faults(form, named), {one.path for one in mistakes})
        sources = _sources(form, document, mistakes)
        custom = meaning.custom_attributes(form)
    mappings, documents = _mappings(folder, document, custom, mistakes)
    if form and not mistakes:
        mistakes += _clashes(form, mappings, documents)
        mistakes += (
            *_emptied(form, sources, document),
            *_undated(form, mappings, document),
            *_same_population(form, mappings, document),
            *_placed(document, feeds_of_plans(form, mappings), set()),
        )
    if mistakes or form is None:
        raise all_of(mistakes)
    texts = tuple(
        ConfigurationText(one.name, one.text, hashlib.sha256(one.text.encode()).hexdigest())
        for one in (document, *documents)
    )
    return meaning.workspace(folder, form, sources, mappings, texts)


def read_plain(path: Path) -> Any:  # noqa: ANN401 - a document
    """Read one YAML file whose form is its reader's own affair. `FixFile` with every mistake of its writing."""
    mistakes: list[Mistake] = []
    document = read_file(path.parent, path.name, mistakes)
    if mistakes:
        raise FixFile(f"{path.name} cannot be read", tuple(mistakes))
    return document.data


def schemas() -> Iterator[tuple[str, str]]:
    """Yield name and text of each file of `schemas/`; a test holds the two together."""
    return json_schema.texts(schema_of)


def _mappings(
    folder: Path, document: Document, custom: dict[str, AttributeType], mistakes: list[Mistake]
) -> tuple[dict[str, FieldMapping], list[Document]]:
    """Read the mapping files that the feeds name, each once, whatever else is wrong with the feeds."""
    unsure: set[Keys] = {one.path[:2] for one in mistakes if one.path[:1] == ("custom_attributes",)}
    known = STANDARD | {name: own for name, own in custom.items() if ("custom_attributes", name) not in unsure}
    files = {feed: _scalar(document, feed, "mapping") for feed in document.names("feeds")}
    uses = {feed: _use(document, feed) for feed in files}
    mappings: dict[str, FieldMapping] = {}
    documents: dict[str, Document] = {}
    shapes: dict[str, list[Mistake]] = {}
    for feed, name in files.items():
        if not name or name in documents:
            continue
        if wrong := unreadable(folder, name):
            mistakes.append(document.mistake(("feeds", feed, "mapping"), wrong))
            continue
        documents[name] = read_file(folder, name, mistakes)
        shapes[name] = []
        if found := shaped(FieldMapping, documents[name], (), shapes[name]):
            mappings[name] = found
        mistakes += shapes[name]
    tables = {
        table: table_of(mappings[files[feed]])
        for feed, into in uses.items()
        if into is Into.TABLES and (table := _scalar(document, feed, "table")) and files[feed] in mappings
    }
    for name, into in dict.fromkeys((files[feed], into) for feed, into in uses.items()):
        if into is None or (mapping := mappings.get(name)) is None:
            continue
        # what is said of a rule without its wrong parts, or of an attribute declared wrongly, may follow
        after: set[Keys] = {one.path[:2] for one in shapes[name]}
        for field in mapping.fields.keys() - known.keys():
            if into is Into.PARTICIPANTS and unsure & {("custom_attributes",), ("custom_attributes", field)}:
                after.add(("fields", field))
        credited = Into.CREDITS in uses.values()
        inside = check(mapping, known, tuple(uses), into.facts, credited=credited, tables=tables)
        mistakes += _placed(documents[name], map(_of_rule, inside), after)
    return mappings, list(documents.values())


def _scalar(document: Document, feed: str, key: str) -> str:
    """Give what a feed says under a key as it is written; nothing where it says no single value."""
    place = document.places.get(("feeds", feed, key))
    return place.scalar.value if place and place.scalar else ""


def _use(document: Document, feed: str) -> Into | None:
    """Give what a feed feeds, as far as its configuration says; None where that is nothing we know."""
    word = _scalar(document, feed, "into") or Into.PARTICIPANTS.value
    return next((one for one in Into if one.value == word), None)


def _clashes(form: WorkspaceForm, mappings: dict[str, FieldMapping], documents: list[Document]) -> Iterator[Mistake]:
    """Yield the fields of transactions and scores that two feeds mean differently: one column cannot be both."""
    by_name = {one.name: one for one in documents}
    known: dict[str, tuple[str, ColumnType]] = {}
    for name, feed in form.feeds.items():
        if feed.into not in (Into.TRANSACTIONS, Into.SCORES):
            continue
        columns = columns_of(resolve(mappings[feed.mapping], STANDARD, feed.into.facts))
        for field in sorted(columns.keys() & mappings[feed.mapping].fields.keys() - {"participant", "measure"}):
            kind = columns[field]
            first, other = known.setdefault(field, (name, kind))
            if not is_same_kind(kind, other):
                message = f"feed '{first}' has a '{field}' of another type: give both one type, or rename one of them"
                yield by_name[feed.mapping].mistake(("fields", field), message, of_key=True)


def _emptied(form: WorkspaceForm, sources: dict[str, SourceSettings], document: Document) -> Iterator[Mistake]:
    """Yield the feeds of a source that another feed reads first, when it takes away what was read."""
    first: dict[str, str] = {}
    for name, feed in form.feeds.items():
        reader = first.setdefault(feed.source, name)
        if reader != name and getattr(sources[feed.source].settings, "archive", None) is not None:
            message = (
                f"'{feed.source}' takes its files away once `{reader}` has read them: give each feed its own source"
            )
            yield document.mistake(("feeds", name, "source"), message)


def _undated(form: WorkspaceForm, mappings: dict[str, FieldMapping], document: Document) -> Iterator[Mistake]:
    """Yield the feeds of people whose rows are histories and do not say from which day they hold."""
    for name, feed in form.feeds.items():
        if feed.history and feed.into is Into.PARTICIPANTS and mappings[feed.mapping].effective is None:
            message = f"a history is known by key and day: map `effective` in {feed.mapping}"
            yield document.mistake(("feeds", name, "history"), message, of_key=True)


def _same_population(form: WorkspaceForm, mappings: dict[str, FieldMapping], document: Document) -> Iterator[Mistake]:
    """Yield the feeds that say who joins and leaves of the same people as another one."""
    first: dict[tuple[str, str | None, str | None], str] = {}
    for name in meaning.owners_of(form):
        feed = form.feeds[name]
        owner = first.setdefault((feed.source, feed.stream, mappings[feed.mapping].where), name)
        if owner != name:
            message = (
                f"'{owner}' says who joins and leaves of the same people: let `where` in the mapping of each tell its "
                "own, or leave this out"
            )
            yield document.mistake(("feeds", name, "owns_roster"), message)


def _of_rule(mistake: Mistake) -> Fault:
    """Say a mistake of a whole rule of its key, be the rule written long or short."""
    of_key = len(mistake.path) == 2 and mistake.path[0] == "fields"  # noqa: PLR2004 - `fields` and the attribute
    return Fault(mistake.path, mistake.message, of_key, mistake.offset)


def _sources(form: WorkspaceForm, document: Document, mistakes: list[Mistake]) -> dict[str, SourceSettings]:
    """Give the settings of each source in the form that its kind has for them."""
    sources = {}
    for name, data in form.sources.items():
        path: Keys = ("sources", name)
        own = {key: data[key] for key in ("kind", "people") if key in data}
        common = shaped(SourceForm, document, path, mistakes, own)
        if common is None:
            continue
        found = kinds.settings_of(common.kind)
        if isinstance(found, str):
            mistakes.append(document.mistake((*path, "kind"), found))
            continue
        rest = {key: value for key, value in data.items() if key not in own}
        settings = shaped(found, document, path, mistakes, rest)
        sources[name] = SourceSettings(name, common.kind, settings, one_record=common.people is not None)
    return sources


def _placed(document: Document, found: Iterable[Fault], wrong: set[Keys]) -> list[Mistake]:
    """Place what is wrong with the meaning, less what is under a path whose form is wrong already."""
    return [
        document.mistake(one.path, one.message, one.offset, of_key=one.of_key)
        for one in found
        if not any(one.path[:length] in wrong for length in range(1, len(one.path) + 1))
    ]


if __name__ == "__main__":
    for name, text in schemas():
        (Path(sys.argv[1]) / name).write_text(text, encoding="utf-8")
