"""What has days of its own, as columns: quotas and memberships, each with its fields and how it is on file."""

from __future__ import annotations

from dataclasses import dataclass

from domain.attributes import MEMBER, QUOTA
from domain.facts import TERMS, FactKind
from engine.mirror import MEMBERS, QUOTAS
from engine.session import text
from engine.typed import share


@dataclass(frozen=True, slots=True)
class Sort:
    """What is compared: quotas, or memberships.

    column     of `versions`, a map from attribute to value
    texts      its fields; a mapping may leave out any but those that its kind needs
    attribute  and value as they would be on file, in SQL over the fields; the value null where it cannot be
    measure    the field that all must share of which two in two currencies do not add up
    """

    column: str
    texts: tuple[str, ...]
    attribute: str
    value: str
    measure: str | None = None


_SHARE = f"(CAST({share('share')} AS DECIMAL(18, 0)) * 0.0001::DECIMAL(5, 4))::VARCHAR"
_PERCENT = f"rtrim(rtrim({_SHARE}, '0'), '.') || '%'"
SORTS = {
    FactKind.QUOTAS: Sort(
        QUOTAS,
        ("measure", "line", "from", "until", "amount", "currency"),
        f"{text(QUOTA)} || measure || coalesce(':' || line, '')",
        """amount || ' ' || coalesce(currency, '-') || ' ' || "from" || '..' || "until\"""",
        "measure",
    ),
    FactKind.MEMBERSHIPS: Sort(
        MEMBERS,
        ("kind", "unit", "role", "share", "from", "until", *TERMS),
        f"{text(MEMBER)} || kind || ':' || unit",
        f"""coalesce(role, '-') || ' ' || CASE WHEN share IS NULL THEN '-' ELSE {_PERCENT} END || ' ' || "from" || '..'
            || coalesce("until", '') || """
        + " || ".join(f"coalesce('; {name}=' || {name}, '')" for name in TERMS),
    ),
}
