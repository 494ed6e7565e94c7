"""Files in a bucket as a source: fetched, then read like files of this machine (`connectors.file`)."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from connectors.base import Source
from connectors.extra import module_of
from connectors.file.pickup import Pickup
from connectors.file.source import Files
from connectors.s3.settings import Settings

__all__ = ["Settings", "open_source"]


def open_source(settings: Settings, roots: tuple[Path, ...]) -> Source:
    """Open files in a bucket; nothing is sent before they are asked for. `FixFile` where the package is missing."""
    bucket = module_of("connectors.s3.bucket", "s3")
    return Files(settings, cast("Pickup", bucket.Bucket(settings, roots)))
