"""The language of conditions: what it means, and what it says of everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formula.check import check
from formula.expression import Type, columns_of
from formula.meaning import value_of
from formula.parse import parse

OUTSIDE = " is not part of this language (compare, and, or, not, in, column, number, date)"
KNOWN = " (known: Department, Employee ID, Grade, Hired, Left)"
DIRECTIVES = " (known: %Y, %y, %m, %d, %H, %I, %M, %S, %f, %b, %B, %p, %z)"
MIXED = ", and the two do not mix; write number(...) around the text, or quotes around the number"
ROW = {"Department": "Sales", "Grade": "5", "Hired": "2026-03-01", "Left": None, "Employee ID": "007"}


def holds(text, row=ROW):
    condition, mistakes = parse(text, row)
    assert mistakes == ()
    assert check(condition, None, Type.BOOL) == ()
    return value_of(condition, row)


def complaints(text, names=None):
    condition, mistakes = parse(text, names)
    return [(one.offset, one.message) for one in mistakes or check(condition, None, Type.BOOL)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Department == 'Sales'", True),
        ("Department == ' Sales '", True),
        ("Department == 'sales'", False),
        ("Department != 'Sales'", False),
        ("'Sales' == Department", True),
        ("Left == ''", True),
        ("Left != ''", False),
        ("Left != 'x'", True),
        ("Left in ['', 'x']", True),
        ("Department in ('Sales', 'HR')", True),
        ("Department not in ['Sales']", False),
        ("column('Employee ID') == '007'", True),
        ("column('Employee ID') == '7'", False),
        ("number(column('Employee ID')) == 7", True),
        ("number(Grade) == 5.0", True),
        ("number(Grade) > -1 and number(Grade) < 5.5", True),
        ("4 < number(Grade) <= 5", True),
        ("4 < number(Grade) < 5", False),
        ("number(Department) > 0 or number(Department) <= 0", False),
        ("number(Left) == number(Department)", True),
        ("date(Hired) >= date('2026-03-01')", True),
        ("date(Hired) < date('1/4/2026', '%d/%m/%Y')", True),
        ("date(Left) < date('2026-03-01')", False),
        ("not (Department == 'HR' or Grade == '6')", True),
        ("not Department == 'HR' and Grade == '5'", True),
        ("\n  Department == 'Sales'\n  and Grade == '5'\n", True),
    ],
)
def test_a_condition_means_what_it_says(text, says):
    assert holds(text) is says


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", [(0, "there is nothing to read here")]),
        ("Departmnt == 'Sales'", [(0, "`Departmnt` is no column; did you mean 'Department'?")]),
        ("  column('Employe ID') == '7'", [(2, "`column('Employe ID')` is no column; did you mean 'Employee ID'?")]),
        (
            "Grade > 5",
            [(0, "`Grade` is text beside a number" + MIXED)],
        ),
        ("Department", [(0, "`Department` is text, where a condition is needed; compare it: == 'yes'")]),
        ("Department = 'Sales'", [(11, "cannot be read here: invalid syntax; compare with ==")]),
        ("Department == 'Sales", [(14, "cannot be read here: unterminated string literal (detected at line 1)")]),
        (
            "Grade == 5 and Nope == 'é' and Neither == 'x'",
            [
                (15, "`Nope` is no column" + KNOWN),
                (31, "`Neither` is no column" + KNOWN),
            ],
        ),
        (
            "lower(Department) == 'sales'",
            [(0, "`lower(Department)` calls 'lower', which does not exist (known: column, date, number)")],
        ),
        (
            "date(Hired, '%d.%q.%Y') == date(Hired)",
            [(16, "'%q' is no part of a date that can be read" + DIRECTIVES)],
        ),
        (
            "number(Grade) == 1e5",
            [(17, "`1e5` is no number in digits with an optional point (20 before it, 18 after)")],
        ),
        (
            "Grade == [x for x in Grade]",
            [(9, "`[x for x in Grade]`" + OUTSIDE)],
        ),
        (
            "Department.upper() == 'X'",
            [(0, "`Department.upper()`" + OUTSIDE)],
        ),
        (
            "Grade if Left else Hired",
            [(0, "`Grade if Left else Hired`" + OUTSIDE)],
        ),
        ("column(Grade) == 'x'", [(7, "`Grade` is no name of a column; write it as text: column('Employee ID')")]),
        ("(" * 5000, [(0, "longer than 4000 characters")]),
    ],
)
def test_every_mistake_is_told_with_its_place(text, said):
    assert complaints(text, ROW) == said


def test_a_place_counts_characters_not_bytes():
    assert complaints("'é' == Größe and Größen == 'x'", ["Größe"]) == [
        (17, "`Größen` is no column; did you mean 'Größe'?")
    ]


def test_names_are_not_judged_before_they_are_known():
    condition, mistakes = parse("Anything == 'x' and column('any thing') == 'y'")
    assert mistakes == ()
    assert columns_of(condition) == {"Anything", "any thing"}


@given(st.text(max_size=200))
def test_no_text_is_ever_executed_or_breaks_the_reader(text):
    condition, mistakes = parse(text)
    assert all(0 <= one.offset <= len(text) for one in mistakes)
    assert mistakes or check(condition, None, Type.BOOL) is not None


@pytest.mark.parametrize("text", ["not " * 990 + "A == ''", "(" * 900 + "A" + ")" * 900, "A == '\0'", "-" * 3000 + "1"])
def test_what_is_nested_too_deeply_is_a_mistake_and_no_crash(text):
    condition, mistakes = parse(text)
    assert mistakes or columns_of(condition) == {"A"}


CELLS = st.sampled_from([None, "a", "b", "5", "-5", "10", "2.50", "x y"])
ATOMS = st.one_of(
    st.tuples(st.sampled_from("AB"), st.sampled_from(["==", "!="]), st.sampled_from(["", "a", "5"])).map(
        lambda part: (
            f"{part[0]} {part[1]} '{part[2]}'",
            lambda row: (row[part[0]] == (part[2] or None)) == (part[1] == "=="),
        )
    ),
    st.tuples(st.sampled_from("AB"), st.sampled_from(["<", "<=", ">", ">="]), st.integers(-9, 9)).map(
        lambda part: (f"number({part[0]}) {part[1]} {part[2]}", lambda row: _ordered(row[part[0]], part[1], part[2]))
    ),
    st.tuples(st.sampled_from("AB"), st.lists(st.sampled_from(["a", "b", ""]), min_size=1)).map(
        lambda part: (f"{part[0]} in {part[1]}", lambda row: (row[part[0]] or "") in part[1])
    ),
)


def _ordered(cell, sign, limit):
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return False
    return {"<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit}[sign]


def _grown(inner):
    return st.one_of(
        st.tuples(inner, inner).map(
            lambda two: (f"({two[0][0]}) and ({two[1][0]})", lambda row: two[0][1](row) and two[1][1](row))
        ),
        st.tuples(inner, inner).map(
            lambda two: (f"({two[0][0]}) or ({two[1][0]})", lambda row: two[0][1](row) or two[1][1](row))
        ),
        inner.map(lambda one: (f"not ({one[0]})", lambda row: not one[1](row))),
    )


@given(st.recursive(ATOMS, _grown, max_leaves=8), CELLS, CELLS)
def test_a_condition_holds_exactly_where_python_says_so(condition, a, b):
    text, truth = condition
    assert holds(text, {"A": a, "B": b}) is truth({"A": a, "B": b})
