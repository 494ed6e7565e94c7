"""A kind of source that is a module of its own: what `kind: tests.configuration.lettered` names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Settings:
    """`{kind: tests.configuration.lettered, letters: [a, b]}`."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    letters: tuple[str, ...]
