"""The reading functions of `formula.canonical` over columns.

Nothing here fails on bad data: what cannot be read is null. Most cells are written canonically already; the
`quick_` functions prove that cheaply from the cell as sent and give null where they prove nothing, the others
do the work on the trimmed text.
"""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp

from formula import canonical
from formula.dateformat import ISO_DATE, ISO_INSTANT, ISO_LOCAL, OFFSET, parse_format

Sql = exp.Expr

_LEADING_ZEROS = r"^[+-]?0*(\d*?)(?:\.(\d*?)0*)?$"
_WHOLE_NUMERAL = r"[+-]?(?:\d+\.?0*|\.0+)"
#: White space that the one-argument `trim` does not know.
_ODD_SPACES = r"[\x01-\x1f\x{85}\x{2028}\x{2029}]"
_WIDE = f"DECIMAL({canonical.WHOLE_DIGITS + canonical.FRACTION_DIGITS}, {canonical.FRACTION_DIGITS})"


def text(value: str) -> Sql:
    """Write a text literal."""
    return exp.Literal.string(value)


def count(value: int) -> Sql:
    """Write a whole number."""
    return exp.Literal.number(value)


def function(name: str, *args: Sql) -> Sql:
    """Call a function of the engine by its own name."""
    return exp.Anonymous(this=name, expressions=list(args))


def when(*branches: tuple[Sql, Sql], otherwise: Sql | None = None) -> Sql:
    """Give the first branch whose condition holds, else null or `otherwise`."""
    cases = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=cases, default=otherwise if otherwise is not None else None)


def tried(value: Sql, kind: str) -> Sql:
    """Cast what can be cast, null else."""
    return exp.TryCast(this=value, to=_kind(kind))


def cast(value: Sql, kind: str) -> Sql:
    """Cast what is known to fit."""
    return exp.Cast(this=value, to=_kind(kind))


@lru_cache(maxsize=32)
def _kind(name: str) -> exp.DataType:
    return exp.DataType.build(name, dialect="duckdb")


def same(one: Sql, two: Sql) -> Sql:
    """Compare two values."""
    return exp.EQ(this=one, expression=two)


def both(*conditions: Sql) -> Sql:
    """Hold where all hold."""
    held: Sql = exp.and_(*conditions, copy=False)
    return held


def either(*conditions: Sql) -> Sql:
    """Hold where one holds."""
    held: Sql = exp.or_(*conditions, copy=False)
    return held


def one_of(value: Sql, *items: str) -> Sql:
    """Hold where a value is in a list; null for null."""
    return exp.In(this=value, expressions=[text(item) for item in items])


def fits(value: Sql, pattern: str) -> Sql:
    """Hold where the whole of a text fits a pattern; null for null."""
    return function("regexp_full_match", value, text(pattern))


def trim(value: Sql) -> Sql:
    """`canonical.trim`: ASCII without white space at its ends stays as it is."""
    clean = both(
        exp.GTE(this=value, expression=text("!")),
        exp.GT(this=function("array_extract", value, count(-1)), expression=text(" ")),
        same(function("strlen", value), function("length", value)),
    )
    odd = function("regexp_matches", value, text(_ODD_SPACES))
    return when(
        (clean, value),
        (odd, _normal(function("trim", value, text(canonical.SPACES)))),
        otherwise=_normal(function("trim", value)),
    )


def joined(separator: Sql, *parts: Sql) -> Sql:
    """`canonical.joined`; nulls are left out."""
    return _normal(function("concat_ws", separator, *parts))


def key(*parts: Sql) -> Sql:
    """`canonical.key`; null with a null part."""
    if len(parts) == 1:
        return parts[0]
    escaped = [
        function("replace", function("replace", part, text("\\"), text("\\\\")), text("|"), text("\\|"))
        for part in parts
    ]
    written = escaped[0]
    for part in escaped[1:]:
        written = exp.DPipe(this=exp.DPipe(this=written, expression=text("|")), expression=part)
    return written


def present(value: Sql) -> Sql:
    """Hold where a value is not null."""
    return exp.Not(this=exp.Is(this=value, expression=exp.null()))


def quick_day(sent: Sql) -> Sql:
    """A day that is its own cast, in ten characters."""
    own = same(cast(tried(sent, "DATE"), "VARCHAR"), sent)
    return when((both(same(function("length", sent), count(10)), own), sent))


def day(value: Sql, form: str) -> Sql:
    """`canonical.day`."""
    if not form:
        cut = cast(tried(function("left", value, count(10)), "DATE"), "VARCHAR")
        return when((fits(value, ISO_DATE), cut))
    parsed = parse_format(form)
    local, bare = value, form
    if parsed.has_offset:
        local, bare = function("regexp_replace", value, text(f"{OFFSET}$"), text("")), form[:-2]
    return when((fits(value, parsed.shape), _day_of(local, bare)))


def local_day(value: Sql, form: str, zone: str) -> Sql:
    """`canonical.local_day`; the engine's clock changes are those of its own time zone data."""
    if not form:
        at = tried(value, "TIMESTAMPTZ")
        return when((fits(value, ISO_INSTANT), _day_on(at, zone)), otherwise=day(value, ""))
    parsed = parse_format(form)
    if not parsed.has_offset:
        return day(value, form)
    sent = function("regexp_replace", value, text("Z$"), text("+00:00"))
    return when((fits(value, parsed.shape), _day_on(function("try_strptime", sent, text(form)), zone)))


def instant(value: Sql, form: str, zone: str) -> Sql:
    """`canonical.instant`; the engine's clock changes are those of its own time zone data."""
    if form:
        parsed = parse_format(form)
        sent = function("regexp_replace", value, text("Z$"), text("+00:00")) if parsed.has_offset else value
        at = function("try_strptime", sent, text(form))
        return when((fits(value, parsed.shape), _utc(at if parsed.has_offset else _local(at, zone))))
    branches = [(fits(value, ISO_INSTANT), _utc(tried(value, "TIMESTAMPTZ")))]
    if zone:
        branches.append((fits(value, ISO_LOCAL), _utc(_local(tried(value, "TIMESTAMP"), zone))))
    return when(*branches)


def plain(value: Sql, thousands: str, mark: str, strip: str) -> Sql:
    """`canonical.plain`."""
    shape = canonical.marked(thousands, mark, strip)
    digits = function("regexp_replace", value, text(f"^{shape}$"), text(r"\1\2"))
    groups = canonical.GROUP_MARKS.get(thousands, thousands)
    return when((fits(value, shape), function("translate", digits, text(mark + groups), text("."))))


def expand(value: Sql) -> Sql:
    """`canonical.expand`."""
    digits = _cut(cast(tried(value, _WIDE), "VARCHAR"))
    return when((fits(value, canonical.SCIENTIFIC), digits), otherwise=value)


def quick_decimal(sent: Sql) -> Sql:
    """A text that begins its own cast to four digits has no more than four, and no other marks."""
    proven = function("starts_with", cast(tried(sent, "DECIMAL(18, 4)"), "VARCHAR"), sent)
    ends = either(function("ends_with", sent, text("0")), function("ends_with", sent, text(".")))
    needless = both(function("contains", sent, text(".")), ends)
    return when((proven, when((needless, _cut(sent)), otherwise=sent)))


def decimal(value: Sql) -> Sql:
    """`canonical.decimal`."""
    return when((fits(value, canonical.NUMERAL), _numeral(value)))


def quick_whole(sent: Sql) -> Sql:
    """A whole number that is its own cast."""
    return when((same(cast(tried(sent, "BIGINT"), "VARCHAR"), sent), sent))


def whole(value: Sql) -> Sql:
    """`canonical.whole`."""
    return when((fits(value, _WHOLE_NUMERAL), _numeral(value)))


def digits(value: Sql, before: int, after: int) -> Sql:
    """`canonical.fits`; null for null. Where there are few enough in all, only those behind the point are counted."""
    size, point = function("strlen", value), function("strpos", value, text("."))
    few = exp.LTE(this=exp.Sub(this=size, expression=point), expression=count(after))
    short = both(exp.LTE(this=size, expression=count(before)), either(few, same(point, count(0))))
    behind = rf"(?:\.\d{{1,{after}}})?" if after else ""
    return when((short, exp.true()), otherwise=fits(value, rf"-?(?:0|\d{{1,{before}}}){behind}"))


def number(value: Sql) -> Sql:
    """`canonical.number`."""
    return when((digits(value, canonical.WHOLE_DIGITS, canonical.FRACTION_DIGITS), tried(value, _WIDE)))


def rounded(value: Sql, scale: int) -> Sql:
    """`canonical.rounded`."""
    exact = cast(function("round_even", number(value), count(scale)), "VARCHAR")
    return _cut(exact) if scale else exact


def quick_yes_no(sent: Sql) -> Sql:
    """`true` and `false`."""
    return when((one_of(sent, "true", "false"), sent))


def yes_no(value: Sql) -> Sql:
    """`canonical.yes_no`."""
    said = function("lower", value)
    return when((one_of(said, *canonical.YES), text("true")), (one_of(said, *canonical.NO), text("false")))


def members(value: Sql, separator: str) -> Sql:
    """`canonical.members`."""
    controls = canonical.spaced_out(separator)
    odd = function("regexp_matches", value, text(_ODD_SPACES))
    spaced = when((odd, function("translate", value, text(controls), text(" " * len(controls)))), otherwise=value)
    member = exp.column("m")
    parts = function("string_split", spaced, text(separator))
    trimmed = function("list_transform", parts, _each(_normal(function("trim", member))))
    kept = function("list_filter", trimmed, _each(present(member)))
    listed = function("to_json", function("list_sort", function("list_distinct", kept)))
    return function("nullif", cast(listed, "VARCHAR"), text("[]"))


def next_day(value: Sql) -> Sql:
    """`canonical.next_day`."""
    after = exp.Add(this=tried(value, "DATE"), expression=count(1))
    has_next = exp.LT(this=value, expression=text(canonical.LAST_DAY))
    return when((has_next, cast(cast(after, "DATE"), "VARCHAR")))


def literal_number(value: str) -> Sql:
    """Write an exact number as it is compared."""
    return cast(text(value), _WIDE)


def _normal(value: Sql) -> Sql:
    return function("nullif", function("nfc_normalize", value), text(""))


def _cut(value: Sql) -> Sql:
    """Cut zeros behind a point, and the point."""
    return function("rtrim", function("rtrim", value, text("0")), text("."))


def _numeral(value: Sql) -> Sql:
    body = function("rtrim", function("regexp_replace", value, text(_LEADING_ZEROS), text(r"\1.\2")), text("."))
    sign = when((function("starts_with", value, text("-")), text("-")), otherwise=text(""))
    zero = when((function("starts_with", body, text(".")), text("0")), otherwise=text(""))
    written = exp.DPipe(this=exp.DPipe(this=sign, expression=zero), expression=body)
    return when((same(body, text("")), text("0")), otherwise=written)


def _day_of(value: Sql, form: str) -> Sql:
    return cast(cast(function("try_strptime", value, text(form)), "DATE"), "VARCHAR")


def _local(at: Sql, zone: str) -> Sql:
    return function("timezone", text(zone), at) if zone else cast(exp.null(), "TIMESTAMPTZ")


def _day_on(at: Sql, zone: str) -> Sql:
    local = function("timezone", text(zone), at)
    within = both(_between(at, "TIMESTAMPTZ", "+00"), _between(local, "TIMESTAMP", ""))
    return when((within, cast(cast(local, "DATE"), "VARCHAR")))


def _between(at: Sql, kind: str, zone: str) -> Sql:
    """Hold in the years that a calendar has."""
    return both(
        exp.GTE(this=at, expression=cast(text(f"0001-01-01 00:00:00{zone}"), kind)),
        exp.LT(this=at, expression=cast(text(f"10000-01-01 00:00:00{zone}"), kind)),
    )


def _utc(at: Sql) -> Sql:
    within = _between(at, "TIMESTAMPTZ", "+00")
    written = function("strftime", function("timezone", text("UTC"), at), text("%Y-%m-%dT%H:%M:%S.%f"))
    return when((within, function("regexp_replace", written, text(r"(\.000000)?$"), text("Z"))))


def _each(body: Sql) -> Sql:
    return exp.Lambda(this=body, expressions=[exp.to_identifier("m")])
