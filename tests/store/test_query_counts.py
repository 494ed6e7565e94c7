"""The number of statements does not grow with the number of rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, event

from domain.change import State
from domain.problem import Problem
from domain.record import Conflict
from domain.rejection import Rejection, Scope
from store import audit, changes, conflicts, decisions, history, landing, people, problems, rejections
from store.database import writing
from store.runs import Lease
from tests.store.make import NOW, TODAY, Roster, decided, proposed, step, version

Act = Callable[[Connection, Roster, range], object]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements sent; those that go past SQLAlchemy, by COPY, are one each for all rows."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def _rejection(number: int) -> Rejection:
    change = proposed(Roster(Lease(0, "", 0), 0, (1, 2, 3)), 1)
    return Rejection(number, 1, 1, change.kind, Scope.CHANGE, {"team": "x"}, "dana", "no", TODAY)


def _problem(number: int) -> Problem:
    return Problem(number, "not_a_date", "write 2026-01-31", place=f"a.csv:{number}")


ACTS: dict[str, Act] = {
    "people": lambda tx, r, n: people.insert_people(tx, r.lease, [people.PersonRow(100 + i, "employee") for i in n], 1),
    "links": lambda tx, r, n: people.insert_links(
        tx, r.lease, [people.LinkRow("hr", f"X{i}", 1, "match") for i in n], 1
    ),
    "participants": lambda tx, r, n: people.make_participants(tx, n, 1),
    "end links": lambda tx, r, n: people.end_links(tx, n, 2),
    "identities": lambda tx, r, n: people.update_identity(tx, [people.PersonRow(i, "employee") for i in n], 2),
    "people of": lambda tx, r, n: people.people_of(tx, n),
    "changes": lambda tx, r, n: changes.insert_changes(tx, r.lease, [proposed(r, 100 + i) for i in n]),
    "open changes": lambda tx, r, n: list(changes.open_changes(tx, "workers", n)),
    "mark": lambda tx, r, n: changes.mark(tx, n, State.APPLIED),
    "reject": lambda tx, r, n: changes.reject_changes(tx, dict.fromkeys(n, 1), "no", None, 1),
    "see": lambda tx, r, n: changes.see(tx, n, 1, 1),
    "found changes": lambda tx, r, n: changes.changes(tx, changes.ChangeFilter(ids=n)),
    "decisions": lambda tx, r, n: decisions.insert_decisions(
        tx, [decisions.Decision(100 + i, 1, 1, decisions.Verdict.APPROVED, (), TODAY, "dana", NOW, 1) for i in n]
    ),
    "steps": lambda tx, r, n: history.insert_steps(tx, [step(100 + i, 1, 1, 1) for i in n]),
    "end steps": lambda tx, r, n: history.end_steps(tx, n, 2),
    "steps of": lambda tx, r, n: history.steps_of(tx, n, since=0),
    "versions": lambda tx, r, n: history.replace_versions(
        tx, n, [version(1, f"{2000 + i}-01-01", f"{2000 + i}-02-01") for i in n], 2
    ),
    "versions of": lambda tx, r, n: history.versions_of(tx, n),
    "audit": lambda tx, r, n: audit.record(tx, 1, [audit.Act("approve", f"C{i}") for i in n], at=NOW, by="dana"),
    "rejections": lambda tx, r, n: rejections.insert_rejections(tx, [_rejection(100 + i) for i in n], 1),
    "rejections of": lambda tx, r, n: rejections.rejections_of(tx, n),
    "conflicts": lambda tx, r, n: conflicts.insert_conflicts(
        tx, r.lease, [(i, Conflict("who", "who?", f"W{i}", i, "a.csv")) for i in n]
    ),
    "problems": lambda tx, r, n: problems.insert_problems(tx, r.lease, [_problem(i) for i in n]),
    "quarantine": lambda tx, r, n: problems.open_quarantine(tx, r.lease, [_problem(i) for i in n]),
    "segments": lambda tx, r, n: landing.publish_segments(
        tx, r.lease, 1, [landing.Segment(f"{i}.parquet", "0", 1, 1) for i in n], cursor="c", full_read=True
    ),
}


@pytest.mark.parametrize("act", sorted(ACTS))
def test_many_rows_take_as_many_statements_as_one(engine: Engine, roster: Roster, act):
    with writing(engine) as tx:
        changes.insert_changes(tx, roster.lease, [proposed(roster, 1)])
        decision = decided(tx, 1, 1)
        history.insert_steps(tx, [step(1, 1, decision, 1)])
    sent = []
    for rows in (range(1, 2), range(2, 202)):
        with counted(engine) as statements, writing(engine) as tx:
            ACTS[act](tx, roster, rows)
        sent.append(len(statements))
    assert sent[0] == sent[1]
