"""Files on an SFTP server as a source: fetched, then read like files of this machine (`connectors.file`)."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from connectors.base import Source
from connectors.extra import module_of
from connectors.file.pickup import Pickup
from connectors.file.source import Files
from connectors.sftp.settings import Settings

__all__ = ["Settings", "open_source"]


def open_source(settings: Settings, roots: tuple[Path, ...]) -> Source:
    """Open files on a server; nothing is sent before they are asked for. `FixFile` where the package is missing."""
    server = module_of("connectors.sftp.server", "sftp")
    return Files(settings, cast("Pickup", server.Server(settings, roots)))
