"""One transaction's applying of approved changes: does each still fit, and what does it write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from domain.attributes import MERGED_INTO, NAMED_BY, STRONG_IDS, is_dated
from domain.change import JOINING, Change, Kind
from domain.decide import apply, moved, narrowed, redated
from domain.erase import names_another
from domain.posts import primary_of
from domain.rehire import ended_by, left_over
from domain.step import Step, Version
from domain.together import Together
from domain.value import Value, Values, as_day
from store.bulk import NO_ROWS
from store.changes import contradictions, split_change
from store.erasing import kept_names
from store.head import allocate
from store.history import Engagement, end_steps, insert_steps, replace_versions, steps_of, versions_of
from store.linking import Linking, apart_from, write_linking
from store.named import holders
from store.people import IDENTITY, PersonRow, make_participants, people_of, update_identity
from syncd.changes.merging import Merging
from syncd.changes.relinking import Relinking

#: Kinds that make or unmake an employment: nothing of them is decided without the rest.
WHOLE = (Kind.ADD, Kind.REHIRE, Kind.REINSTATEMENT, Kind.RESCISSION, Kind.LINK, Kind.MERGE)


class Applying:
    """Checks and applies changes against the steps as they stand after those before them."""

    def __init__(
        self,
        tx: Connection,
        chosen: Sequence[Change],
        revision: int,
        fields: tuple[str, ...],
        effective: date | None,
    ) -> None:
        """Read what is known of everyone concerned, once.

        `written` and `ended` are the steps of what was applied, `linking` what that says of who is who.
        """
        self.written, self.ended, self.linking = NO_ROWS, tuple[int, ...](), Linking()
        self._tx, self._revision, self._fields, self._effective = tx, revision, fields, effective
        persons = {change.person for change in chosen}
        since = min((change.baseline for change in chosen), default=0)
        self._steps: dict[Engagement, tuple[Step, ...]] = steps_of(tx, persons, since=since) if persons else {}
        self._joining: set[Engagement] = set()
        self._together: dict[Engagement, Together] = {}  # those chosen so far
        self._posts: defaultdict[int, dict[str, tuple[Version, ...]]] = defaultdict(dict)
        self._contradicted = contradictions(tx, [change.id for change in chosen])
        self._holders = {name: holders(tx, name, values) for name, values in _ids(chosen).items()}
        self._given: set[tuple[str, str]] = set()  # the ids that those chosen so far set
        self._relinking = Relinking(tx, chosen)
        self._merging = Merging(tx, chosen, self._steps)
        self._kept = dict(kept_names(tx, revision))
        adding = {change.person for change in chosen if change.kind is Kind.ADD} if self._kept else set()
        self._known_by: dict[int, Values] = {
            person: {name: getattr(row, name) for name in NAMED_BY} for person, row in people_of(tx, adding).items()
        }

    def unfit(self, change: Change) -> tuple[str, dict[str, tuple[Value, Value]]] | None:
        """Say why a change cannot be applied, and what has moved under it; None where it fits."""
        if run := self._contradicted.get(change.id):
            return f"the newest read, held as R{run}, says otherwise; decide that first", {}
        if now := self._merging.now(change):
            return f"P{change.person} was merged into P{now}: the next run asks it of P{now}", {
                MERGED_INTO: (None, f"P{now}")
            }
        if told := not_by_fields(change, self._fields) or self._relinking.unfit(change):
            return told, {}
        if told := self._merging.unfit(change, self.day_of(change)):
            return told, {}
        if self._holders:
            values = change.after
            for name, owners in self._holders.items():
                owner = owners.get(str(values.get(name)))
                if owner is not None and owner != change.person and (told := self._taken(change, name, owner)):
                    return told, {}
        if self._kept and change.kind is not Kind.LINK:
            ids = {**self._known_by.get(change.person, {}), **change.after}
            if told := names_another(self._kept, ids, change.person):
                return told, {}
        steps = self._steps.get((change.person, change.engagement), ())
        opens = min((step.start for step in steps if step.opens and step.revision_to is None), default=None)
        joins = change.kind is Kind.ADD or (change.person, change.engagement) in self._joining
        if not (joins or opens or change.kind is Kind.LINK):
            return f"P{change.person} is no participant yet: decide first whether they are added", {}
        if self._effective and (wrong := _not_from(self._effective, change, opens)):
            return wrong, {}
        part = narrowed(change, self._fields)[0] if self._fields else change
        dated = redated(part, self._effective) if self._effective else part
        if found := moved(dated, steps):
            return f"stale: {_listed(found)} changed since it was proposed; the next run compares again", found
        return self._beside_chosen(dated, steps)

    def _beside_chosen(
        self, change: Change, steps: tuple[Step, ...]
    ) -> tuple[str, dict[str, tuple[Value, Value]]] | None:
        """Say why a change cannot be applied after those that were chosen before it; None where it can."""
        together = self._together.get((change.person, change.engagement)) or Together(steps, self._revision)
        if found := together.against(change):
            others = " and ".join(f"C{one.id}" for one in found.by)
            told = f"it contradicts {others}, approved before it, about {_listed(found.moved)}"
            return f"stale: {told}; the next run compares again, and by hand it can be proposed anew", found.moved
        more = left_over(together.now(), change.effective, ()) if change.kind is Kind.REHIRE else {}
        if unseen := more.keys() - change.after:
            by_hand = f"`set P{change.person} '{min(unseen)}=' --from {change.effective}` ends it"
            remedy = by_hand if self._effective else f"the next run lists it as ended, or {by_hand}"
            return f"they would go on with {_listed(unseen)} of the employment before: {remedy}", {}
        return None

    def _taken(self, change: Change, name: str, owner: int) -> str | None:
        """Say that a strong id is somebody's; None where they have it by having been merged alone, and it was given on.

        That it was, a person says by saying that the record is not they.
        """
        value = change.after[name]
        if (name, value) in self._given or getattr(people_of(self._tx, [owner])[owner], name) == value:
            return f"this {name} belongs to P{owner}"
        record = change.source or "", change.source_key or ""
        if owner in {one.person for one in apart_from(self._tx, *record)}:
            return None
        return (
            f"{name} {value} names P{owner}, who was merged with whoever had it: where it was given to somebody else, "
            f"`unlink` their record from P{owner} and answer that it is somebody new; else correct it in the source"
        )

    def day_of(self, change: Change) -> date:
        """Give the day from which a change counts: the one that was named, else its own."""
        return self._effective or change.effective

    def chosen(self, change: Change) -> Change:
        """Cut a change to the chosen fields (what is left stays pending) and put it on the chosen day."""
        part = split(self._tx, change, self._fields)
        if part.kind in JOINING:
            self._joining.add((part.person, part.engagement))
        self._relinking.take(part)
        for item in part.differences:
            if item.attribute in self._holders and isinstance(item.after, str):
                self._holders[item.attribute][item.after] = change.person
                self._given.add((item.attribute, item.after))
        dated = redated(part, self._effective) if self._effective else part
        if dated.kind not in (Kind.LINK, Kind.MERGE):
            key = dated.person, dated.engagement
            self._together.setdefault(key, Together(self._steps.get(key, ()), self._revision)).take(dated)
        return dated

    def apply(self, fitting: Sequence[Change], decisions: Mapping[int, int], by: str) -> None:
        """Write the steps and versions of changes that fit, one after the other, and who is known as what.

        `by` is who approved them.
        """
        ended: list[int] = []
        added: dict[int, Step] = {}
        touched: dict[Engagement, tuple[Version, ...]] = {}
        first = following = allocate(self._tx, "step", 0)  # the counter is ours until the transaction ends
        for change in (part for one in fitting for part in self._merging.posts(one)):
            if change.kind is Kind.LINK:
                continue
            key = (change.person, change.engagement)
            known = self._steps.get(key, ())
            effect = apply(change, known, decisions[change.id], self._revision, following)
            following += len(effect.added)
            ended.extend(step.id for step in effect.ended if added.pop(step.id, None) is None)
            added.update((step.id, step) for step in effect.added)
            gone = {step.id for step in effect.ended}
            self._steps[key] = (*(step for step in known if step.id not in gone), *effect.added)
            touched[key] = effect.versions
        allocate(self._tx, "step", following - first)
        self._write(ended, tuple(added.values()), touched)
        self._know(fitting)
        said, joined = self._relinking.said(fitting, by), self._merging.said(fitting, by)
        self.linking = write_linking(self._tx, said.with_also(joined), self._revision)
        self._merging.settle(fitting, self._revision)

    def _write(
        self, ended: Sequence[int], added: Sequence[Step], touched: Mapping[Engagement, tuple[Version, ...]]
    ) -> None:
        tx, revision = self._tx, self._revision
        end_steps(tx, ended, revision)
        self.written, self.ended = insert_steps(tx, added), tuple(ended)
        before = versions_of(tx, {person for person, _ in touched})
        for person, post in before.keys() | touched.keys():
            kept = tuple(one.version for one in before.get((person, post), ()))
            self._posts[person][post] = touched.get((person, post), kept)
        over: list[int] = []
        new: list[Version] = []
        for key, versions in touched.items():
            known = [(one.version, one.id) for one in before.get(key, ())]
            over.extend(number for version, number in known if version not in versions)
            new.extend(version for version in versions if all(version != other for other, _ in known))
        replace_versions(tx, over, new, revision)

    def _know(self, fitting: Sequence[Change]) -> None:
        """Keep who is a participant, and by which names and ids people are known: those of their primary post."""
        tx, revision = self._tx, self._revision
        added = {change.person for change in fitting if change.kind is Kind.ADD}
        primary = {person: primary_of(posts) for person, posts in self._posts.items() if len(posts) > 1}
        said: defaultdict[int, dict[str, Value]] = defaultdict(dict)
        for person, version in primary.items():
            values = version.attributes if version else {}
            said[person].update({name: values[name] for name in IDENTITY if name in values})
        for change in fitting:
            version = primary.get(change.person)
            is_heard = change.person not in primary or (version and version.engagement == change.engagement)
            if change.kind is not Kind.LINK and is_heard:
                said[change.person].update(
                    {item.attribute: item.after for item in change.differences if item.attribute in IDENTITY}
                )
        self._leave_taken({person: said[person] for person in primary})
        known = people_of(tx, [person for person, values in said.items() if values])
        renamed = [new for row in known.values() if (new := _renamed(row, said[row.id])) is not row]
        make_participants(tx, added, revision)
        update_identity(tx, renamed, revision)

    def _leave_taken(self, said: Mapping[int, dict[str, Value]]) -> None:
        """Leave out the strong ids of a post that somebody else is known by."""
        for name in STRONG_IDS:
            wanted = {str(values[name]) for values in said.values() if values.get(name)}
            owners = holders(self._tx, name, wanted) if wanted else {}
            for person, values in said.items():
                if owners.get(str(values.get(name)), person) != person:
                    del values[name]


def _not_from(effective: date, change: Change, opens: date | None) -> str | None:
    """Say why a change cannot count from a day that the approver named; None where it can."""
    if any(map(is_dated, change.after.keys() - ended_by(change))):
        return "it says its own days: correct them in the source, which then proposes it anew"
    if opens and effective < opens and change.kind is not Kind.ADD:
        return f"{effective} lies before the start on {opens}"
    if change.until and effective >= change.until:
        return f"{effective} is not before {change.until}, the first day on which it no longer holds"
    return None


def not_by_fields(change: Change, fields: tuple[str, ...]) -> str | None:
    """Say why a change cannot be decided by these fields; None where it can, or where it is meant as a whole."""
    if fields and change.kind in WHOLE:
        return f"{change.kind.value}: it is decided as a whole, not by fields"
    if fields and not change.after.keys() & set(fields):
        return f"it has none of {', '.join(fields)}"
    return None


def split(tx: Connection, change: Change, fields: tuple[str, ...]) -> Change:
    """Leave a change with the named fields alone and let the rest wait as a change of its own."""
    if not fields:
        return change
    part, rest = narrowed(change, fields)
    if rest is not None:
        split_change(tx, part, replace(rest, id=allocate(tx, "change")))
    return part


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _renamed(row: PersonRow, said: Mapping[str, Value]) -> PersonRow:
    """Give the row as it is known by what is said now; the same row where nothing of that is new."""
    now: dict[str, Any] = {name: as_day(value) if name == "hire_date" else value for name, value in said.items()}
    return row if all(getattr(row, name) == value for name, value in now.items()) else replace(row, **now)


def _ids(chosen: Sequence[Change]) -> dict[str, set[str]]:
    """Give the strong ids that changes set."""
    found: dict[str, set[str]] = {}
    for change in chosen:
        for item in change.differences:
            if item.attribute in STRONG_IDS and isinstance(item.after, str):
                found.setdefault(item.attribute, set()).add(item.after)
    return found
