"""By what feeds of facts name people: an id's name, or a source whose keys they are."""

from __future__ import annotations

from mapping.facts import compile_facts
from syncd.configuration.settings import Workspace


def facts_name_by(workspace: Workspace) -> frozenset[str]:
    """Name the ids and the sources by which any feed of facts, or of quotas, names people."""
    found: set[str] = set()
    for feed in workspace.feeds.values():
        if feed.into.facts is not None:
            form = compile_facts(feed.mapping, feed.into.facts, workspace.source_names, workspace.tables)
            found |= set(form.named_by.values())
    return frozenset(found)
