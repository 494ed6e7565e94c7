"""What operators are told of: a feed or a close that does not go on by itself, once for each cause.

```yaml
alerts:
  ops: {email: {to: [ops@example.com], from: syncd@example.com, server: smtp.example.com}, digest: daily at 08:00}
  hook: {webhook: {url: https://hooks.example.com/syncd, secret: {env: HOOK_SECRET}}, of: [failed, held]}
```

The facts of a cause are names, numbers and codes. A value of a record is never among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.errors import FixAccess


class AlertKind(StrEnum):
    """What has happened."""

    FAILED = "failed"  #: a feed could not be read, or not to its end
    HELD = "held"  #: a run's changes wait for a release
    LATE = "late"  #: a schedule's time is over and nothing has begun
    DRIFTED = "drifted"  #: a source no longer has the shape that its mapping reads
    REFUSED = "refused"  #: a source refuses us
    CLOSE_BLOCKED = "close_blocked"  #: a pay run that was submitted cannot go on as it is
    UNEXPECTED = "unexpected"  #: messages come that nobody expects, or that no feed is about
    UNSENT = "unsent"  #: something that goes outside did not, and nobody tries any more
    DIGEST = "digest"  #: not a cause: what waits for a decision, once a day


#: What one may ask to be told of; a digest is asked for apart.
KINDS = tuple(kind for kind in AlertKind if kind is not AlertKind.DIGEST)

#: Codes of problems with the shape of a whole read.
_DRIFT = ("column_gone", "header")

_TITLES = {
    AlertKind.FAILED: "{about} could not be read",
    AlertKind.HELD: "{about} is held",
    AlertKind.LATE: "{about} is late",
    AlertKind.DRIFTED: "{about} has changed its shape",
    AlertKind.REFUSED: "{about} refuses us",
    AlertKind.CLOSE_BLOCKED: "the close of {about} is blocked",
    AlertKind.UNEXPECTED: "{about} sends messages that nobody expects",
    AlertKind.UNSENT: "effects outside did not go",
    AlertKind.DIGEST: "what waits for a decision",
}
_REMEDIES = {
    AlertKind.FAILED: "`syncd jobs` has the message; it is tried again at its next time",
    AlertKind.HELD: "look at `syncd hold list` and `syncd changes --state held`, then release or leave it",
    AlertKind.LATE: "see that a clock and a worker run; `syncd doctor` tells what is in the way",
    AlertKind.DRIFTED: "`syncd check --online` shows which columns are gone; mend the mapping or the source",
    AlertKind.REFUSED: "have access given back; `syncd check --online` tells when it works again",
    AlertKind.CLOSE_BLOCKED: "return it, calculate it again, and submit the new results",
    AlertKind.UNEXPECTED: "`syncd outbound list` counts them; name the action in `outbound:`, add the feed, or have "
    "the org's administrator end or correct the outbound message",
    AlertKind.UNSENT: "`syncd outbox` lists them; send them again or drop them",
    AlertKind.DIGEST: "`syncd changes --state pending`, `syncd conflicts`, `syncd hold list`",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for one alert.

    about   the feed, or the pay run
    which   tells it from others of its kind about the same: the run that was first held with this content
    """

    kind: AlertKind
    about: str
    which: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Give what it is known by: of the same name there is one at a time."""
        return ":".join(part for part in (self.kind.value, self.about, self.which) if part)


def title_of(kind: AlertKind, about: str) -> str:
    """Say in a line what has happened."""
    return _TITLES[kind].format(about=about)


def text_of(kind: AlertKind, about: str, facts: Mapping[str, str | int]) -> str:
    """Say what has happened, what is known of it, and what to do."""
    lines = [f"{title_of(kind, about)}.", ""]
    lines += [f"  {name}: {value}" for name, value in facts.items()]
    lines += [""] if facts else []
    return "\n".join((*lines, f"What to do: {_REMEDIES[kind]}.", ""))


def kind_of_failure(code: str | None) -> AlertKind:
    """Say what a failed run is to operators, by the code of what failed it."""
    if code in _DRIFT:
        return AlertKind.DRIFTED
    return AlertKind.REFUSED if code == FixAccess.code else AlertKind.FAILED
