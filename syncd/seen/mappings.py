"""What is made of a feed's rows, in words: for who is to agree with it, and does not read YAML."""

from __future__ import annotations

from domain.whose import Mode, OnNull, Whose, ordered
from mapping.told import told_fields, told_rows
from syncd.configuration.settings import FeedSettings, Workspace
from syncd.documents import Document

_MODES = {
    Mode.PROPOSE: "a difference is proposed",
    Mode.ENFORCE: "a difference is proposed, and nothing is corrected here",
    Mode.SEED: "taken when somebody is added, ours from then on",
    Mode.LOCAL: "ours: never from a source",
}
_NULLS = {
    OnNull.CLEAR: None,
    OnNull.KEEP: "nothing from the source changes nothing",
    OnNull.FALLBACK: "where it has nothing the next source counts",
}


def mapping_document(workspace: Workspace, feed: FeedSettings) -> Document:
    """Give the mapping of a feed as `--json` gives it."""
    fields = told_fields(feed.mapping, workspace.attributes, feed.into.facts)
    names = [one.name for one in fields if not one.name.startswith("_")]
    whose = ordered(workspace.whose, names, workspace.roster_sources) if feed.into.facts is None else {}
    return {
        "feed": feed.name,
        "source": feed.source.name,
        "stream": feed.stream,
        "into": feed.into.value,
        "file": feed.mapping_path,
        "rows": list(told_rows(feed.mapping)),
        "fields": [
            {
                "field": one.name.removeprefix("_"),
                "type": one.type.value,
                "columns": list(one.columns),
                "how": list(one.how),
                "whose": _whose(whose[one.name]) if one.name in whose else None,
            }
            for one in fields
        ],
    }


def _whose(whose: Whose) -> str:
    told = [_MODES[whose.mode], _NULLS[whose.on_null]]
    if whose.sources:
        told.insert(0, f"{', then '.join(whose.sources)}")
    return "; ".join(one for one in told if one)
