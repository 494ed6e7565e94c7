"""The YAML form of a mapping: how a source's columns become our words.

The loader validates a parsed document straight into these dataclasses; nothing here judges (see
`mapping.check`). A scalar of the document is text until a type says otherwise; short forms are unions with
the full form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from domain.attributes import AttributeType


def _key(name: str) -> str:
    return name.rstrip("_")


#: Unknown keys are refused; `from_` is written `from`.
_STRICT: dict[str, str | Callable[[str], str]] = {"extra": "forbid", "alias_generator": _key}


class Empty(StrEnum):
    """What an empty cell says."""

    NULL = "null"  #: there is no value (the default)
    ABSENT = "absent"  #: nothing; whatever is known stays
    PROBLEM = "problem"  #: something is missing: the value must be there


class Rounding(StrEnum):
    """How digits beyond the scale are rounded."""

    HALF_EVEN = "half_even"


class Land(StrEnum):
    """Which of the source's columns are kept."""

    MAPPED = "mapped"  #: those that the mapping reads (the default)
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    r"""How one attribute gets its value.

    ```yaml
    name:      {from: [First, Last], join: ' '}
    number:    {from: Employee ID, type: text, pattern: '\d{5}'}
    hire_date: {from: Hired, type: date, format: '%m/%d/%Y'}
    ote:       {from: OTE, type: decimal, thousands: ',', decimal_mark: '.', strip: '$'}
    amount:    {from: Sales, type: money, scale: 4, currency: {from: Currency}, round: half_even}
    status:    {from: Active, values: {'1': active, '0': terminated}}
    title:     {from: Title, empty: absent}
    currency:  {value: USD}
    manager:   {from: Manager ID, type: participant, by: employee_id}
    plans:     {from: Plans, type: set, separator: ';'}
    seen:      {from: Seen, type: instant, timezone: Europe/Berlin}
    region:    {lookup: regions, key: {from: TerritoryID}, give: Name}
    until:     {from: To, type: date, inclusive: true}
    ```
    A missing `type` is the attribute's own. `values` names each text as sent; `''` there is the empty cell.
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    from_: str | tuple[str, ...] | None = None  #: one column, or several put together, empty ones left out
    value: str | None = None  #: the same for every row
    join: str | None = None  #: between several columns; a space
    type: AttributeType | None = None
    pattern: str | None = None  #: what the whole text looks like (RE2 subset, see `formula.pattern`)
    format: str | None = None  #: how a date or instant is written (see `formula.dateformat`)
    timezone: str | None = None  #: of an instant whose text has none; of a date: on whose clock an instant has a day
    inclusive: bool = False  #: `until` names the last day
    strip: str | None = None  #: characters around a number that mean nothing
    thousands: str | None = None  #: the mark between groups of three digits
    decimal_mark: str | None = None  #: a point
    scale: int | None = None  #: digits of money after the point, 0 to 8; 4
    round: Rounding | None = None  #: what to do with more digits; without it they are a problem
    currency: str | FieldRule | None = None  #: of money: a column, or `{value: USD}`
    values: dict[str, str] | None = None  #: text as sent -> value; any other text is a problem
    separator: str | None = None  #: between the members of a set; `;`
    by: str | None = None  #: which id a participant is named by; employee_id
    empty: Empty = Empty.NULL
    lookup: str | None = None  #: a table
    key: str | FieldRule | None = None  #: what is looked up
    give: str | None = None  #: the table's column to take


#: A rule, or the name of a column, or names of columns put together.
Rule = str | tuple[str, ...] | FieldRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One file under `mappings/`.

    ```yaml
    key: Employee ID                  # or a list; the parts are trimmed like values
    fields:
      email: Email                    # short for {from: Email}
      name:  [First, Last]
      title: {from: Title, empty: absent}
    effective:  {from: Effective, format: '%Y-%m-%d'}
    until:      {from: To, inclusive: true}
    engagement: {from: Contract ID}
    primary:    {from: Primary}
    where: Department == 'Sales' and column('Grade Level') in ['5', '6']
    eligible: kind == 'employee' and job_code in ['S1', 'S2']    # over our attributes
    pilot: team == 'East'
    land: all
    never: [SSN]
    ```
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    key: str | tuple[str, ...]
    fields: dict[str, Rule] = field(default_factory=dict)
    effective: Rule | None = None  #: the day from which a row holds
    until: Rule | None = None  #: the first day on which it no longer does, or the last one (`inclusive`)
    engagement: Rule | None = None  #: which post; `main`
    primary: Rule | None = None  #: whether this post is the primary one of those the person has
    where: str | None = None  #: who is in scope (see `formula.parse`)
    eligible: str | None = None  #: of people: who earns; who does not is not added (see `mapping.ruled`)
    pilot: str | None = None  #: of people: of nobody else anything is proposed (see `mapping.ruled`)
    land: Land = Land.MAPPED
    never: tuple[str, ...] = ()  #: columns that are never kept, whatever else is said
