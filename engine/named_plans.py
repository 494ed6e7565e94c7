"""The plans that a read names: of people in `plan` and `plans`, of memberships those of the kind plan.

In: the view `mapped`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engine.session import Session, text

_TEXTS = '["VARCHAR"]'


@dataclass(frozen=True, slots=True)
class NamedPlan:
    """A plan that rows name, in which field; the first of them, and how many there are."""

    plan: str
    field: str
    row: int
    place: str
    key: str | None
    rows: int


def plans_named(session: Session, *, of_memberships: bool, but: Collection[str]) -> list[NamedPlan]:
    """Give the plans that rows in scope name, other than some, by field and name."""
    columns = session.columns("mapped")
    named = {"plan": "plan", "plans": f"unnest(from_json(plans, {text(_TEXTS)}))"}
    fields = {"unit": "CASE WHEN kind = 'plan' THEN unit END"} if of_memberships else named
    queries = [
        f"""SELECT {text(field)} AS field, {said} AS plan, _row, _place, _key FROM mapped
            WHERE {field} IS NOT NULL AND _op = 'upsert' AND coalesce(_in_scope, false)"""
        for field, said in fields.items()
        if field in columns
    ]
    if not queries:
        return []
    rows = session.rows(
        f"""SELECT plan, field, arg_min(_row, (_place, _row)), arg_min(_place, (_place, _row)),
                   arg_min(_key, (_place, _row)), count(*)
            FROM ({" UNION ALL ".join(queries)}) WHERE plan IS NOT NULL AND plan NOT IN (SELECT unnest($1::VARCHAR[]))
            GROUP BY plan, field ORDER BY field, plan""",
        [sorted(but)],
    )
    return [
        NamedPlan(str(plan), str(field), int(str(row)), str(place), None if key is None else str(key), int(str(count)))
        for plan, field, row, place, key, count in rows
    ]
