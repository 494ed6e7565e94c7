"""A decision about many changes, written down so that a worker can do it: of which, by whom, how."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from domain.rejection import Scope
from domain.value import digest
from syncd.changes.decide import Approval, Outcome, Rejecting, approve, reject
from syncd.show import QUIET, Progress
from syncd.world import Actor, World


@dataclass(frozen=True, slots=True)
class Deciding:
    """What a user decided about changes by id.

    user  the number of who decided; what is theirs to decide is asked again when it is done
    """

    user: int
    ids: Sequence[int]
    how: Approval | Rejecting

    @property
    def verdict(self) -> str:
        """Name the act, as the audit does."""
        return "approve" if isinstance(self.how, Approval) else "reject"

    @property
    def done(self) -> str:
        """Say what was done, once it is."""
        return "approved" if isinstance(self.how, Approval) else "rejected"

    @property
    def about(self) -> str:
        """Give what tells it from any other decision: asked for twice, it is the same."""
        return f"{self.verdict} {digest(self.text)[:16]}"

    def do(self, world: World, ids: Sequence[int], who: Actor, progress: Progress = QUIET) -> Outcome:
        """Decide those of the changes that are in sight (`ids`). Errors are those of `approve` and `reject`."""
        return decide(world, ids, self.how, who, progress)

    @property
    def text(self) -> str:
        """Write it down, ids as spans from one to another."""
        how = {name: str(said) if isinstance(said, date) else said for name, said in asdict(self.how).items()}
        return json.dumps({"user": self.user, "verdict": self.verdict, "how": how, "ids": _spans(self.ids)})

    @classmethod
    def read(cls, text: str) -> Deciding:
        """Read what `text` wrote."""
        document = json.loads(text)
        ids = tuple(one for first, last in document["ids"] for one in range(first, last + 1))
        how = {**document["how"], "fields": tuple(document["how"]["fields"])}
        if document["verdict"] == "approve":
            return cls(document["user"], ids, Approval(**{**how, "effective": _day(how["effective"])}))
        return cls(
            document["user"], ids, Rejecting(**{**how, "scope": Scope(how["scope"]), "until": _day(how["until"])})
        )


def decide(
    world: World, ids: Sequence[int], how: Approval | Rejecting, who: Actor, progress: Progress = QUIET
) -> Outcome:
    """Approve or reject changes by id for somebody. Errors are the same."""
    if isinstance(how, Approval):
        return approve(world, ids, how, who, progress)
    return reject(world, ids, how, who, progress)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _spans(ids: Sequence[int]) -> list[tuple[int, int]]:
    """Write ids as spans, both ends included: what one run proposed is one."""
    spans: list[tuple[int, int]] = []
    for one in sorted(set(ids)):
        if spans and spans[-1][1] == one - 1:
            spans[-1] = (spans[-1][0], one)
        else:
            spans.append((one, one))
    return spans
