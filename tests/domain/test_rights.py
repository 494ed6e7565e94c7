"""Who may do what: the matrix of roles, and whom somebody sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rights import EVERYBODY, MAY, WHOLE, Grant, Population, PopulationKind, Right, Role, Sight, sight_of

#: Who they are themselves.
SEVEN = frozenset({7})
NORDICS = Population(PopulationKind.BUSINESS_UNIT, "Nordics")
GRANTS = st.sets(
    st.builds(Grant, st.sampled_from(Role), st.sampled_from([None, NORDICS, Population(PopulationKind.PLAN, "rep")]))
)


def test_every_role_stands_in_the_matrix() -> None:
    assert MAY.keys() == set(Role)


DECIDING = {Right.DECIDE, Right.APPROVE_PAY, Right.DECIDE_ADJUSTMENTS}
DOING = {Right.ANSWER, Right.RELEASE, Right.SYNC, Right.CONNECT, Right.CALCULATE, Right.SUBMIT_PAY, Right.ADJUST}
BOTH = {Right.CONFIGURE}  #: one does it and another approves
SEEING = set(Right) - DECIDING - DOING - BOTH


@pytest.mark.parametrize(
    ("role", "may_not"),
    [
        (Role.COMP_ADMIN, set()),
        (Role.APPROVER, DOING),
        (Role.AUDITOR, DECIDING | DOING | BOTH),
        (Role.PAYROLL, set(Right) - {Right.SEE_PAY_RUNS}),
        (Role.MANAGER, set(Right) - {Right.SEE_PEOPLE, Right.SEE_PAY}),
        (Role.PARTICIPANT, set(Right) - {Right.SEE_PEOPLE, Right.SEE_PAY}),
        (Role.OPERATOR, set(Right) - {Right.SEE_RUNS, Right.SYNC, Right.CONNECT}),
        (Role.SERVICE, set(Right) - {Right.SEE_CHANGES, Right.SEE_PEOPLE, Right.SEE_RUNS, Right.SYNC}),
    ],
)
def test_what_a_role_may_not(role: Role, may_not: set[Right]) -> None:
    assert {right for right in Right if sight_of([Grant(role)], right, SEVEN) is None} == may_not


def test_every_role_and_every_right_was_asked_about() -> None:
    asked = test_what_a_role_may_not.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {role for role, _ in asked} == set(Role)
    assert {right.name for right in SEEING} == {right.name for right in Right if right.name.startswith("SEE_")}


def test_a_role_for_a_population_sees_that_population_alone() -> None:
    assert sight_of([Grant(Role.APPROVER, NORDICS)], Right.DECIDE, frozenset()) == Sight(
        populations=frozenset({NORDICS})
    )


def test_a_participant_sees_themselves_and_a_manager_the_team() -> None:
    both = [Grant(Role.PARTICIPANT), Grant(Role.MANAGER)]
    assert sight_of(both, Right.SEE_PEOPLE, SEVEN) == Sight(own=SEVEN, team_of=SEVEN)
    assert sight_of(both, Right.SEE_PEOPLE, frozenset()) is None, "who they are is not known"


@pytest.mark.parametrize("right", sorted(WHOLE))
def test_an_act_about_a_whole_run_needs_a_role_for_everybody(right: Right) -> None:
    assert sight_of([Grant(Role.COMP_ADMIN, NORDICS)], right, frozenset()) is None
    assert sight_of([Grant(Role.COMP_ADMIN)], right, frozenset()) == EVERYBODY


@given(GRANTS, GRANTS, st.sampled_from(Right))
def test_a_further_role_never_takes_anything_away(some: set[Grant], more: set[Grant], right: Right) -> None:
    before, after = sight_of(some, right, SEVEN), sight_of(some | more, right, SEVEN)
    if before is not None:
        assert after is not None
        assert after.everybody or (before.populations <= after.populations and before.own <= after.own)


@given(GRANTS, st.sets(st.sampled_from(Right)), st.sampled_from(Right))
def test_a_token_never_gives_more_than_the_user_has(some: set[Grant], scope: set[Right], right: Right) -> None:
    found = sight_of(some, right, SEVEN, frozenset(scope))
    assert found == (sight_of(some, right, SEVEN) if right in scope else None)
