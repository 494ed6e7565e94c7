"""A support bundle: what somebody who is asked for help needs, and no value of a record, no text of a configuration.

A zip of JSON and text: the doctor's findings, counts, runs and jobs by number and outcome, what is configured in
words of ours. Messages, keys, names of people, addresses and secrets stay out; so do the texts of files, which may
hold them. Only what is listed here gets in.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from store.database import reading
from store.head import current_revision
from store.jobs import jobs
from store.outbox import effects
from store.runs import runs
from store.sizes import table_sizes
from syncd.documents import Document
from syncd.operation.doctor import Finding
from syncd.operation.metrics import metrics
from syncd.world import World

_NEWEST = 500


def write_bundle(world: World, findings: Sequence[Finding], target: Path) -> list[str]:
    """Write the bundle; gives the names of what is in it."""
    parts = {
        "doctor.json": _text([{"check": one.check, "state": one.state, "what": one.what} for one in findings]),
        "metrics.txt": metrics(world).decode(),
        "workspace.json": _text(_workspace(world)),
        **{name: _text(document) for name, document in _kept(world).items()},
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in parts.items():
            bundle.writestr(name, text)
    return list(parts)


def finding_documents(findings: Iterable[Finding]) -> list[Document]:
    """Give findings as `--json` has them."""
    return [{"check": one.check, "state": one.state.value, "what": one.what, "remedy": one.remedy} for one in findings]


def _workspace(world: World) -> Document:
    workspace = world.workspace
    return {
        "configuration": world.configuration_hash,
        "files": [{"number": number, "sha256": one.hash} for number, one in enumerate(workspace.texts, 1)],
        "environment": sorted(name for name in os.environ if name.startswith("SYNCD_")),
        "feeds": [
            {
                "feed": name,
                "source_kind": feed.source.kind,
                "into": feed.into.value,
                "full": feed.full if isinstance(feed.full, bool) else feed.full.text,
                "schedule": feed.schedule.text if feed.schedule else None,
                "missed": feed.missed.value,
                "fields": len(feed.mapping.fields),
            }
            for name, feed in workspace.feeds.items()
        ],
        "calendars": [{"zone": one.timezone.key, "cut": one.cuts.cut} for one in workspace.calendars.values()],
        "alerts": [
            {"by": type(one.way).__name__, "of": [kind.value for kind in one.of]} for one in workspace.alerts.values()
        ],
    }


def _kept(world: World) -> dict[str, object]:
    with reading(world.database) as tx:
        return {
            "runs.json": [
                {
                    "run": f"R{one.id}",
                    "feed": one.feed,
                    "state": one.state.value,
                    "code": one.code,
                    "dry": one.dry,
                    "full": one.full_read,
                    "begun": one.started_at.isoformat(),
                    "ended": one.finished_at.isoformat() if one.finished_at else None,
                    "counters": one.counters,
                    "held": one.hold_digest is not None,
                    "configuration": one.configuration_hash,
                }
                for one in runs(tx)[-_NEWEST:]
            ],
            "jobs.json": [
                {
                    "job": f"T{one.id}",
                    "about": one.about,
                    "state": one.state.value,
                    "planned": one.planned.isoformat() if one.planned else None,
                    "attempts": one.attempts,
                    "run": one.run,
                    "outcome": one.outcome,
                }
                for one in jobs(tx, limit=_NEWEST)
            ],
            "outbox.json": [
                {"effect": f"E{one.id}", "kind": one.kind, "state": one.state.value, "code": one.code}
                for one in effects(tx, limit=_NEWEST)
            ],
            "sizes.json": {"revision": current_revision(tx), "rows": table_sizes(tx)},
        }


def _text(document: object) -> str:
    return json.dumps(document, indent=1)
