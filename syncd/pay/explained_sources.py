"""What an explanation names besides transactions: plan versions, decisions, quotas, rates, what is booked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from calc import inputs
from calc.explanation import SHARE, Node, Place
from calc.ledger import Booked, Owed
from calc.result import Result
from calc.shortened import GIVEN
from calc.wording import term
from domain.attributes import MEMBER_OF_PLAN
from domain.quota import quota_in
from domain.step import FOREVER, Step, known_at
from formula.expression import ColumnType
from formula.meaning import Cell, as_date
from formula.quantity import Quantity, Unit
from store.database import reading
from store.grounds import Ground, grounds_of
from store.history import steps_of
from store.plans import PlanVersion
from syncd.pay.pinned import Pinned
from syncd.plans.files import parsed
from syncd.world import World

_ONE = timedelta(1)
_PLANS = ("plans", "plan")


@dataclass(frozen=True, slots=True)
class Sources:
    """What is known of one participant, and of the plans, at the revision of a calculation."""

    pinned: Pinned
    steps: tuple[Step, ...]
    grounds: Mapping[int, Ground]
    versions: Mapping[int, PlanVersion]

    def told(self, table: str, row: Mapping[str, Cell], column: str) -> Node | None:
        """Tell of a row as given what it is, and where it stands."""
        if table.startswith(inputs.TERMS):
            return self._term(table, row, column)
        if table.startswith(GIVEN) and column == "credit":
            return _credit(row)
        if table == inputs.QUOTAS and column == "amount":
            return self._quota(row)
        if table == inputs.SPLITS and column == "share":
            return Node(f"share of {row['owner']}", row["share"], SHARE)
        if table == inputs.RATES and column == "rate":
            rule = f"one {row['base']} in {row['quote']} from {row['date']} on"
            place = Place(str(row["feed"]), f"{row['base']} {row['quote']} {row['date']}", None)
            return Node(rule, row["rate"], "rate", (), (place,))
        return None

    def version(self, number: Cell, component: str) -> Node | None:
        """Tell which version of a plan it is: in force from when, published and approved by whom."""
        version = self.versions.get(number) if isinstance(number, int) else None
        if version is None or version.approval is None:
            return None
        approved = version.approval.for_user or version.approval.by
        rule = (
            f"plan {version.plan} V{version.id}, in force from {version.start}, published by {version.publisher}, "
            f"approved by {approved}"
        )
        return Node(rule, f"V{version.id}", None, (), (self._place(version, component),))

    def on_plan(self, plan: str, day: date, post: Cell = None) -> Node | None:
        """Tell which decision put the participant on a plan, as of a day; in any post where none is named."""
        steps = reversed(_in_force(self._of(post), day))
        step = next((one for one in steps if _puts_on(one, plan)), None)
        if step is None:
            return None
        return self._decided(step, f"on plan {plan} from {step.start}{_until(step)}", (step.start, step.end), plan)

    def booked(self, result: Result) -> Node:
        """Tell what was booked for an earned period before."""
        owed = Owed(result.key, result.legal_entity, result.payee)
        found: Booked | None = next((one for one in self.pinned.settling.booked if one.owed == owed), None)
        if found is None:
            return Node("booked before", 0, result.key.currency)
        place = Place("ledger", f"{found.entry}", None)
        return Node(f"booked before, under {found.plan_version}", found.amount, result.key.currency, (), (place,))

    def adjustment(self, result: Result) -> Place:
        """Give the adjustment that a result by hand is."""
        return Place("adjustments", str(result.cause).partition(":")[0], None)

    def _term(self, table: str, row: Mapping[str, Cell], column: str) -> Node:
        version = self.versions.get(row["version"]) if isinstance(row["version"], int) else None
        places = (self._place(version, str(row["component"])),) if version is not None else ()
        rule = term(column, f"{row['plan']}.{row['component']}", row["version"])
        return Node(rule, row[column], _unit(self.pinned.form.inputs[table].get(column)), (), places)

    def _quota(self, row: Mapping[str, Cell]) -> Node:
        first, last, start = (as_date(row[name]) for name in ("first", "last", "start"))
        rule = f"quota of {row['measure']} for {first} to {last - _ONE}"
        unit = str(row["currency"] or "number")
        for step in reversed(_in_force(self._of(row.get("engagement")), start)):
            for name, value in step.sets.items():
                if name.startswith(f"quota:{row['measure']}") and isinstance(value, str):
                    quota = quota_in(name, value)
                    if (quota.first, quota.last, quota.amount) == (first, last, row["amount"]):
                        return self._decided(step, rule, (first, last), row["amount"], unit)
        return Node(rule, row["amount"], unit, days=((first, last),))

    def _of(self, post: Cell) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if post in (None, step.engagement))

    def _decided(self, step: Step, what: str, days: tuple[date, date], value: Cell, unit: str | None = None) -> Node:
        ground = self.grounds.get(step.decision)
        if ground is None:
            return Node(what, value, unit, days=(days,))
        why = f": {ground.reason}" if ground.reason else ""
        rule = f"{what}; C{ground.change}, approved by {ground.by} on {ground.at:%Y-%m-%d} (B{ground.batch}){why}"
        is_read = ground.source_key is not None or ground.place is not None  # what is decided by hand stands nowhere
        places = (Place(ground.feed, ground.source_key, ground.place),) if is_read else ()
        return Node(rule, value, unit, (), places, None, (days,))

    def _place(self, version: PlanVersion, component: str) -> Place:
        """Give where in its text a version says what a component is."""
        names = [
            name
            for one in self.pinned.versions
            if one.version == version.id
            for name, own in one.plan.components.items()
            if (own.was or name) == component
        ]
        document = parsed(version)
        spot = document.mistake(("components", *names[:1]), "", of_key=True)
        return Place("plans", f"V{version.id}", f"{version.path}:{spot.line}")


def sources_of(world: World, pinned: Pinned, person: int, versions: Mapping[int, PlanVersion]) -> Sources:
    """Read what explains one participant's pay, as known at the revision of the calculation."""
    with reading(world.database) as tx:
        every = steps_of(tx, [person], since=pinned.revision)
        steps = tuple(step for several in every.values() for step in known_at(several, pinned.revision))
        grounds = grounds_of(tx, {step.decision for step in steps})
    return Sources(pinned, steps, grounds, versions)


def _credit(row: Mapping[str, Cell]) -> Node:
    """Tell of a credit as it was written down what it was made of."""
    day = as_date(row["day"])
    days = ((day, day + _ONE),)
    place = Place(str(row["feed"]), str(row["key"]), None if row["place"] is None else str(row["place"]))
    amount = Node("amount as given", row["amount"], str(row["currency"]), (), (place,), None, days)
    parts = (amount, Node("rate of the day", row["rate"], "rate"), Node("share of it", row["share"], SHARE))
    return Node("credit: amount * rate, split by share", row["credit"], None, parts, (place,), None, days)


def _in_force(steps: Iterable[Step], day: date) -> list[Step]:
    """Give the steps in force on a day, the one that wins last."""
    found = [step for step in steps if step.start <= day < step.end]
    return sorted(found, key=lambda step: (step.start, step.seq, step.revision_from, step.id))


def _puts_on(step: Step, plan: str) -> bool:
    said = [step.sets.get(attribute) for attribute in _PLANS]
    named = any(one == plan or (isinstance(one, tuple) and plan in one) for one in said)
    return named or step.sets.get(MEMBER_OF_PLAN + plan) is not None


def _until(step: Step) -> str:
    return "" if step.end == FOREVER else f" until {step.end - _ONE}"


def _unit(kind: ColumnType | None) -> str | None:
    if not isinstance(kind, Quantity):
        return None
    return kind.currency if kind.unit is Unit.MONEY else SHARE if kind.unit is Unit.RATE else "number"
