"""The rows of quotas or memberships one by one: what each says, and why one is set aside, in plain words."""

from __future__ import annotations

from dataclasses import replace

from domain.dated_changes import Dated
from domain.judge import Standing
from domain.member import membership_of
from domain.problem import Problem, Severity
from domain.quota import Fault, quota_of
from engine.dated_rows import DatedRow
from mapping.compile import MappingForm
from mapping.rules import DEFAULT_BY
from syncd.configuration.settings import FeedSettings, Into

#: A standing, and the problems that go with it.
Judged = tuple[Standing, tuple[Problem, ...]]


class Rows:
    """The rows of one feed."""

    def __init__(self, feed: FeedSettings, form: MappingForm) -> None:
        self._feed, self._form = feed, form
        self._by = form.rules["participant"].rule.by or DEFAULT_BY

    def said(self, row: DatedRow) -> Dated | tuple[Fault, ...]:
        """Give what a row says, or every fault of it."""
        return quota_of(row.texts) if self._feed.into is Into.QUOTAS else membership_of(row.texts)

    def unusable(self, row: DatedRow) -> Judged | None:
        """Give the standing of a row that is not looked at; None where it is."""
        key = row.key
        if row.differs:
            message = f"key {key} stands in several rows that differ; keep one of them"
            return Standing.ERRORS, (_problem(row, "duplicate_key", message),)
        if row.nth > 1:
            message = f"key {key} stands in an equal row before; this one counts for nothing"
            return Standing.EXCLUDED, (_problem(row, "repeated_row", message, Severity.WARNING),)
        if row.has_fault or key is None:
            return Standing.ERRORS, ()
        if key in self._feed.protected or not row.in_scope:
            return Standing.EXCLUDED, ()
        faults = self.said(row)
        if not isinstance(faults, tuple):
            return None
        return Standing.ERRORS, tuple(self._about(row, one.field, one.code, one.message) for one in faults)

    def in_the_way(self, row: DatedRow) -> Judged | None:
        """Set aside what cannot hold beside another row."""
        texts = row.texts
        days = f"from {texts['from']} until {texts['until'] or 'further notice'}"
        if row.overlaps and self._feed.into is Into.MEMBERSHIPS:
            message = f"{row.participant} is in the {texts['kind']} {texts['unit']} by another row on a day {days}"
            remedy = "keep one of them, or part their days"
            problem = self._about(row, "from", "overlapping_membership", f"{message}: {row.overlaps}; {remedy}")
            return Standing.ERRORS, (problem,)
        if row.overlaps:
            line = f" (line {texts['line']})" if texts["line"] else ""
            message = f"{row.participant} has another quota of {texts['measure']}{line} on a day {days}: {row.overlaps}"
            remedy = "keep one of them, cut their days, or give each a `line`"
            return Standing.ERRORS, (self._about(row, "from", "overlapping_quota", f"{message}; {remedy}"),)
        if row.currencies:
            message = f"the quota of {texts['measure']} of {row.participant} has a line in another currency on a day"
            remedy = "the lines of one quota are in one currency"
            code = "quota_currency"
            return Standing.ERRORS, (
                self._about(row, "currency", code, f"{message} {days}: {row.currencies}; {remedy}"),
            )
        return None

    def no_participant(self, row: DatedRow, post: str) -> Judged:
        """Leave out what is of somebody who is known and no participant, or of a post that they have not."""
        message = f"{row.participant} is known and no participant: the row counts for nothing until they are added"
        if row.has_posts:
            message = f"{row.participant} has no post {post}: say in the mapping's `engagement` which is meant"
        return Standing.EXCLUDED, (self._about(row, "participant", "not_a_participant", message, Severity.WARNING),)

    def said_otherwise(self, row: DatedRow, other: str) -> Judged:
        """Set aside what another feed says otherwise: what is on file stays until one of them gives way."""
        what = f"{row.texts['kind']} {row.texts['unit']}"
        message = f"{other} says something else of {row.participant} in the {what} on a day from {row.texts['from']} on"
        remedy = "what is on file stays: let one of the two sources say it, or correct one of them"
        return Standing.ERRORS, (self._about(row, "unit", "said_otherwise", f"{message}; {remedy}"),)

    def managed_here(self, row: DatedRow) -> Judged:
        """Leave alone what a person set or ended on one of its days."""
        what = f"{row.texts['kind']} {row.texts['unit']}"
        message = f"{row.participant} in the {what} is managed here on a day from {row.texts['from']} on: it stays so"
        remedy = "the row counts for nothing until it says the same, or what was set by hand is taken back (`revert`)"
        problem = self._about(row, "unit", "managed_here", f"{message}; {remedy}", Severity.WARNING)
        return Standing.EXCLUDED, (problem,)

    def nobody(self, row: DatedRow) -> Problem:
        """Say that a row names nobody, or several people."""
        if row.participant is None:
            return self._about(row, "participant", "missing", "participant is empty; fill it in at the source")
        if row.people:
            message = f"{row.people} people have the {self._by} {row.participant}; name one of them by an id"
            return self._about(row, "participant", "several_people", message)
        message = f"nobody has the {self._by} {row.participant}; correct it, or bring the person with a feed of people"
        return self._about(row, "participant", "unknown_person", f"{message}: the row is tried again with each read")

    def outside(self, row: DatedRow) -> Problem:
        """Say that somebody is on the roster on none of its days."""
        last = row.texts["until"] or "further notice"
        message = f"{row.participant} is on the roster on no day from {row.texts['from']} until {last}"
        remedy = "the row counts for nothing until they are"
        return self._about(row, "from", "outside_employment", f"{message}; {remedy}", Severity.WARNING)

    def _about(
        self, row: DatedRow, field: str, code: str, message: str, severity: Severity = Severity.ERROR
    ) -> Problem:
        """Give a problem with one field of a row, with its column and what stands there."""
        rule = self._form.rules.get(field)
        column = ", ".join(rule.sources) if rule else None
        value = row.participant if field == "participant" else row.texts[field]
        return replace(_problem(row, code, message, severity), field=field, column=column or None, value=value)


def _problem(row: DatedRow, code: str, message: str, severity: Severity = Severity.ERROR) -> Problem:
    return Problem(row.row, code, message, severity, row.place, row.key)
