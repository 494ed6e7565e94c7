"""What was said of the files of the configuration: acts of the audit, which name them by the hash they are kept by."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from domain.configured import Files, FilesSaid, Said
from store import tables
from store.audit import audit

#: What the acts are about.
ABOUT = "configuration"
#: As what the list of files is kept beside their texts.
LIST = "(files)"
_ACTS = frozenset(Said)


def files_said(tx: Connection) -> list[FilesSaid]:
    """Give what was said, in its order."""
    return [
        FilesSaid(Said(row.act), row.digest, row.for_user or row.by, row.at, row.reason)
        for row in audit(tx, about=ABOUT)
        if row.act in _ACTS  # what was refused is about it, too
    ]


def files_text(files: Files) -> str:
    """Write the list of files as it is kept."""
    said = {"four_eyes": files.four_eyes, "meanings": dict(files.meanings), "texts": dict(files.texts)}
    return json.dumps(said, sort_keys=True)


def files_kept(tx: Connection, hash_: str) -> Files:
    """Give the files that are kept under a hash."""
    said = json.loads(configuration_text(tx, hash_))
    return Files(said["meanings"], said["texts"], said["four_eyes"])


def configuration_text(tx: Connection, hash_: str) -> str:
    """Give a text of the configuration by the hash it is kept by."""
    kept = tables.configuration
    return str(tx.execute(select(kept.c.text).where(kept.c.hash == hash_)).scalar_one())
