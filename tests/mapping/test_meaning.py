"""The digest of a mapping's meaning: equal for texts that mean the same, different where anything mapped differs."""

import pytest

from mapping.compile import compile_mapping
from mapping.rules import landed_columns, missing_columns
from tests.mapping.worked import compiled, mapping_of

BASE = """
key: Employee ID
fields:
  name: {from: [First, Last]}
  email: Email
  manager: {from: Boss, type: participant}
  status: {from: Active, values: {'1': active, '0': terminated}}
where: Department == 'Sales' and Grade != ''
"""
SAME = """
# reordered, written out, commented
where: "  Department=='Sales' and (Grade != '')"
key: [Employee ID]
fields:
  status: {values: {'0': terminated, '1': active}, from: [Active], type: text, empty: 'null'}
  manager: {by: employee_id, type: participant, from: Boss}
  email: {from: Email}
  name: [First, Last]
land: all
never: [SSN]
"""


def test_comments_order_and_short_forms_do_not_change_the_meaning():
    assert compiled(BASE).meaning == compiled(SAME).meaning


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("key: Employee ID", "key: [Employee ID, Email]"),
        ("email: Email", "email: Mail"),
        ("[First, Last]", "[Last, First]"),
        ("[First, Last]", "[First, Last], join: ''"),
        ("type: participant", "type: participant, by: email"),
        ("'0': terminated", "'0': suspended"),
        ("'Sales'", "'sales'"),
        ("Grade != ''", "Grade == ''"),
        ("from: Boss", "from: Boss, empty: absent"),
    ],
)
def test_whatever_changes_a_value_changes_the_meaning(old, new):
    changed = BASE.replace(old, new)
    assert changed != BASE
    assert compiled(changed).meaning != compiled(BASE).meaning


def test_a_mapping_knows_what_it_reads():
    form = compiled(BASE)
    assert form.reads == ("Active", "Boss", "Department", "Email", "Employee ID", "First", "Grade", "Last")
    assert form.attributes == ("email", "manager", "name", "status")


def test_a_column_that_is_gone_is_named():
    mapping = mapping_of(BASE)
    there = compile_mapping(mapping).reads
    assert missing_columns(mapping, there) == ()
    assert missing_columns(mapping, set(there) - {"Grade", "Email"}) == ("Email", "Grade")


def test_only_what_is_read_is_kept_unless_told():
    columns = ("SSN", "Employee ID", "First", "Shoe", "Last", "Email", "Boss", "Active", "Department", "Grade")
    assert landed_columns(mapping_of(BASE), columns) == tuple(name for name in columns if name not in {"SSN", "Shoe"})
    assert landed_columns(mapping_of(SAME), columns) == columns[1:]
