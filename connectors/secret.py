"""Secrets: named in the configuration, never written there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from connectors.sealing import unseal
from domain.errors import FixAccess

#: How a file is called whose content is sealed (`connectors.sealing`).
SEALED = ".sealed"


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is: `{env: HR_SFTP_PASSWORD}`, or `{file: secrets/hr_sftp}`.

    A file lies inside the workspace or SYNCD_FILE_ROOTS; the line break at its end is not part of it. One whose name
    ends with `.sealed` was written by `syncd secrets seal`. Variables whose names begin with SYNCD_ are the program's
    own, and no secrets of a source.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    env: str | None = None
    file: str | None = None

    def __post_init__(self) -> None:
        """Refuse what names none, or two."""
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret is `{env: NAME}` or `{file: PATH}`, and never written here")
        if self.env is not None and self.env.startswith("SYNCD_"):
            raise ValueError(f"{self.env} is a setting of syncd, and no secret of a source")

    def read(self, roots: tuple[Path, ...]) -> str:
        """Give the secret; `FixAccess` where it is not there, or lies elsewhere."""
        if self.env is not None:
            value = os.environ.get(self.env, "")
            where = f"the variable {self.env}"
        else:
            path = (roots[0] / str(self.file)).resolve()
            where = f"the file {self.file}"
            if not any(path.is_relative_to(root.resolve()) for root in roots):
                raise FixAccess(f"{where} lies outside the workspace: allow its folder in SYNCD_FILE_ROOTS")
            try:
                value = path.read_text(encoding="utf-8")
            except (OSError, UnicodeError):
                raise FixAccess(f"{where}, which holds a secret, cannot be read") from None
            value = value.removesuffix("\n").removesuffix("\r")
            if path.suffix == SEALED:
                value = unseal(value)
        if not value:
            raise FixAccess(f"{where}, which holds a secret, is empty or not there: the operator sets it")
        return value
