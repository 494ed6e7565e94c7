"""Links that people make and end, and who is not whom."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from store.conflicts import ConflictState, answer_conflict, conflicts, insert_conflicts
from store.database import reading, writing
from store.head import allocate
from store.linking import (
    Apart,
    Linking,
    apart_from,
    apart_pairs,
    aparts,
    end_apart,
    keys_said_since,
    replaced_keys,
    said_by_revision,
    set_apart,
    write_linking,
)
from store.named import named_by
from store.people import LinkRow, PersonRow, current_links, insert_links, insert_people, links_to
from store.runs import abandon, sweep_unfinished
from tests.store.make import NOW, Roster, begun
from tests.store.test_memory import ASKED


def pair(key: str, person: int, source: str = "hr") -> Apart:
    return Apart(source, key, person, "dana", "seen both")


def said(tx: Connection, revision: int, **what: tuple[object, ...]) -> Linking:
    """Write down what an act says."""
    return write_linking(tx, Linking(**what), revision)  # type: ignore[arg-type] # each test says which


def move(tx: Connection, key: str, person: int, revision: int) -> Linking:
    """Let somebody have another record in the place of theirs."""
    old = [replace(one, ended_by="dana", ended_why="replaced") for one in current_links(tx, [person])]
    return said(tx, revision, ended=tuple(old), made=(LinkRow("hr", key, person, "dana"),))


def test_who_is_not_whom_comes_back_as_it_was_said(engine, roster: Roster):
    ann, bob, _cid = roster.people
    with writing(engine) as tx:
        written = said(tx, 2, apart=(pair("W9", ann), pair("W9", bob), pair("W9", ann, "crm")))
        assert [one.id for one in written.apart] == [1, 2, 3]
        assert aparts(tx) == [replace(one, revision_from=2) for one in written.apart]
        assert [one.person for one in apart_from(tx, "hr", "W9")] == [ann, bob]
        assert [one.name for one in aparts(tx, ann)] == ["hr:W9", "crm:W9"]


def test_what_is_no_longer_said_is_still_listed(engine, roster: Roster):
    ann = roster.people[0]
    with writing(engine) as tx:
        said(tx, 2, apart=(pair("W9", ann),))
        assert end_apart(tx, [1], 3, by="omar", why="misread") == 1
        assert end_apart(tx, [1], 4, by="eve", why="again") == 0
        assert (aparts(tx), apart_from(tx, "hr", "W9")) == ([], [])
        (kept,) = aparts(tx, everything=True)
        assert (kept.revision_to, kept.ended_by, kept.ended_why) == (3, "omar", "misread")
        said(tx, 5, apart=(pair("W9", ann),))
        assert len(aparts(tx)) == 1


def test_the_same_is_not_said_twice_at_once(engine, roster: Roster):
    ann = roster.people[0]
    with pytest.raises(IntegrityError), writing(engine) as tx:
        set_apart(tx, [replace(pair("W9", ann), id=1), replace(pair("W9", ann), id=2)], 2)


def test_nobody_unknown_is_kept_apart(engine, roster: Roster):
    with pytest.raises(IntegrityError), writing(engine) as tx:
        set_apart(tx, [replace(pair("W9", 999), id=1)], 2)


# --- X is not Y, and so Y is not X


def test_x_is_not_y_holds_for_the_records_that_y_had(engine, roster: Roster):
    """W9 is Cid and was said not to be Ann; Ann's W1 has given way to W7: W1 is not Cid."""
    ann, _bob, cid = roster.people
    with writing(engine) as tx:
        said(tx, 2, made=(LinkRow("hr", "W9", cid, "dana"),), apart=(pair("W9", ann),))
        assert list(apart_pairs(tx, "hr")) == [("W9", ann)]
        move(tx, "W7", ann, 3)
        assert list(apart_pairs(tx, "hr")) == [("W1", cid), ("W9", ann)]
        assert list(apart_pairs(tx, "crm")) == []


def test_it_holds_between_sources(engine, roster: Roster):
    ann, _bob, cid = roster.people
    with writing(engine) as tx:
        said(tx, 2, made=(LinkRow("crm", "5", cid, "dana"),), apart=(pair("5", ann, "crm"),))
        move(tx, "W7", ann, 3)
        assert list(apart_pairs(tx, "hr")) == [("W1", cid)]
        assert list(apart_pairs(tx, "crm")) == [("5", ann)]


def test_a_record_that_was_never_theirs_says_nothing_of_them(engine, roster: Roster):
    """W1 was said not to be Ann's: then it may well be Cid's, who is not Ann either."""
    ann, _bob, cid = roster.people
    with writing(engine) as tx:
        ended = tuple(replace(one, ended_by="dana", ended_why="not hers") for one in current_links(tx, [ann]))
        said(tx, 2, ended=ended, apart=(pair("W1", ann),))
        said(tx, 3, made=(LinkRow("hr", "W9", cid, "dana"),), apart=(pair("W9", ann),))
        assert list(apart_pairs(tx, "hr")) == [("W1", ann), ("W9", ann)]


def test_what_was_taken_back_holds_neither_way(engine, roster: Roster):
    ann, _bob, cid = roster.people
    with writing(engine) as tx:
        said(tx, 2, made=(LinkRow("hr", "W9", cid, "dana"),), apart=(pair("W9", ann),))
        move(tx, "W7", ann, 3)
        end_apart(tx, [1], 4, by="dana", why="misread")
        assert list(apart_pairs(tx, "hr")) == []


# --- what a run asks


def test_a_key_that_another_one_replaced_is_known_with_whose_it_was(engine, roster: Roster):
    """Not one of somebody who has no other there now, nor one that is somebody's."""
    ann, bob, _cid = roster.people
    with writing(engine) as tx:
        move(tx, "W7", ann, 2)
        said(tx, 3, ended=tuple(current_links(tx, [bob])))
        assert replaced_keys(tx, "hr", ["W1", "W2", "W3", "W7"]) == {("W1", ann)}
        assert replaced_keys(tx, "crm", ["W1"]) == set()


def test_the_keys_that_somebody_spoke_of_since_a_revision(engine, roster: Roster):
    """Those that a run saw first are its own affair."""
    ann, bob, _cid = roster.people
    with writing(engine) as tx:
        assert keys_said_since(tx, "hr", 0) == set()
        move(tx, "W7", ann, 2)
        said(tx, 3, apart=(pair("W9", bob), pair("5", bob, "crm")))
        end_apart(tx, [1], 4, by="dana", why="misread")
        found = {revision: keys_said_since(tx, "hr", revision) for revision in (1, 2, 3, 4)}
        assert found == {1: {"W1", "W7", "W9"}, 2: {"W9"}, 3: {"W9"}, 4: set()}


def test_who_a_key_is_and_who_has_an_id(engine, roster: Roster):
    ann, bob, _cid = roster.people
    with writing(engine) as tx:
        move(tx, "W7", ann, 2)
        assert {key: one.person for key, one in links_to(tx, "hr", ["W1", "W2", "W7"]).items()} == {
            "W2": bob,
            "W7": ann,
        }
        named = named_by(tx, {"employee_id": "E1", "email": "bob@example.com", "name": "Cid"})
        assert [(row.id, rule) for row, rule in named] == [(ann, "employee_id"), (bob, "email")]


# --- what the audit covers


def test_what_is_read_back_gives_the_digest_of_what_was_written(engine, roster: Roster):
    ann, bob, cid = roster.people
    with writing(engine) as tx:
        first = move(tx, "W7", ann, 2)
        second = said(tx, 3, made=(LinkRow("hr", "W9", cid, "omar", "why"),), apart=(pair("W9", bob), pair("W9", ann)))
        together = tuple(replace(one, ended_by="eve", ended_why="no") for one in second.apart[:1])
        third = said(tx, 4, together=together)
        found = {revision: one.digest for revision, one in said_by_revision(tx).items()}
        assert found == {2: first.digest, 3: second.digest, 4: third.digest}
        assert len({*found.values(), Linking().digest}) == 4


def test_what_somebody_ended_outlives_the_run_that_first_saw_it(engine, roster: Roster):
    """Nia was named by a run that was given up; her record was said to be Ann before the next one cleared up.

    A link that the run gave to somebody known before was ended, too.
    """
    ann, bob, _cid = roster.people
    with writing(engine) as tx:
        lease = begun(tx, "sales")
        nia = allocate(tx, "person")
        insert_people(tx, lease, [PersonRow(nia, "employee", name="Nia")], 2)
        insert_links(tx, lease, [LinkRow("crm", "N1", nia, "first seen"), LinkRow("crm", "B1", bob, "first seen")], 2)
        abandon(tx, lease, "gone", NOW)
        ended = [one for one in current_links(tx, [nia, bob]) if one.source == "crm"]
        moved = said(tx, 3, ended=tuple(ended), made=(LinkRow("crm", "N1", ann, "dana"),))
        sweep_unfinished(tx, "sales")
        assert said_by_revision(tx)[3].digest == moved.digest


# --- answers


def test_a_question_is_answered_once(engine, roster: Roster):
    with writing(engine) as tx:
        insert_conflicts(tx, roster.lease, [(1, ASKED), (2, ASKED)])
        assert answer_conflict(tx, 1, "is P1", "dana", "the badge", 2) == 1
        assert answer_conflict(tx, 1, "is P2", "eve", "another", 3) == 0
    with reading(engine) as tx:
        assert [one.id for one in conflicts(tx)] == [2]
        (answered,) = conflicts(tx, state=ConflictState.ANSWERED)
        told = (answered.answer, answered.by, answered.reason, answered.revision)
        assert told == ("is P1", "dana", "the badge", 2)
