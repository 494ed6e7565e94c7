"""The standard attributes of a participant: their types, what they say, and which kind of change they make.

A value is canonical text (see `domain.value`); the type says how a source's text becomes canonical and how
two values compare. An attribute that a company invents is declared in its YAML with one of the same types.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache


class AttributeType(StrEnum):
    """How a value is written when canonical."""

    TEXT = "text"  #: Unicode NFC, trimmed
    DATE = "date"  #: `YYYY-MM-DD`
    INSTANT = "instant"  #: `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`, UTC
    DECIMAL = "decimal"  #: no exponent, no `+`, no needless zero
    WHOLE = "whole"  #: a decimal without a point
    MONEY = "money"  #: a decimal; its currency is an attribute of its own
    YES_NO = "yes_no"  #: `true` or `false`
    SET = "set"  #: sorted, each member once
    PARTICIPANT = "participant"  #: a person, written `P12`


class UnitKind(StrEnum):
    """What a unit is; ids are told apart within one kind."""

    TEAM = "team"
    TERRITORY = "territory"
    POSITION = "position"
    CLUB = "club"
    BUSINESS_UNIT = "business_unit"
    PRODUCT = "product"
    CUSTOMER_GROUP = "customer_group"
    DEALER_GROUP = "dealer_group"


_TEXT = (
    *("employee_id", "partner_id", "vendor_id", "universal_id", "payroll_id", "tax_registration"),
    *("name", "email", "locale", "kind", "status", "title", "job_code"),
    *("team", "territory", "position", "club", "plan", "region", "business_unit", "cost_center"),
    *("country", "legal_entity", "tax_country", "payee", "pay_group", "payment_currency", "currency"),
    *("leave_type", "termination_type", "termination_reason", "ended_by", "population"),
)

STANDARD: dict[str, AttributeType] = {
    **dict.fromkeys(_TEXT, AttributeType.TEXT),
    **dict.fromkeys(("teams", "territories", "positions", "clubs", "plans"), AttributeType.SET),
    **dict.fromkeys(("fte", "base_salary", "ote", "target_incentive"), AttributeType.DECIMAL),
    **dict.fromkeys(("hire_date", "original_hire_date", "termination_date", "pay_until"), AttributeType.DATE),
    **dict.fromkeys(("eligible", "primary"), AttributeType.YES_NO),
    **dict.fromkeys(("manager", "merged_into"), AttributeType.PARTICIPANT),
}

#: Attributes whose values come from a closed list, in the field's own words.
CLOSED: dict[str, tuple[str, ...]] = {
    "status": ("active", "on_leave", "suspended", "terminated"),
    "termination_type": ("voluntary", "involuntary", "end_of_contract", "retirement", "death"),
    "kind": ("employee", "contingent_worker", "partner", "partner_contact", "customer", "house"),
}

#: Never part of a calculation, kept apart so that erasing a person empties them.
PERSONAL = frozenset(
    ("name", "email", "employee_id", "partner_id", "vendor_id", "universal_id", "payroll_id", "tax_registration")
)
#: How an attribute of one's own says that it is personal: by its name, for good.
PERSONAL_PREFIX = "personal_"

#: Ids that name one person for certain, in the order in which they are tried.
STRONG_IDS = ("employee_id", "partner_id", "vendor_id", "universal_id")

#: By what a reference to a person can name them.
NAMED_BY = (*STRONG_IDS, "email")

#: What somebody has once, whatever posts they have: it follows the primary one.
SINGLE = ("name", *STRONG_IDS, "email")

#: Of several posts of a person, which one is the primary one; a mapping says it beside its fields.
PRIMARY = "primary"

#: What makes a rejected add worth asking about again (design 6.6); everything else is cosmetic.
MATERIAL = ("employee_id", "status", "job_code", "eligible", "hire_date", "termination_date")

#: Attributes of an employment as a whole: one value from its first day on.
SPELL = ("hire_date", "original_hire_date")

#: Why somebody left, and until when they are paid: on file from the first day of the employment that ends.
ENDING_DETAILS = ("termination_date", "termination_type", "termination_reason", "pay_until")

#: How the attributes begin that are quotas (see `domain.quota`): a feed of quotas sets them, no mapping of people.
QUOTA = "quota:"

#: How the attributes begin that are memberships (see `domain.member`): a feed of memberships sets them.
MEMBER = "member:"
#: How those of them begin that are of plans.
MEMBER_OF_PLAN = f"{MEMBER}plan:"

#: The attributes that say the same without days of their own: one of a kind, or all of them.
MEMBERSHIPS = frozenset(
    ("plan", "plans", "team", "teams", "territory", "territories", "position", "positions", "club", "clubs")
)

#: Of several feeds that say who joins and leaves, the one that says it of somebody (`domain.population`).
POPULATION = "population"

#: Who a participant turned out to be, from the day on which they count as one (`domain.merging`).
MERGED_INTO = "merged_into"

#: Set by our own reasoning, never by a mapping; `ended_by`: why an employment ended, one of `domain.change.Ending`.
DERIVED = frozenset(("ended_by", POPULATION, MERGED_INTO))

#: A fault in one of these sets the whole row aside: they say who it is and from when (`_`: a row's own keys).
DECISIVE = frozenset(
    ("_key", "_where", "_engagement", "_effective", "_until", "status", "hire_date", "termination_date", *STRONG_IDS)
)

#: Attributes that decide whether, by what, in which currency and by whom somebody is paid; quotas are attributes too.
PAID_BY = frozenset(
    (
        *("plan", "plans", "legal_entity", "pay_group", "payee", "payment_currency", "currency", "eligible", "status"),
        *("hire_date", "termination_date", "pay_until", *STRONG_IDS),
    )
)
#: Those that a plan, a quota, crediting or a payroll file may read besides.
_READ_BY_PAY = frozenset(
    (
        *("title", "job_code", "manager", "team", "teams", "territory", "territories", "position", "positions"),
        *("region", "business_unit", "cost_center", "country", "kind", "fte", "base_salary", "ote"),
        *("target_incentive", "club", "clubs", "payroll_id", "tax_registration", "tax_country", PRIMARY),
    )
)


def is_paid_by(name: str) -> bool:
    """Tell whether an attribute decides what somebody is paid."""
    return name in PAID_BY or name.startswith((QUOTA, MEMBER_OF_PLAN))


def has_pay_effect(name: str) -> bool:
    """Tell whether pay may be another when an attribute is: the others are never read by it."""
    return is_paid_by(name) or name in _READ_BY_PAY or name == MERGED_INTO or name.startswith(MEMBER)


@lru_cache(maxsize=4096)  # asked of each value of a million people
def is_personal(name: str) -> bool:
    """Tell whether an attribute is emptied when somebody is erased."""
    return name in PERSONAL or name.startswith(PERSONAL_PREFIX)


def is_membership(name: str) -> bool:
    """Tell whether an attribute says what somebody is in, or which plans they are on."""
    return name in MEMBERSHIPS or name.startswith(MEMBER)


def is_dated(name: str) -> bool:
    """Tell whether an attribute's value says days of its own: a quota, a membership."""
    return name.startswith((QUOTA, MEMBER))
