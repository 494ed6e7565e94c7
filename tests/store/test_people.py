"""People, their links, and what of them changed since a revision."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from store.database import reading, writing
from store.head import take_revision
from store.history import replace_versions, versions_of
from store.named import find_person, holders
from store.people import (
    LINK_COLUMNS,
    PEOPLE_COLUMNS,
    VERSION_COLUMNS,
    LinkRow,
    PersonRow,
    end_links,
    insert_links,
    insert_people,
    links_changed_since,
    links_of,
    make_participants,
    people_changed_since,
    people_of,
    update_identity,
    versions_changed_since,
)
from tests.store.make import NOW, Roster, version


def test_somebody_comes_back_as_they_were_kept(engine, roster: Roster):
    somebody = PersonRow(
        50, "partner", 1, "Zoë", "E50", "P50", "V50", "U50", "zoe@example.com", date(2020, 2, 29)
    )  # fmt: skip
    with writing(engine) as tx:
        insert_people(tx, None, [somebody], 1)
        assert people_of(tx, [50, 51]) == {50: somebody}


KEYS = [
    ("P1", [1]),
    ("P99", []),
    ("P0", []),
    ("p1", []),
    ("E2", [2]),
    ("  E2 ", [2]),
    ("e2", []),
    ("hr:W3", [3]),
    ("crm:W3", []),
    ("Bob@Example.com", [2]),
    ("PX", [3]),
    ("a:b", [3]),
    ("P2", [2, 3]),
    ("", []),
]


def test_a_key_finds_everyone_it_may_name(engine, roster: Roster):
    cid = roster.people[2]
    with writing(engine) as tx:
        known = people_of(tx, [cid])[cid]
        update_identity(tx, [replace(known, partner_id="PX", vendor_id="a:b", employee_id="P2")], 1)
    with reading(engine) as tx:
        for key, ids in KEYS:
            assert [person.id for person in find_person(tx, key)] == ids, key


def test_an_ended_link_names_nobody_and_is_still_listed(engine, roster: Roster):
    ann, bob, _cid = roster.people
    with writing(engine) as tx:
        (link,) = links_of(tx, ann)
        assert end_links(tx, [link.id], 2) == 1
        assert end_links(tx, [link.id], 3) == 0
        assert find_person(tx, "hr:W1") == []
        insert_links(tx, None, [LinkRow("hr", "W1", bob, "dana", "the wrong one")], 3)
        assert [person.id for person in find_person(tx, "hr:W1")] == [bob]
        found = [(one.key, one.person, one.by, one.revision_from, one.revision_to) for one in links_of(tx)]
        assert found == [
            ("W1", ann, "match", 1, 2),
            ("W1", bob, "dana", 3, None),
            ("W2", bob, "match", 1, None),
            ("W3", roster.people[2], "match", 1, None),
        ]


def test_participants_stay_so_since_they_first_were(engine, roster: Roster):
    ann, bob, _cid = roster.people
    with writing(engine) as tx:
        make_participants(tx, [ann], 2)
        make_participants(tx, [ann, bob], 3)
        found = people_of(tx, roster.people)
        assert [found[person].participant_since for person in roster.people] == [2, 3, None]


def test_two_people_may_exchange_their_ids(engine, roster: Roster):
    ann, bob, _cid = roster.people
    with writing(engine) as tx:
        found = people_of(tx, [ann, bob])
        swapped = [replace(found[ann], employee_id="E2"), replace(found[bob], employee_id="E1", name=None)]
        update_identity(tx, swapped, 2)
        update_identity(tx, [], 3)
        assert list(people_of(tx, [ann, bob]).values()) == swapped
        assert holders(tx, "employee_id", ["E1", "E2", "E9"]) == {"E1": bob, "E2": ann}


def test_an_id_that_somebody_else_has_is_refused(engine, roster: Roster):
    ann = roster.people[0]
    with writing(engine) as tx:
        known = people_of(tx, [ann])[ann]
    with pytest.raises(IntegrityError), writing(engine) as tx:
        update_identity(tx, [replace(known, employee_id="E3")], 2)


def test_what_changed_since_a_revision_is_given_and_nothing_else(engine, roster: Roster):
    ann, bob, cid = roster.people
    with writing(engine) as tx:
        first = take_revision(tx, NOW, "approve")
        replace_versions(tx, [], [version(ann, "2026-01-01"), version(bob, "2026-01-01")], first)
        make_participants(tx, [ann, bob], first)
        second = take_revision(tx, NOW, "approve")
        ended = versions_of(tx, [bob])[bob, "main"][0].id
        replace_versions(tx, [ended], [version(bob, "2026-01-01", name="Bob", team="west")], second)
        known = people_of(tx, [bob])[bob]
        update_identity(tx, [replace(known, hire_date=date(2026, 1, 1))], second)
        end_links(tx, [links_of(tx, cid)[0].id], second)
    with reading(engine) as tx:
        assert len(list(people_changed_since(tx, 0))) == 3
        assert [row[0] for row in people_changed_since(tx, first - 1)] == [ann, bob]
        (person,) = people_changed_since(tx, first)
        assert dict(zip(PEOPLE_COLUMNS, person, strict=True)) == {
            "id": bob, "kind": "employee", "participant_since": first, "name": "Bob", "employee_id": "E2",
            "partner_id": None, "vendor_id": None, "universal_id": None, "email": "bob@example.com",
            "hire_date": "2026-01-01",
            "feed": "workers", "changed": second,
        }  # fmt: skip
        (link,) = links_changed_since(tx, first)
        assert dict(zip(LINK_COLUMNS[1:], link[1:], strict=True)) == {
            "source": "hr", "key": "W3", "person": cid, "revision_from": 1, "revision_to": second,
        }  # fmt: skip
        assert len(list(versions_changed_since(tx, 0))) == 3
        was, now = (
            dict(zip(VERSION_COLUMNS, row, strict=True)) for row in versions_changed_since(tx, first)
        )  # fmt: skip
        assert (was["id"], was["revision_to"], now["revision_from"]) == (ended, second, second)
        assert now["attributes"] == '{"team":"west"}'
        assert now["personal"] == '{"name":"Bob"}'
        assert (now["start"], now["end"], now["opened"]) == ("2026-01-01", "9999-12-31", "2026-01-01")
        for since in (people_changed_since, links_changed_since, versions_changed_since):
            assert list(since(tx, second)) == []
