"""Write down what a run proposes, a bounded number at a time, so that nobody sees any of it before the run is done.

A change that is open already keeps its identity: it is only noted that it was seen again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from domain.change import Change, Kind, State
from domain.record import Conflict
from domain.value import Values
from engine.candidates import newcomer_rows
from engine.session import Row, Session
from store.change_rows import Proposed
from store.changes import OpenChange, asked_elsewhere, insert_changes, open_changes
from store.conflicts import ConflictState, conflict_digest, conflicts, insert_conflicts
from store.database import reading, writing
from store.head import allocate, take_revision
from store.people import FIRST_SEEN, IDENTITY, LinkRow, PersonRow, insert_links, insert_people
from store.runs import Lease
from syncd.changes.rehiring import with_what_ends
from syncd.configuration.settings import FeedSettings
from syncd.world import World

#: How many rows one transaction writes.
CHUNK = 10_000


class Proposals:
    """Everything one run proposes; nothing of it is visible before it is settled."""

    def __init__(self, world: World, lease: Lease, feed: FeedSettings, baseline: int, *, dry: bool) -> None:
        """Learn which changes and questions are there already, those that another feed asks for too."""
        self._world, self._lease, self._feed, self._dry = world, lease, feed, dry
        self.baseline = baseline
        self._waiting: list[Change] = []
        self._questions: list[Conflict] = []
        self._asked: set[str] = set()
        self.shown: list[Change] = []
        self.new: Counter[tuple[Kind, bool]] = Counter()  #: by kind and whether it is kept back
        with reading(world.database) as tx:
            self.known: dict[str, OpenChange] = {
                change.fingerprint: change
                for change in open_changes(tx, feed.name, states=(State.PENDING, State.HELD, State.SUPPRESSED))
            }
            self._elsewhere = asked_elsewhere(tx, feed.name)
            asked = conflicts(tx, state=ConflictState.OPEN)
        #: Its questions, and those of other feeds about values that its source says, too.
        self.open_questions = {
            one.digest: one for one in asked if one.feed == feed.name or feed.source.name in dict(one.conflict.values)
        }
        self.seen: set[int] = set()
        self.seen_questions: set[int] = set()

    def keep_newcomers(self, session: Session) -> None:
        """Know from now on whom the read named and nobody knew."""
        for rows in newcomer_rows(session, CHUNK):
            self._keep_people([_newcomer(row) for row in rows], [(str(row[1]), int(str(row[0]))) for row in rows])

    def keep_stranger(self, person: PersonRow, key: str) -> None:
        """Know from now on somebody who looked like a known person and is not."""
        self._keep_people([person], [(key, person.id)])

    def new_people(self, count: int = 1) -> int:
        """Give the first of `count` ids for people nobody knew."""
        with writing(self._world.database) as tx:
            return allocate(tx, "person", count)

    def ask(self, changes: Iterable[Change]) -> None:
        """Propose changes, or keep back those that are suppressed; writes when enough have come together."""
        self._waiting.extend(changes)
        if len(self._waiting) >= CHUNK:
            self.flush()

    def question(self, conflict: Conflict) -> None:
        """Ask what only a person can answer."""
        key = conflict_digest(self._feed.name, conflict)
        if known := self.open_questions.get(key):
            self.seen_questions.add(known.id)
        elif key not in self._asked:
            self._asked.add(key)
            self._questions.append(conflict)

    def flush(self) -> None:
        """Write what has come together."""
        fresh: dict[str, Change] = {}
        for change in with_what_ends(self._world, self._waiting):
            fingerprint = change.fingerprint
            known = self.known.get(fingerprint)
            if known and (known.state == State.SUPPRESSED) == (change.state is State.SUPPRESSED):
                self.seen.add(known.id)
            elif fingerprint not in self._asked and fingerprint not in self._elsewhere:
                self._asked.add(fingerprint)
                fresh[fingerprint] = change
        self._waiting.clear()
        self.new.update((change.kind, change.state is State.SUPPRESSED) for change in fresh.values())
        if self._dry:
            source = self._feed.source.name
            self.shown.extend(replace(one, baseline=self.baseline, source=source) for one in fresh.values())
        elif fresh or self._questions:
            self._write(fresh)

    def _write(self, fresh: Mapping[str, Change]) -> None:
        if fresh:
            with writing(self._world.database) as tx:
                first = allocate(tx, "change", len(fresh))
                proposed = Proposed(first, self._feed.source.name, self.baseline, fresh)
                insert_changes(tx, self._lease, fresh.values(), proposed=proposed)
        if self._questions:
            with writing(self._world.database) as tx:
                first = allocate(tx, "conflict", len(self._questions))
                insert_conflicts(tx, self._lease, list(enumerate(self._questions, first)))
            self._questions.clear()

    def _keep_people(self, people: Sequence[PersonRow], keys: Sequence[tuple[str, int]]) -> None:
        if self._dry:
            return
        source = self._feed.source.name
        links = [LinkRow(source, key, person, FIRST_SEEN) for key, person in keys]
        with writing(self._world.database) as tx:
            revision = take_revision(tx, self._world.now(), "stage")
            insert_people(tx, self._lease, people, revision)
            insert_links(tx, self._lease, links, revision)


def person_told(number: int, values: Values) -> PersonRow:
    """Give the row of somebody as a record, or what is typed, tells of them: an employee where it says no kind."""
    told = {name: value for name, value in values.items() if isinstance(value, str)}
    hired = told.get("hire_date")
    return PersonRow(
        id=number,
        kind=told.get("kind", "employee"),
        name=told.get("name"),
        employee_id=told.get("employee_id"),
        partner_id=told.get("partner_id"),
        vendor_id=told.get("vendor_id"),
        universal_id=told.get("universal_id"),
        email=told.get("email"),
        hire_date=date.fromisoformat(hired) if hired else None,
    )


def _newcomer(row: Row) -> PersonRow:
    number, _, *cells = row
    texts = (None if cell is None else str(cell) for cell in cells)
    return person_told(int(str(number)), dict(zip(("kind", *IDENTITY), texts, strict=True)))
